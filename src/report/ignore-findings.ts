import type { CheckReport, ReportedFinding, ReportedPod } from './check-report.js';

/**
 * Sets findings of the given rules aside: they are kept under `ignored` and count for nothing. Verdicts stay: an image
 * that would not be pulled fails whatever is ignored.
 *
 * @param rules ids in any case
 */
export function ignoreFindings(report: CheckReport, rules: readonly string[]): CheckReport {
  if (rules.length === 0) return report;
  return { ...setAside(report, rules), pods: report.pods.map((pod) => ignoreInPod(pod, rules)) };
}

/** As {@link ignoreFindings}, for one pod. */
export const ignoreInPod = (pod: ReportedPod, rules: readonly string[]): ReportedPod =>
  rules.length === 0 ? pod : setAside(pod, rules);

interface WithFindings {
  readonly findings: readonly ReportedFinding[];
  readonly ignored?: readonly ReportedFinding[];
}

function setAside<T extends WithFindings>(holder: T, rules: readonly string[]): T {
  const ids = new Set(rules.map((rule) => rule.toUpperCase()));
  const ignored = holder.findings.filter(({ rule }) => ids.has(rule));
  if (ignored.length === 0) return holder;
  return {
    ...holder,
    findings: holder.findings.filter(({ rule }) => !ids.has(rule)),
    ignored: [...(holder.ignored ?? []), ...ignored],
  };
}
