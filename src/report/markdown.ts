import type { CheckReport, ReportedFinding, ReportedImage, ReportedPod } from './check-report.js';
import { credentialWords, moodOf, placeOf, usedCredential } from './pod-block.js';
import { summaryLine } from './summary-line.js';
import { failuresFirst, isNews } from './text.js';

/** The report as Markdown, for job summaries and comments on pull requests: a table of images, then what to change. */
export function renderMarkdown(report: CheckReport): string {
  const parts = [
    ['## pullsim', escapeInline(summaryLine(report))],
    errorPart(report),
    tablePart(report),
    ...failuresFirst(report.pods).filter(isNews).map(podPart),
    findingsPart(report),
  ].filter((part) => part.length > 0);
  return `${parts.map((part) => part.join('\n\n')).join('\n\n')}\n`;
}

type Part = readonly string[];

function errorPart({ errors }: CheckReport): Part {
  if (errors.length === 0) return [];
  const lines = errors.map(({ message, source }) => {
    const place = source === undefined ? '' : `${code(placeOf(source))} `;
    return `- ${place}${escapeInline(message)}`;
  });
  return ['### Errors', lines.join('\n')];
}

function tablePart({ pods }: CheckReport): Part {
  const rows = pods.flatMap((pod) =>
    pod.images.length === 0
      ? [row(podMarks[moodOf(pod)], pod, ['', '', '', escapeInline(pod.status)])]
      : pod.images.map((image) => imageRow(pod, image)),
  );
  if (rows.length === 0) return [];
  return [
    ['| | pod | container | image | credential | result |', '|---|---|---|---|---|---|', ...rows].join('\n'),
  ];
}

const podMarks = { good: '✅', bad: '❌', open: '❔' } as const;
const marks = { pulled: '✅', present: '✅', failed: '❌', unknown: '❔', blocked: '⏸️' } as const;

function row(mark: string, pod: ReportedPod, cells: readonly string[]): string {
  const node = pod.node === null ? '' : ` on ${pod.node}`;
  const all = [mark, escapeInline(`${pod.namespace}/${pod.name}${node}`), ...cells];
  return `| ${all.map((cell) => cell.replaceAll(/(?<!\\)\|/g, '\\|')).join(' | ')} |`;
}

const imageRow = (pod: ReportedPod, image: ReportedImage): string =>
  row(marks[image.verdict], pod, [
    escapeInline(image.container),
    code(image.image),
    escapeInline(credentialWords(usedCredential(image))),
    escapeInline(image.reason ?? image.verdict),
  ]);

function podPart(pod: ReportedPod): Part {
  const place = pod.source === null ? '' : ` (${code(placeOf(pod.source))})`;
  const news = [
    ...(pod.rejected === undefined
      ? []
      : [escapeInline(`The API server refuses the pod: ${pod.rejected.message}`)]),
    ...pod.events
      .filter(({ reason }) => reason === 'FailedScheduling')
      .map(({ message }) => escapeInline(`No node takes the pod: ${message}`)),
    ...pod.images.flatMap(imageNews),
  ];
  return [
    `### ${code(`${pod.namespace}/${pod.name}`)} ${escapeInline(pod.status)}${place}`,
    ...news,
    ...pod.findings.map(findingPart),
  ];
}

function imageNews({ container, image, verdict, explanation, message }: ReportedImage): readonly string[] {
  if (verdict !== 'failed' && verdict !== 'unknown') return [];
  const text = explanation ?? (verdict === 'unknown' ? message : null) ?? '';
  return [`${code(container)} ${code(image)}: ${escapeInline(text)}`.trimEnd()];
}

function findingsPart({ findings }: CheckReport): Part {
  return findings.length === 0 ? [] : ['### Manifests', ...findings.map(findingPart)];
}

function findingPart({ rule, severity, message, fix, source }: ReportedFinding): string {
  const place = source === undefined ? '' : ` ${code(placeOf(source))}`;
  const head = `**${rule}** ${severity === 'error' ? '' : `${severity}: `}${escapeInline(message)}${place}`;
  return fix === '' ? head : `${head}\n\n${fenced(fix)}`;
}

const longestRun = (text: string): number =>
  Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));

/** A code span: its fence is longer than any row of back-ticks in it. */
function code(text: string): string {
  const oneLine = text.replace(/\s+/g, ' ');
  const fence = '`'.repeat(longestRun(oneLine) + 1);
  const pad = oneLine.startsWith('`') || oneLine.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${oneLine}${pad}${fence}`;
}

function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}\n${text}\n${fence}`;
}

/** Texts come from manifests: nothing in them becomes a link, an image or a mention of a person. */
const escapeInline = (text: string): string =>
  text
    .replace(/\s*\n\s*/g, ' ')
    .replace(/[\\`*_[\]<>#~|]/g, '\\$&')
    .replace(/(^|[^\w`/.:-])@(?=\w)/g, '$1@\u200b');
