import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { CheckReport } from '../../src/report/check-report.js';
import { renderGithub } from '../../src/report/github.js';
import { renderHar } from '../../src/report/har.js';
import { renderJunit } from '../../src/report/junit.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { renderSarif } from '../../src/report/sarif.js';
import { renderTap } from '../../src/report/tap.js';
import { testCases } from '../../src/report/test-case.js';
import { renderYaml } from '../../src/report/yaml.js';
import { check } from '../../src/world/check.js';
import {
  checkReport,
  failedImage,
  failedPod,
  keyFinding,
  pulledImage,
  reportedPod,
} from '../support/report.js';
import { harSchema } from '../support/schemas/har.js';
import { schemaViolations } from '../support/schemas/json-schema-check.js';
import { junitViolations, readXml, type XmlElement } from '../support/schemas/junit.js';
import { sarifSchema } from '../support/schemas/sarif.js';

const nasty = 'a <b> & "c" # d | e `f` \u0000 \ud800 %0A ::error::\r\n1..9\nok 1\n  ...\n@someone [x](y)';

/** Everything that a report can hold. */
const full = checkReport(
  [
    reportedPod(),
    failedPod({
      findings: [
        keyFinding(),
        keyFinding({ rule: 'REF02', severity: 'warning', message: nasty, fix: nasty }),
      ],
    }),
    failedPod({ node: 'node-2' }),
    reportedPod({
      name: 'blocked',
      status: 'Init:ImagePullBackOff',
      images: [
        failedImage({ container: 'first', kind: 'initContainer', explanation: nasty }),
        pulledImage({ verdict: 'blocked', blockedBy: 'first', attempts: [] }),
      ],
    }),
    reportedPod({
      name: 'unknown',
      status: 'Unknown',
      images: [
        pulledImage({ verdict: 'unknown', message: 'registry "quay.io" is not in the world', attempts: [] }),
      ],
    }),
    reportedPod({
      name: 'refused',
      node: null,
      phase: null,
      status: 'Rejected',
      ready: null,
      rejected: { message: nasty },
      images: [],
      source: { file: 'with space,and:colon.yaml', line: 3 },
    }),
    reportedPod({
      name: 'nowhere',
      node: null,
      status: 'Pending',
      images: [],
      events: [
        {
          type: 'Warning',
          reason: 'FailedScheduling',
          message: '0/1 nodes',
          count: 1,
          atSeconds: 0,
          firstAtSeconds: 0,
        },
      ],
    }),
  ],
  {
    errors: [
      { kind: 'unreadable', message: nasty, source: { file: '-', line: 1 } },
      { kind: 'refused', message: 'Secret is invalid', source: { file: 'secret.yaml', line: 2 } },
    ],
    findings: [
      keyFinding({ rule: 'YAML02', severity: 'warning' }),
      keyFinding({ rule: 'REF09', severity: 'error' }),
      keyFinding({ rule: 'SEC16', severity: 'info', fix: '' }),
    ],
  },
);

const real = await check({
  world: 'classroom',
  manifests: `
apiVersion: v1
kind: Secret
metadata: { name: regcred }
type: kubernetes.io/dockerconfigjson
stringData: { .dockerconfigjson: '{"auths":{"myprivateregistry.com:5000":{"username":"dock_user","password":"never-shown"}}}' }
---
apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  imagePullSecrets: [{ name: regcred }]
  containers:
    - { name: one, image: "myprivateregistry.com:5000/nginx:alpine" }
    - { name: two, image: nginx }
    - { name: three, image: quay.io/team/app }`,
});

const reports: readonly [string, CheckReport][] = [
  ['an empty report', checkReport([])],
  ['a report with everything', full],
  ['a real report', real],
];

