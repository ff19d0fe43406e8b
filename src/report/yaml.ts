import { stringify } from 'yaml';
import type { CheckReport } from './check-report.js';
import { renderJson } from './json.js';

/** The report as YAML: the same keys in the same order as JSON. Long texts stay on one line, for grep. */
export const renderYaml = (report: CheckReport): string =>
  stringify(JSON.parse(renderJson(report)), { lineWidth: 0, aliasDuplicateObjects: false });
