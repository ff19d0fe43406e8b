import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCli } from '../support/in-process-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'pullsim-ignore-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const deployment = (own: string, template: string, image: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, annotations: { ${own} } }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web }, annotations: { ${template} } }
    spec: { imagePullSecrets: [{ name: nowhere }], containers: [{ name: app, image: "${image}" }] }
`;
const warned = write('warned.yaml', deployment('', '', 'nginx:1.27'));
const run = (...args: string[]) => runCli(['check', '--config', 'classroom', ...args]);

const findingsOf = async (...args: string[]) => {
  const { stdout } = await run('-o', 'json', ...args);
  const { pods } = JSON.parse(stdout);
  const ids = (list: { rule: string }[] = []) => list.map(({ rule }) => rule);
  return { findings: ids(pods[0].findings), ignored: ids(pods[0].ignored) };
};

test('findings are told when nothing is ignored', async () => {
  expect(await findingsOf(warned)).toEqual({ findings: ['REF02'], ignored: [] });
});

test.each([
  ['--ignore', ['--ignore', 'REF02', warned]],
  ['--ignore in lower case, with several rules', ['--ignore', 'key03,ref02', warned]],
  ['--ignore, repeated', ['--ignore', 'KEY03', '--ignore', 'REF02', warned]],
  ['a file', ['--ignore-file', write('ignored', '# for now\nKEY03, REF02   # until June\n'), warned]],
  [
    'an annotation of the workload',
    [write('own.yaml', deployment('pullsim/ignore: "REF02"', '', 'nginx:1.27'))],
  ],
  [
    'an annotation of the template',
    [write('template.yaml', deployment('', 'pullsim/ignore: "KEY03,REF02"', 'nginx:1.27'))],
  ],
])('%s sets findings aside', async (_, args) => {
  expect(await findingsOf(...args)).toEqual({ findings: [], ignored: ['REF02'] });
});

test('what is ignored does not count for --fail-on warning, and the count says so', async () => {
  expect((await run('--fail-on', 'warning', warned)).code).toBe(1);
  const { code, stdout } = await run('--fail-on', 'warning', '--ignore', 'REF02', warned);
  expect(code).toBe(0);
  expect(stdout).toContain('1 finding ignored');
});

test('an image that would not be pulled fails whatever is ignored', async () => {
  const failing = write(
    'failing.yaml',
    deployment('pullsim/ignore: "REF02,REF03,KEY00"', '', 'acme/payments:1.4'),
  );
  const { code, stdout } = await run('--ignore', 'REF02,REF03', failing);
  expect(code).toBe(1);
  expect(stdout).not.toContain('REF02 ');
  expect((await run('--fail-on', 'never', failing)).code).toBe(0);
});

test.each([
  [['--ignore', 'KEY99', warned], '--ignore: there is no rule "KEY99"'],
  [['--ignore-file', write('typo', 'KEY03\nKEYO3\n'), warned], 'typo:2: there is no rule "KEYO3"'],
  [['--ignore-file', join(folder, 'absent'), warned], 'absent: ENOENT'],
])('refuses %j', async (args, says) => {
  const { code, stderr } = await run(...args);
  expect(code).toBe(2);
  expect(stderr).toContain(says);
});
