import { stringify } from 'yaml';
import type { CheckReport } from './check-report.js';
import { type TestCase, testCases } from './test-case.js';

/** The report as TAP version 14 (testanything.org): one test point per image, with a YAML block below what failed. */
export function renderTap(report: CheckReport): string {
  const cases = testCases(report);
  const plan = cases.length === 0 ? '1..0 # SKIP nothing to check' : `1..${cases.length}`;
  return `${['TAP version 14', plan, ...cases.flatMap(pointLines)].join('\n')}\n`;
}

function pointLines(test: TestCase, index: number): readonly string[] {
  const isOk = test.outcome === 'passed' || test.outcome === 'skipped';
  const skip = test.outcome === 'skipped' ? ` # SKIP ${oneLine(test.message)}` : '';
  const point = `${isOk ? 'ok' : 'not ok'} ${index + 1} - ${escapeDescription(`${test.suite} ${test.name}`)}${skip}`;
  return test.outcome === 'skipped' || (isOk && test.details.length === 0)
    ? [point]
    : [point, ...yamlBlock(test)];
}

function yamlBlock({ outcome, reason, message, source, details }: TestCase): readonly string[] {
  const diagnostics = {
    ...(message !== '' && { message }),
    ...(outcome !== 'passed' && { severity: outcome === 'failed' ? 'fail' : 'undecided', reason }),
    ...(source !== undefined && { at: { file: source.file, line: source.line } }),
    ...(details.length > 0 && { details: details.join('\n') }),
  };
  const lines = stringify(diagnostics, { lineWidth: 0 }).trimEnd().split('\n');
  return ['---', ...lines, '...'].map((line) => (line === '' ? '' : `  ${line}`));
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

/** `#` would begin a directive, and `\` escapes. */
const escapeDescription = (text: string): string => oneLine(text).replace(/[\\#]/g, '\\$&');
