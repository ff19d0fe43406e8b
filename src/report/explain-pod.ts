import type { ReportedFinding, ReportedImage, ReportedPod, ReportedStep } from './check-report.js';
import { drawSequence } from './draw-sequence.js';
import { credentialWords } from './pod-block.js';

/** One pod's decision step by step, as a person would tell it at a whiteboard; numbered, in plain text. */
export function explainPod(pod: ReportedPod): string {
  if (pod.rejected !== undefined)
    return `${headOf(pod)}\n\nThe API server refuses the pod, so the kubelet never sees it:\n  ${pod.rejected.message}\n`;
  const steps = pod.steps ?? [];
  const parts = [
    ...steps.filter(({ container }) => container === undefined).map(stepBlock),
    ...pod.images.flatMap((image) => [
      `Image of "${image.container}"`,
      ...steps.filter(({ container }) => container === image.container).map(stepBlock),
      ...image.attempts
        .filter(({ exchanges }) => exchanges.length > 0)
        .map((attempt) => pullBlock(pod, attempt)),
      outcomeBlock(image),
    ]),
    findingsBlock(pod.findings),
  ];
  return `${headOf(pod)}\n\n${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const headOf = ({ namespace, name, status, node }: ReportedPod): string =>
  `${namespace}/${name}${node === null ? '' : ` on ${node}`}: ${status}`;

const indented = (lines: readonly string[], by = '  '): string[] =>
  lines.flatMap((line) => line.split('\n')).map((line) => `${by}${line}`.trimEnd());

const stepBlock = ({ title, lines }: ReportedStep): string => [title, ...indented(lines)].join('\n');

function pullBlock(
  { node }: ReportedPod,
  { credential, exchanges }: ReportedImage['attempts'][number],
): string {
  return [
    `The pull as ${credentialWords(credential)}`,
    ...indented(drawSequence(node ?? 'node', exchanges)),
  ].join('\n');
}

function outcomeBlock({ verdict, reason, message, explanation }: ReportedImage): string {
  const told = [explanation, message === null ? null : `kubelet: ${message}`];
  const lines = told.filter((line): line is string => typeof line === 'string');
  return ['The outcome', ...indented([reason === null ? verdict : `${verdict}: ${reason}`, ...lines])].join(
    '\n',
  );
}

function findingsBlock(findings: readonly ReportedFinding[]): string {
  if (findings.length === 0) return '';
  const lines = findings.flatMap(({ rule, message, fix }) => [
    `${rule}  ${message}`,
    ...(fix === '' ? [] : indented(fix.split('\n'), '       ')),
  ]);
  return ['What to change', ...indented(lines)].join('\n');
}
