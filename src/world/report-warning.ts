import type { ManifestWarning } from '../cluster/manifest-problem.js';
import type { ReportedFinding } from '../report/check-report.js';
import { reportSource } from '../report/report-finding.js';

/** What a warning about a manifest is called in reports; the catalogue of causes has pull failures only. */
const rules = {
  'unknown-field': { rule: 'YAML01', severity: 'warning' },
  'duplicate-field': { rule: 'YAML02', severity: 'warning' },
  replaced: { rule: 'YAML03', severity: 'warning' },
  'not-an-object': { rule: 'YAML04', severity: 'info' },
  'api-warning': { rule: 'API01', severity: 'warning' },
} as const satisfies Record<ManifestWarning['kind'], Pick<ReportedFinding, 'rule' | 'severity'>>;

/** A warning about a manifest as a finding of the whole report. */
export const reportWarning = (warning: ManifestWarning): ReportedFinding => ({
  ...rules[warning.kind],
  message: warning.message,
  fix: fixOf(warning),
  source: reportSource(warning.source),
});

function fixOf(warning: ManifestWarning): string {
  if (warning.kind !== 'unknown-field') return '';
  const { suggestion } = warning;
  if (suggestion === undefined) return 'remove the field: the API server drops it';
  return suggestion.kind === 'spelling' ? `write "${suggestion.field}"` : `move it to "${suggestion.field}"`;
}
