import { createColors } from 'picocolors';
import type { CheckReport, ReportedError, ReportedFinding, ReportedSource } from './check-report.js';
import { moodOf, placeOf, renderPod } from './pod-block.js';
import { summaryLine } from './summary-line.js';

export interface TextOptions {
  /** ANSI colours; off by default. */
  readonly color?: boolean;
  /** The kubelet's messages, HTTP exchanges and events, too. */
  readonly verbose?: boolean;
  /** Pods that run are left out. */
  readonly quiet?: boolean;
}

/** The report for people: what could not be read, then pods (failures first), then warnings, then the count. */
export function renderText(report: CheckReport, options: TextOptions = {}): string {
  const { color = false, verbose = false, quiet = false } = options;
  const colors = createColors(color);
  const block = {
    colors,
    messages: verbose,
    exchanges: verbose,
    ...(report.atSeconds !== undefined && { atSeconds: report.atSeconds }),
  };
  const gap = report.atSeconds === undefined ? '\n' : '\n\n';
  const pods = failuresFirst(report.pods).filter((pod) => !quiet || isNews(pod));
  const parts = [
    errorSection(report.errors, colors),
    pods.map((pod) => renderPod(pod, block)).join(gap),
    warningSection(report.findings, colors),
    summaryLine(report),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

type Pod = CheckReport['pods'][number];

const order = { bad: 0, open: 1, good: 2 } as const;

/** What fails comes first; otherwise the order of the input stays. */
export const failuresFirst = (pods: readonly Pod[]): Pod[] =>
  pods
    .map((pod) => ({ pod, rank: order[moodOf(pod)] }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ pod }) => pod);

/** A pod that there is something to tell about. */
export const isNews = (pod: Pod): boolean => moodOf(pod) !== 'good' || pod.findings.length > 0;

type Colors = ReturnType<typeof createColors>;

/** Input that could not be read, and objects that the API server refuses. */
export function errorSection(errors: readonly ReportedError[], colors: Colors): string {
  if (errors.length === 0) return '';
  const lines = errors.map(({ message, source }) => `  ${placed(source)}${message}`);
  return [colors.red('Errors'), ...lines].join('\n');
}

/** Findings that belong to no pod. */
export function warningSection(findings: readonly ReportedFinding[], colors: Colors): string {
  if (findings.length === 0) return '';
  const lines = findings.flatMap(({ rule, message, fix, source }) => [
    `  ${placed(source)}${colors.yellow(rule)}  ${message}`,
    ...(fix === '' ? [] : [`    ${fix.replaceAll('\n', '\n    ')}`]),
  ]);
  return [colors.yellow('Warnings'), ...lines].join('\n');
}

const placed = (source: ReportedSource | undefined): string =>
  source === undefined ? '' : `${placeOf(source)}  `;