describe.each(reports)('%s', (_, report) => {
  test('is valid SARIF 2.1.0, and each result names its rule', () => {
    const sarif = JSON.parse(renderSarif(report, { version: '1.2.3' }));
    expect(schemaViolations(sarifSchema, sarif)).toEqual([]);
    const [run] = sarif.runs;
    for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId);
  });

  test('is valid HAR 1.2, and each entry belongs to a page', () => {
    const har = JSON.parse(renderHar(report, { version: '1.2.3' }));
    expect(schemaViolations(harSchema, har)).toEqual([]);
    const pages = har.log.pages.map(({ id }: { id: string }) => id);
    expect(new Set(pages).size).toBe(pages.length);
    for (const { pageref } of har.log.entries) expect(pages).toContain(pageref);
  });

  test('is valid JUnit XML, and its counts are right', () => {
    const root = readXml(renderJunit(report));
    expect(junitViolations(root)).toEqual([]);
    for (const suite of [root, ...root.children]) {
      const cases = suite === root ? root.children.flatMap(({ children }) => children) : suite.children;
      const having = (name: string) =>
        String(
          cases.filter(({ children }) => children.some((child: XmlElement) => child.name === name)).length,
        );
      expect(suite.attributes).toMatchObject({
        tests: String(cases.length),
        failures: having('failure'),
        errors: having('error'),
      });
    }
  });

  test('is valid TAP 14: a version, a plan, and as many numbered points', () => {
    expect(tapPoints(renderTap(report))).toHaveLength(testCases(report).length);
  });

  test('is the same report as YAML', () => {
    expect(parse(renderYaml(report))).toEqual(JSON.parse(JSON.stringify(report)));
  });

  test('is annotations of one line each, and a count', () => {
    const lines = renderGithub(report).trimEnd().split('\n');
    expect(lines.at(-1)).toMatch(/^\d+ pods?, \d+ images?/);
    for (const line of lines.slice(0, -1))
      expect(line).toMatch(/^::(?:error|warning|notice) (?:file=[^:,]+,line=\d+,)?title=[^:,]+::.+$/);
  });

  test('shows no password in any format', () => {
    for (const render of [
      renderSarif,
      renderHar,
      renderJunit,
      renderTap,
      renderYaml,
      renderGithub,
      renderMarkdown,
    ])
      expect(render(report)).not.toContain('never-shown');
  });
});

/** Reads TAP 14 line by line; throws at a line that has no place. */
function tapPoints(tap: string): { ok: boolean; directive: string; diagnostics: unknown }[] {
  const lines = tap.trimEnd().split('\n');
  expect(lines.shift()).toBe('TAP version 14');
  const plan = /^1\.\.(\d+)(?: # SKIP .*)?$/.exec(lines.shift() ?? '');
  const points: { ok: boolean; directive: string; diagnostics: unknown }[] = [];
  while (lines.length > 0) {
    const line = lines.shift()!;
    const point = /^(not )?ok (\d+) - ((?:\\[\\#]|[^\\#])*?)(?: # (SKIP|TODO)\b.*)?$/.exec(line);
    if (point === null || Number(point[2]) !== points.length + 1) throw new Error(`no test point: ${line}`);
    let diagnostics: unknown;
    if (lines[0] === '  ---') {
      const end = lines.indexOf('  ...');
      diagnostics = parse(
        lines
          .splice(0, end + 1)
          .slice(1, -1)
          .map((inner) => {
            if (inner !== '' && !inner.startsWith('  ')) throw new Error(`not indented: ${inner}`);
            return inner.slice(2);
          })
          .join('\n'),
      );
    }
    points.push({ ok: point[1] === undefined, directive: point[4] ?? '', diagnostics });
  }
  expect(Number(plan?.[1])).toBe(points.length);
  return points;
}

test('what could not be decided is no pass in test reports, and what was not tried is skipped', () => {
  expect(testCases(full).map(({ suite, outcome }) => `${suite}: ${outcome}`)).toEqual([
    'manifests: undecided',
    'manifests: failed',
    'manifests: failed',
    'default/nginx on node-1: passed',
    'default/web on node-1: failed',
    'default/web on node-2: failed',
    'default/blocked on node-1: failed',
    'default/blocked on node-1: skipped',
    'default/unknown on node-1: undecided',
    'default/refused: failed',
    'default/nowhere: undecided',
  ]);
});

test('an error about a pod whose images are pulled is a case of its own', () => {
  const report = checkReport([reportedPod({ findings: [keyFinding({ container: undefined as never })] })]);
  expect(testCases(report).map(({ name, outcome }) => [name, outcome])).toEqual([
    ['nginx: nginx', 'passed'],
    ['KEY03', 'failed'],
  ]);
});

test('a failed TAP point says where and why, with the fix', () => {
  const [point] = tapPoints(renderTap(checkReport([failedPod()])));
  expect(point).toEqual({
    ok: false,
    directive: '',
    diagnostics: {
      message: 'No credential matched, so the pull was anonymous and the registry refused it.',
      severity: 'fail',
      reason: 'ErrImagePull',
      at: { file: 'nginx.yaml', line: 7 },
      details: expect.stringContaining('KEY03 error: secret default/regcred has a key'),
    },
  });
});

test('SARIF points at the line, and tells a result on two nodes once', () => {
  const { results } = JSON.parse(renderSarif(checkReport([failedPod(), failedPod({ node: 'node-2' })])))
    .runs[0];
  expect(results).toHaveLength(1);
  expect(results[0]).toMatchObject({
    ruleId: 'KEY03',
    level: 'error',
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: 'secret.yaml' }, region: { startLine: 3 } },
        logicalLocations: [{ fullyQualifiedName: 'default/web/app' }],
      },
    ],
  });
});

