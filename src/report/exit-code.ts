import type { CheckReport, ReportedFinding } from './check-report.js';

/** What `--fail-on` takes: `warning` adds warnings to exit code 1, `never` turns 1 into 0. */
export type FailOn = 'error' | 'warning' | 'never';

/**
 * The exit code of `check` for a report (DESIGN §3.3), in this order of precedence: 2 some input is unreadable · 1 some
 * image would not be pulled, or an object is refused · 3 something could not be decided · 0 every image would be pulled.
 */
export function exitCodeOf(report: CheckReport, failOn: FailOn = 'error'): 0 | 1 | 2 | 3 {
  if (report.errors.some(({ kind }) => kind === 'unreadable')) return 2;
  if (isFailure(report) || (failOn === 'warning' && hasWarnings(report))) return failOn === 'never' ? 0 : 1;
  return isUndecided(report) ? 3 : 0;
}

const isFailure = ({ summary, errors, findings, pods }: CheckReport): boolean =>
  summary.failed > 0 ||
  summary.rejected > 0 ||
  errors.some(({ kind }) => kind === 'refused') ||
  findings.some(isError) ||
  pods.some((pod) => pod.findings.some(isError));

const isError = ({ severity }: ReportedFinding): boolean => severity === 'error';

const hasWarnings = ({ findings, pods }: CheckReport): boolean =>
  [findings, ...pods.map((pod) => pod.findings)].some((list) =>
    list.some(({ severity }) => severity === 'warning'),
  );

/** A pod that no node admits is undecided, too: none of its images was tried. */
const isUndecided = ({ summary, pods }: CheckReport): boolean =>
  summary.unknown > 0 || pods.some(({ node, rejected }) => node === null && rejected === undefined);
