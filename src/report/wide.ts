import { createColors } from 'picocolors';
import type { CheckReport, ReportedImage, ReportedPod } from './check-report.js';
import { credentialWords, moodOf, renderPod, usedCredential } from './pod-block.js';
import { summaryLine } from './summary-line.js';
import { errorSection, failuresFirst, isNews, type TextOptions, warningSection } from './text.js';

/** A table of verdicts, one row per image in the order of the input, and below it one explanation per failure. */
export function renderWide(report: CheckReport, options: TextOptions = {}): string {
  const { color = false, verbose = false } = options;
  const colors = createColors(color);
  const block = {
    colors,
    messages: true,
    exchanges: verbose,
    ...(report.atSeconds !== undefined && { atSeconds: report.atSeconds }),
  };
  const parts = [
    table(report.pods, colors),
    errorSection(report.errors, colors),
    ...failuresFirst(report.pods)
      .filter(isNews)
      .map((pod) => renderPod(pod, block)),
    warningSection(report.findings, colors),
    summaryLine(report),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const headings = ['', 'POD', 'CONTAINER', 'IMAGE', 'CREDENTIAL', 'VERDICT', 'STATUS'];

type Paint = (text: string) => string;

interface Row {
  readonly cells: readonly string[];
  /** For the first and the last two cells. */
  readonly paint: Paint;
}

function table(pods: readonly ReportedPod[], colors: ReturnType<typeof createColors>): string {
  if (pods.length === 0) return '';
  const nodes = new Set(pods.flatMap(({ node }) => node ?? [])).size > 1;
  const rows = pods.flatMap((pod) => rowsOf(pod, nodes, colors));
  const heads = nodes ? [...headings, 'NODE'] : headings;
  const widths = heads.map((heading, column) =>
    rows.reduce((width, { cells }) => Math.max(width, cells[column]?.length ?? 0), heading.length),
  );
  const pad = (cell: string, column: number): string =>
    column === heads.length - 1 ? cell : cell.padEnd(widths[column] ?? 0);
  const line = (cells: readonly string[], paint: Paint): string =>
    cells
      .map((cell, column) => (isVerdict(column) ? paint(pad(cell, column)) : pad(cell, column)))
      .join('  ')
      .trimEnd();
  return [line(heads, colors.dim), ...rows.map(({ cells, paint }) => line(cells, paint))].join('\n');
}

const isVerdict = (column: number): boolean => column === 0 || column === 5 || column === 6;

function rowsOf(pod: ReportedPod, nodes: boolean, colors: ReturnType<typeof createColors>): Row[] {
  const name = `${pod.namespace}/${pod.name}`;
  const node = nodes ? [pod.node ?? '-'] : [];
  if (pod.images.length === 0) {
    const bad = moodOf(pod) === 'bad';
    const cells = [bad ? '✗' : '?', name, '-', '-', '-', bad ? 'rejected' : 'unknown', pod.status, ...node];
    return [{ cells, paint: bad ? colors.red : colors.yellow }];
  }
  return pod.images.map((image) => {
    const { glyph, color } = marks[image.verdict];
    const used = credentialWords(usedCredential(image)) || '-';
    const cells = [glyph, name, image.container, image.image, used, image.verdict, pod.status, ...node];
    return { cells, paint: colors[color] };
  });
}

const marks: Readonly<
  Record<
    ReportedImage['verdict'],
    { readonly glyph: string; readonly color: 'green' | 'red' | 'yellow' | 'dim' }
  >
> = {
  pulled: { glyph: '✓', color: 'green' },
  present: { glyph: '✓', color: 'green' },
  failed: { glyph: '✗', color: 'red' },
  unknown: { glyph: '?', color: 'yellow' },
  blocked: { glyph: '·', color: 'dim' },
};
