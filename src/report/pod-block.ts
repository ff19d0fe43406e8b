import type { createColors } from 'picocolors';
import type {
  ReportedAttempt,
  ReportedCredential,
  ReportedFinding,
  ReportedImage,
  ReportedPod,
  ReportedSource,
} from './check-report.js';
import { kubectlView } from './kubectl-view.js';

type Colors = ReturnType<typeof createColors>;

/** How a pod is told to people. */
export interface BlockOptions {
  readonly colors: Colors;
  /** The kubelet's own text below each failure. */
  readonly messages: boolean;
  /** Every attempt with its HTTP exchanges, and the pod's events. */
  readonly exchanges: boolean;
  /** Pods are shown at this age, as kubectl would. */
  readonly atSeconds?: number;
}

export type Mood = 'good' | 'bad' | 'open';

const glyphs: Readonly<Record<Mood, string>> = { good: '✓', bad: '✗', open: '?' };

/** Bad: something fails or the API server refuses the pod. Open: something could not be decided. */
export function moodOf(pod: ReportedPod): Mood {
  if (pod.rejected !== undefined || pod.images.some(({ verdict }) => verdict === 'failed')) return 'bad';
  const open = pod.node === null || pod.images.some(({ verdict }) => verdict === 'unknown');
  return open ? 'open' : 'good';
}

/** One pod with its images: what happened, why, what to type. Lines that people copy are never wrapped. */
export function renderPod(pod: ReportedPod, options: BlockOptions): string {
  const lines = [header(pod, options.colors), ...podNews(pod)];
  const width = Math.max(0, ...pod.images.map((image) => labelOf(image).length));
  const told = new Map<string, string>();
  for (const image of pod.images) lines.push(...imageLines(pod, image, width, told, options));
  const ofPod = pod.findings.filter((finding) => !hasHome(pod, finding));
  lines.push(...findingLines(ofPod, '  ', pod, told, options));
  if (options.atSeconds !== undefined) lines.push(...kubectlView(pod, options.atSeconds));
  else if (options.exchanges) lines.push(...eventLines(pod, options.colors));
  return lines.join('\n');
}

/** `✗ default/web   ImagePullBackOff   Deployment/web · deploy.yaml:12 · node-1` */
function header(pod: ReportedPod, colors: Colors): string {
  const mood = moodOf(pod);
  const paint = { good: colors.green, bad: colors.red, open: colors.yellow }[mood];
  const where = [pod.owner, pod.source && placeOf(pod.source), pod.node].filter((part) => part !== null);
  const name = colors.bold(`${pod.namespace}/${pod.name}`);
  return `${paint(glyphs[mood])} ${name}   ${paint(pod.status)}   ${colors.dim(where.join(' · '))}`;
}

/** What concerns the pod before any image: refused by the API server, or not scheduled. */
function podNews(pod: ReportedPod): string[] {
  if (pod.rejected !== undefined) return [`  The API server refuses the pod: ${pod.rejected.message}`];
  const unscheduled = pod.events.find(({ reason }) => reason === 'FailedScheduling');
  return pod.node === null && unscheduled !== undefined
    ? [`  No node takes the pod: ${unscheduled.message}`]
    : [];
}

const kinds: Readonly<Record<ReportedImage['kind'], string>> = {
  container: '',
  initContainer: ' (init)',
  ephemeralContainer: ' (ephemeral)',
  imageVolume: ' (volume)',
};

const labelOf = ({ container, kind }: ReportedImage): string => `${container}${kinds[kind]}`;

function imageLines(
  pod: ReportedPod,
  image: ReportedImage,
  width: number,
  told: Map<string, string>,
  options: BlockOptions,
): string[] {
  const { colors } = options;
  const indent = ' '.repeat(width + 4);
  const outcome = outcomeOf(image);
  const first = `  ${labelOf(image).padEnd(width)}  ${nameOf(image, colors)}`;
  const lines = [outcome === '' ? first : `${first}   ${colors.dim(outcome)}`];
  const failed = image.verdict === 'failed' || image.verdict === 'unknown';
  if (failed && image.explanation) lines.push(`${indent}${image.explanation}`);
  if (image.verdict === 'unknown' && image.message !== null) lines.push(`${indent}${image.message}`);
  if (image.verdict === 'failed' && options.messages && image.message !== null)
    lines.push(...labelled('kubelet', image.message, indent, colors));
  const own = pod.findings.filter((finding) => homeOf(pod, finding) === image);
  lines.push(...findingLines(own, indent, pod, told, options));
  if (options.exchanges)
    lines.push(...image.attempts.flatMap((attempt) => attemptLines(attempt, indent, colors)));
  return lines;
}

/** `nginx → docker.io/library/nginx:latest`; the arrow only where something was filled in. */
function nameOf({ image, reference }: ReportedImage, colors: Colors): string {
  return reference === null || reference === image ? image : `${image} ${colors.dim('→')} ${reference}`;
}

