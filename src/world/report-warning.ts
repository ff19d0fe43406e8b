import type { ManifestWarning } from '../cluster/manifest-problem.js';
import { explainWarning } from '../diagnosis/explain-warning.js';
import type { ReportedFinding } from '../report/check-report.js';
import { reportFinding } from '../report/report-finding.js';

/** A warning about a manifest as a finding of the whole report. */
export const reportWarning = (warning: ManifestWarning): ReportedFinding =>
  reportFinding(explainWarning(warning));
