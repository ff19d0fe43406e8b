import type {
  CheckReport,
  ReportedError,
  ReportedFinding,
  ReportedImage,
  ReportedPod,
  ReportedSource,
} from './check-report.js';
import { placeOf } from './pod-block.js';

/**
 * What a check came to, in the words of test reports: one case per image, per pod that has none, and per object that
 * could not be read or is refused. `undecided` is not a pass: the process ends with 3.
 */
export interface TestCase {
  /** Group of the case: the pod, or `manifests`. */
  readonly suite: string;
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'undecided' | 'skipped';
  /** The kubelet's word (`ErrImagePull`), or ours; empty when passed. */
  readonly reason: string;
  /** One line; empty when passed. */
  readonly message: string;
  /** The kubelet's text, findings with their fixes. */
  readonly details: readonly string[];
  readonly source?: ReportedSource;
}

/** Name of the suite of what belongs to no pod. */
const manifestSuite = 'manifests';

/** The cases of a report, in its order; what belongs to no pod comes first. */
export const testCases = ({ errors, findings, pods }: CheckReport): readonly TestCase[] => [
  ...errors.map(errorCase),
  ...findings.filter(({ severity }) => severity === 'error').map(inputCase),
  ...pods.flatMap(podCases),
];

const errorCase = ({ message, kind, source }: ReportedError): TestCase => ({
  suite: manifestSuite,
  name: source === undefined ? kind : placeOf(source),
  outcome: kind === 'refused' ? 'failed' : 'undecided',
  reason: kind === 'refused' ? 'Refused' : 'Unreadable',
  message,
  details: [],
  ...(source !== undefined && { source }),
});

const inputCase = (finding: ReportedFinding): TestCase => ({
  suite: manifestSuite,
  name: finding.source === undefined ? finding.rule : `${placeOf(finding.source)} ${finding.rule}`,
  outcome: 'failed',
  reason: finding.rule,
  message: finding.message,
  details: findingLines(finding),
  ...(finding.source !== undefined && { source: finding.source }),
});

function podCases(pod: ReportedPod): readonly TestCase[] {
  if (pod.images.length === 0) return [imagelessCase(pod)];
  const ofPod = pod.findings.filter(({ container }) => container === undefined);
  const isFailed = pod.images.some(({ verdict }) => verdict === 'failed');
  const cases = pod.images.map((image, index) => {
    const concerned = isFailed ? image.verdict === 'failed' : index === 0;
    return imageCase(pod, image, concerned ? ofPod : []);
  });
  const errors = isFailed ? [] : ofPod.filter(({ severity }) => severity === 'error');
  return [...cases, ...errors.map((finding) => ownCase(pod, finding))];
}

const suiteOf = ({ namespace, name, node }: ReportedPod): string =>
  node === null ? `${namespace}/${name}` : `${namespace}/${name} on ${node}`;

const sourceOf = (source: ReportedSource | null | undefined) => (source ? { source } : {});

function imagelessCase(pod: ReportedPod): TestCase {
  const event = pod.events.find(({ type }) => type === 'Warning');
  return {
    suite: suiteOf(pod),
    name: pod.rejected === undefined ? 'scheduling' : 'admission',
    outcome: pod.rejected === undefined ? 'undecided' : 'failed',
    reason: pod.rejected === undefined ? (event?.reason ?? pod.status) : pod.status,
    message: pod.rejected?.message ?? event?.message ?? pod.status,
    details: pod.findings.flatMap(findingLines),
    ...sourceOf(pod.source),
  };
}

const ownCase = (pod: ReportedPod, finding: ReportedFinding): TestCase => ({
  suite: suiteOf(pod),
  name: finding.rule,
  outcome: 'failed',
  reason: finding.rule,
  message: finding.message,
  details: findingLines(finding),
  ...sourceOf(finding.source ?? pod.source),
});

function imageCase(pod: ReportedPod, image: ReportedImage, ofPod: readonly ReportedFinding[]): TestCase {
  const own = pod.findings.filter(({ container }) => container === image.container);
  const heard = [...ofPod, ...own];
  const isFailed = image.verdict === 'failed' || own.some(({ severity }) => severity === 'error');
  const outcome = isFailed ? 'failed' : outcomes[image.verdict];
  const passed = outcome === 'passed';
  return {
    suite: suiteOf(pod),
    name: `${image.container}: ${image.image}`,
    outcome,
    reason: passed ? '' : (image.reason ?? image.verdict),
    message: passed ? '' : messageOf(image, heard),
    details: [...kubeletLines(image), ...heard.flatMap(findingLines)],
    ...sourceOf(image.source),
  };
}

const outcomes = {
  pulled: 'passed',
  present: 'passed',
  failed: 'failed',
  unknown: 'undecided',
  blocked: 'skipped',
} as const satisfies Record<ReportedImage['verdict'], TestCase['outcome']>;

function messageOf(image: ReportedImage, heard: readonly ReportedFinding[]): string {
  if (image.verdict === 'blocked') return `not tried: ${image.blockedBy ?? 'an earlier image'} failed first`;
  const error = heard.find(({ severity }) => severity === 'error');
  return image.explanation ?? image.message ?? error?.message ?? image.verdict;
}

const kubeletLines = ({ message, explanation }: ReportedImage): readonly string[] =>
  message === null || explanation === null || explanation === undefined ? [] : [message];

/** A finding for a plain text: `KEY03 error: …`, its fix below. */
export function findingLines({ rule, severity, message, fix, source }: ReportedFinding): readonly string[] {
  const place = source === undefined ? '' : ` (${placeOf(source)})`;
  const fixes = fix === '' ? [] : fix.split('\n').map((line) => `  ${line}`);
  return [`${rule} ${severity}: ${message}${place}`, ...fixes];
}