/** Behind the name of an image that is there: what it was pulled with. */
function outcomeOf(image: ReportedImage): string {
  switch (image.verdict) {
    case 'pulled':
      return `${credentialWords(usedCredential(image))}${image.contentAssumed ? ', content assumed' : ''}`;
    case 'present':
      return 'on the node already';
    case 'blocked':
      return image.blockedBy === undefined ? 'not tried' : `not tried, ${image.blockedBy} comes first`;
    default:
      return '';
  }
}

/** The credential that worked, or the last one that was tried. */
export const usedCredential = ({ attempts }: ReportedImage): ReportedCredential | undefined =>
  (attempts.find(({ error }) => error === null) ?? attempts.at(-1))?.credential;

/** `anonymous`, `dock_user of shop/regcred`. */
export function credentialWords(credential: ReportedCredential | undefined): string {
  if (credential === undefined) return '';
  const user = credential.username ?? '';
  switch (credential.source) {
    case 'anonymous':
      return 'anonymous';
    case 'secret':
      return `${user === '' ? 'empty entry' : user} of ${credential.secret ?? 'a secret'}`;
    case 'node':
      return `${user} of the node`;
    case 'provider':
      return `${user} of a credential provider`;
    default:
      return credential.source satisfies never;
  }
}

/** A finding about the whole pod stands below the only image that failed, when there is only one. */
function homeOf(pod: ReportedPod, { container }: ReportedFinding): ReportedImage | undefined {
  if (container !== undefined) return pod.images.find((image) => image.container === container);
  const failed = pod.images.filter(({ verdict }) => verdict === 'failed');
  return failed.length === 1 ? failed[0] : undefined;
}

const hasHome = (pod: ReportedPod, finding: ReportedFinding): boolean => homeOf(pod, finding) !== undefined;

const severityWords = { error: '', warning: 'warning: ', info: '' } as const;

function findingLines(
  findings: readonly ReportedFinding[],
  indent: string,
  pod: ReportedPod,
  told: Map<string, string>,
  { colors }: BlockOptions,
): string[] {
  const width = Math.max(0, ...findings.map(({ rule }) => rule.length));
  return findings.flatMap((finding) => {
    const { rule, severity, message, fix, container } = finding;
    const paint = severity === 'error' ? colors.red : colors.yellow;
    const start = `${indent}${paint(rule.padEnd(width))}  `;
    const same = told.get(`${rule} ${message}`);
    if (same !== undefined) return [`${start}as for ${same}`];
    told.set(`${rule} ${message}`, container ?? 'the pod');
    const place = placeBeside(finding, pod);
    const text = `${start}${severityWords[severity]}${message}${place === '' ? '' : `  ${colors.dim(place)}`}`;
    return fix === '' ? [text] : [text, ...labelled('fix'.padEnd(width), fix, indent, colors)];
  });
}

/** The line to change, unless the pod's own line says so already. */
function placeBeside({ source }: ReportedFinding, pod: ReportedPod): string {
  const place = source === undefined ? '' : placeOf(source);
  return pod.source !== null && place === placeOf(pod.source) ? '' : place;
}

/** A label and a text of one or more lines; further lines stand below the first. */
function labelled(label: string, text: string, indent: string, colors: Colors): string[] {
  const below = ' '.repeat(label.length + 2);
  return text
    .split('\n')
    .map((line, index) => `${indent}${index === 0 ? `${colors.cyan(label)}  ` : below}${line}`);
}

function attemptLines({ credential, exchanges }: ReportedAttempt, indent: string, colors: Colors): string[] {
  return [
    `${indent}${colors.dim(`pull as ${credentialWords(credential)}`)}`,
    ...exchanges.map(({ method, url, status, authorization, error }) => {
      const sent = authorization === undefined || authorization === 'none' ? '' : ` [${authorization}]`;
      return `${indent}${colors.dim(`  ${method} ${url}${sent} → ${status ?? error ?? 'no answer'}`)}`;
    }),
  ];
}

function eventLines({ events }: ReportedPod, colors: Colors): string[] {
  return events.map(({ type, reason, message, fieldPath, count, atSeconds }) => {
    const times = count > 1 ? ` (x${count})` : '';
    const where = fieldPath === undefined ? '' : `${fieldPath}: `;
    return colors.dim(
      `  ${`${atSeconds}s`.padStart(6)}  ${type.padEnd(7)}  ${reason}${times}  ${where}${message}`,
    );
  });
}

/** `deploy.yaml:12`, or for what was rendered `chart/templates/deploy.yaml (-:12)`. */
export const placeOf = ({ file, line, template }: ReportedSource): string =>
  template === undefined ? `${file}:${line}` : `${template} (${file}:${line})`;
