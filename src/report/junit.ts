import type { CheckReport } from './check-report.js';
import { placeOf } from './pod-block.js';
import { type TestCase, testCases } from './test-case.js';

/**
 * The report as JUnit XML, in the form that Jenkins, GitLab and GitHub's readers share (Jenkins' junit-10.xsd): one suite
 * per pod, one case per image. What could not be decided is an `error`, what was not tried is `skipped`.
 */
export function renderJunit(report: CheckReport): string {
  const cases = testCases(report);
  const suites = [...bySuite(cases)].flatMap(([name, own]) => suiteLines(name, own));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'pullsim', ...counts(cases) })}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function bySuite(cases: readonly TestCase[]): ReadonlyMap<string, readonly TestCase[]> {
  const suites = new Map<string, TestCase[]>();
  for (const test of cases) suites.set(test.suite, [...(suites.get(test.suite) ?? []), test]);
  return suites;
}

const counts = (cases: readonly TestCase[]) => ({
  tests: cases.length,
  failures: cases.filter(({ outcome }) => outcome === 'failed').length,
  errors: cases.filter(({ outcome }) => outcome === 'undecided').length,
});

/** The schema knows `skipped` of a suite, and not of all suites together. */
const skipped = (cases: readonly TestCase[]) => ({
  skipped: cases.filter(({ outcome }) => outcome === 'skipped').length,
});

const suiteLines = (name: string, cases: readonly TestCase[]): readonly string[] => [
  `  <testsuite${attributes({ name, ...counts(cases), ...skipped(cases), time: 0 })}>`,
  ...cases.flatMap(caseLines),
  '  </testsuite>',
];

function caseLines(test: TestCase): readonly string[] {
  const head = attributes({ name: test.name, classname: test.suite, time: 0 });
  const place = test.source === undefined ? [] : [placeOf(test.source)];
  const text = [...place, ...test.details].map(escapeText).join('\n');
  switch (test.outcome) {
    case 'passed':
      return test.details.length === 0
        ? [`    <testcase${head}/>`]
        : [`    <testcase${head}>`, `      <system-out>${text}</system-out>`, '    </testcase>'];
    case 'failed':
      return [`    <testcase${head}>`, outcomeElement('failure', test, text), '    </testcase>'];
    case 'undecided':
      return [`    <testcase${head}>`, outcomeElement('error', test, text), '    </testcase>'];
    case 'skipped':
      return [
        `    <testcase${head}>`,
        `      <skipped${attributes({ message: test.message })}/>`,
        '    </testcase>',
      ];
    default:
      return test.outcome satisfies never;
  }
}

const outcomeElement = (name: 'failure' | 'error', { reason, message }: TestCase, text: string): string =>
  `      <${name}${attributes({ type: reason, message })}>${text}</${name}>`;

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeAttribute(String(value))}"`)
    .join('');

/** A reader turns plain line ends of an attribute into spaces. */
const escapeAttribute = (text: string): string =>
  escapeText(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');

/** XML 1.0 has no place for most control characters and for halves of surrogate pairs, not even escaped. */
const escapeText = (text: string): string =>
  text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;');