test('an annotation stands beside the line, with what GitHub would misread escaped', () => {
  const lines = renderGithub(full).split('\n');
  expect(lines).toContain(
    '::error file=secret.yaml,line=3,title=KEY03 default/web app::secret default/regcred has a key for "myprivateregistry.com"; the image needs "myprivateregistry.com:5000" (the port counts).%0Afix: kubectl create secret docker-registry regcred --docker-server=myprivateregistry.com:5000 --docker-username=dock_user --docker-password=…',
  );
  expect(lines.join('\n')).toContain('file=with space%2Cand%3Acolon.yaml,line=3');
});

test('Markdown makes nothing of what manifests say: no link, no mention, no broken table', () => {
  const markdown = renderMarkdown(full);
  expect(markdown).toContain(
    '| ❌ | default/web on node-1 | app | `myprivateregistry.com:5000/nginx:alpine` | anonymous | ErrImagePull |',
  );
  expect(markdown).toContain('\\[x\\](y)');
  expect(markdown).not.toMatch(/(?<!\w)@someone(?![\s\S]*```)/);
  const rows = markdown.split('\n').filter((line) => line.startsWith('| '));
  for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(7);
});

test('HAR keeps the requests in order, with masked authorization', () => {
  const { entries } = JSON.parse(renderHar(real)).log;
  const headers = entries.flatMap((entry: { request: { headers: { value: string }[] } }) =>
    entry.request.headers.map(({ value }) => value),
  );
  expect(headers).toContain('Basic dock_user:***');
  expect(entries[0].request.url).toMatch(/^https:\/\/myprivateregistry\.com:5000\/v2\//);
});

describe('what a chart rendered', () => {
  const rendered = { file: '-', line: 40, template: 'app/templates/web.yaml' };
  const report = checkReport([failedPod({ source: rendered, findings: [keyFinding({ source: rendered })] })]);

  test('is shown by its template, with the line of the stream beside it', () => {
    expect(renderMarkdown(report)).toContain('`app/templates/web.yaml (-:40)`');
    expect(renderJunit(report)).toContain('(app/templates/web.yaml (-:40))');
  });

  test('is annotated at its template, where no line is known', () => {
    expect(renderGithub(report)).toContain('::error file=app/templates/web.yaml,title=KEY03');
    const [result] = JSON.parse(renderSarif(report)).runs[0].results;
    expect(result.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'app/templates/web.yaml' },
    });
  });
});
