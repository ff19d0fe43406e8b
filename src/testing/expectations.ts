import { createColors } from 'picocolors';
import type { CheckReport, ReportedImage, ReportedPod } from '../report/check-report.js';
import { credentialWords, renderPod, usedCredential } from '../report/pod-block.js';

/** What assertions look at: a whole report, or one pod of it. */
export type Subject = CheckReport | ReportedPod;

/** Whether an expectation holds, and what to tell when it does not (or when it does, and should not). */
export interface Verdict {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What is known of a failure in advance; what is left out may be anything. */
export interface ExpectedFailure {
  /** The id of a rule that explains it: `KEY03`. */
  readonly rule?: string;
  /** The kubelet's reason: `ErrImagePull`. */
  readonly reason?: string;
  /** A part of the kubelet's message, or a pattern that it matches. */
  readonly message?: string | RegExp;
}

/** Every image is there: pulled, or on the node already. */
export function pullsAllImages(subject: Subject): Verdict {
  const pods = podsOf(subject);
  const errors = 'pods' in subject ? subject.errors : [];
  const bad = pods.filter(
    (pod) => pod.rejected !== undefined || pod.images.some(isMissing) || pod.node === null,
  );
  const unread = errors.map(({ message }) => message);
  return {
    pass: bad.length === 0 && unread.length === 0 && pods.length > 0,
    message: () =>
      bad.length === 0 && unread.length === 0
        ? pods.length === 0
          ? 'expected every image to be pulled, but there is no pod'
          : 'expected some image not to be pulled, but all are'
        : `expected every image to be pulled:\n\n${[...unread, ...bad.map(told)].join('\n\n')}`,
  };
}

const isMissing = ({ verdict }: ReportedImage): boolean => verdict !== 'pulled' && verdict !== 'present';

/** The image of this container fails, as described. */
export function failsToPull(subject: Subject, container: string, expected: ExpectedFailure = {}): Verdict {
  const found = imagesOf(subject, container);
  const pass = found.some(
    ({ pod, image }) => image.verdict === 'failed' && isAsExpected(pod, image, expected),
  );
  return {
    pass,
    message: () =>
      `expected ${describe(container, expected)}${pass ? ' not to be so' : ''}:\n\n${tell(subject, container, found)}`,
  };
}

function describe(container: string, { rule, reason, message }: ExpectedFailure): string {
  const how = [
    rule && `rule ${rule}`,
    reason && `reason ${reason}`,
    message && `a message like ${message instanceof RegExp ? message : JSON.stringify(message)}`,
  ].filter((part) => part);
  return `the image of "${container}" to fail${how.length === 0 ? '' : ` with ${how.join(', ')}`}`;
}

function isAsExpected(
  pod: ReportedPod,
  image: ReportedImage,
  { rule, reason, message }: ExpectedFailure,
): boolean {
  const speaksOfIt = pod.findings.some(
    (finding) =>
      finding.rule === rule?.toUpperCase() &&
      (finding.container === undefined || finding.container === image.container),
  );
  return (
    (rule === undefined || speaksOfIt) &&
    (reason === undefined || image.reason === reason) &&
    (message === undefined || matches(image.message ?? '', message))
  );
}

const matches = (text: string, pattern: string | RegExp): boolean =>
  typeof pattern === 'string'
    ? text.includes(pattern)
    : new RegExp(pattern, pattern.flags.replace(/[gy]/g, '')).test(text);

/**
 * Every image, or that of one container, is pulled with a credential of this secret.
 *
 * @param secret `namespace/name`
 */
export const usesCredential = (subject: Subject, secret: string, container?: string): Verdict =>
  pulledWith(subject, container, `a credential of secret ${secret}`, (image) => {
    const credential = usedCredential(image);
    return credential?.source === 'secret' && credential.secret === secret;
  });

/** Every image, or that of one container, is pulled without a credential. */
export const pullsAnonymously = (subject: Subject, container?: string): Verdict =>
  pulledWith(subject, container, 'no credential', (image) => usedCredential(image)?.source === 'anonymous');

function pulledWith(
  subject: Subject,
  container: string | undefined,
  what: string,
  isSo: (image: ReportedImage) => boolean,
): Verdict {
  const found = imagesOf(subject, container);
  const wrong = found.filter(({ image }) => image.verdict !== 'pulled' || !isSo(image));
  const pass = found.length > 0 && wrong.length === 0;
  const whose = container === undefined ? 'every image' : `the image of "${container}"`;
  const used = wrong.map(
    ({ pod, image }) => `${pod.namespace}/${pod.name} ${image.container}: ${howPulled(image)}`,
  );
  return {
    pass,
    message: () =>
      pass
        ? `expected ${whose} not to be pulled with ${what}`
        : `expected ${whose} to be pulled with ${what}:\n${used.join('\n')}\n\n${tell(subject, container, wrong.length > 0 ? wrong : found)}`,
  };
}

const howPulled = (image: ReportedImage): string =>
  image.verdict === 'pulled' ? `pulled as ${credentialWords(usedCredential(image))}` : image.verdict;

/** Some pod has an event of this reason whose message has this part, or matches this pattern. */
export function hasEvent(subject: Subject, reason: string, pattern: string | RegExp = ''): Verdict {
  const events = podsOf(subject).flatMap((pod) => pod.events);
  const pass = events.some((event) => event.reason === reason && matches(event.message, pattern));
  const list = events.map(
    ({ type, reason: own, message, count }) => `  ${type} ${own} (x${count}): ${message}`,
  );
  return {
    pass,
    message: () =>
      `expected ${pass ? 'no event' : 'an event'} ${reason}${pattern === '' ? '' : ` like ${pattern}`}; there are:\n${list.join('\n')}`,
  };
}

interface FoundImage {
  readonly pod: ReportedPod;
  readonly image: ReportedImage;
}

const podsOf = (subject: Subject): readonly ReportedPod[] => ('pods' in subject ? subject.pods : [subject]);

const imagesOf = (subject: Subject, container: string | undefined): readonly FoundImage[] =>
  podsOf(subject).flatMap((pod) =>
    pod.images
      .filter((image) => container === undefined || image.container === container)
      .map((image) => ({ pod, image })),
  );

function tell(subject: Subject, container: string | undefined, found: readonly FoundImage[]): string {
  if (found.length > 0) return [...new Set(found.map(({ pod }) => pod))].map(told).join('\n\n');
  const names = podsOf(subject).flatMap((pod) => pod.images.map((image) => `"${image.container}"`));
  return `there is no container "${container ?? ''}"; there are ${[...new Set(names)].join(', ') || 'none'}`;
}

/** The explanation as `pullsim check` prints it, with the kubelet's own words. */
const told = (pod: ReportedPod): string =>
  renderPod(pod, { colors: createColors(false), messages: true, exchanges: false });
