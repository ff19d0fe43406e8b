import type { ManifestError, ManifestWarning } from '../cluster/manifest-problem.js';
import { explainError } from '../diagnosis/explain-error.js';
import { explainWarning } from '../diagnosis/explain-warning.js';
import type { ReportedFinding } from '../report/check-report.js';
import { reportFinding } from '../report/report-finding.js';

/** A warning about a manifest as a finding of the whole report. */
export const reportWarning = (warning: ManifestWarning): ReportedFinding =>
  reportFinding(explainWarning(warning));

/** The cause behind a refused object as a finding of the whole report, where there is more to tell than the error. */
export function reportCause(error: ManifestError): readonly ReportedFinding[] {
  const finding = explainError(error);
  return finding === undefined ? [] : [reportFinding(finding)];
}
