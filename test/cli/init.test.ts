import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareSync } from 'bcryptjs';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseWorld } from '../../src/world/world-file.js';
import { runCli } from '../support/in-process-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'pullsim-init-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const write = (name: string, text: string): string => {
  writeFileSync(at(name), text);
  return at(name);
};

const digest = `sha256:${'ab'.repeat(32)}`;
const secretOf = (name: string, password: string) => `apiVersion: v1
kind: Secret
metadata: { name: ${name} }
type: kubernetes.io/dockerconfigjson
stringData:
  .dockerconfigjson: '{"auths":{"reg.example.com:5000":{"username":"ci","password":"${password}"}}}'
`;
const podOf = (name: string, spec: string) => `---
apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec: ${spec}
`;
const manifests = write(
  'app.yaml',
  [
    secretOf('regcred', 'open sesame'),
    podOf('public', '{ containers: [{ name: a, image: nginx }, { name: b, image: "redis:7.10" }] }'),
    podOf(
      'private',
      `{ imagePullSecrets: [{ name: regcred }], containers: [{ name: a, image: "reg.example.com:5000/team/app:1.10" }, { name: b, image: "reg.example.com:5000/team/app@${digest}" }] }`,
    ),
    podOf('forgotten', '{ containers: [{ name: a, image: "reg.example.com:5000/team/app:1.10" }] }'),
    podOf('broken', '{ containers: [{ name: a, image: "team/App" }] }'),
    podOf(
      'held',
      '{ containers: [{ name: a, image: "busybox:1", imagePullPolicy: Never }], nodeSelector: { disk: ssd } }',
    ),
  ].join('---\n'),
);

test('writes a world from manifests, in which check gives sensible verdicts', async () => {
  const world = at('world.yaml');
  const written = await runCli(['init', '--config', world, manifests]);
  expect(written).toEqual({
    code: 0,
    stdout: `wrote ${world}: 2 registries, 4 repositories, 1 user; see its comments for what is yours to decide\n`,
    stderr: '',
  });
  const checked = await runCli(['check', '--config', world, '-o', 'json', manifests]);
  const report = JSON.parse(checked.stdout);
  const verdicts = report.pods.map((pod: { name: string; images: { verdict: string }[] }) => [
    pod.name,
    ...pod.images.map(({ verdict }) => verdict),
  ]);
  expect(verdicts).toEqual([
    ['public', 'pulled', 'pulled'],
    ['private', 'pulled', 'pulled'],
    ['forgotten', 'failed'],
    ['broken', 'failed'],
    ['held'],
  ]);
});

test('registries, repositories, tags and digests are those that the manifests name', async () => {
  const { stdout } = await runCli(['init', '--config', '-', manifests]);
  const world = parse(stdout);
  expect(world.registries).toMatchObject([
    {
      host: 'docker.io',
      repositories: [
        { name: 'library/busybox', visibility: 'public', tags: { '1': {} } },
        { name: 'library/nginx', visibility: 'public', tags: { latest: {} } },
        { name: 'library/redis', visibility: 'public', tags: { '7.10': {} } },
      ],
    },
    {
      host: 'reg.example.com:5000',
      users: [{ name: 'ci' }],
      repositories: [{ name: 'team/app', visibility: 'private', tags: { '1.10': {} }, digests: [digest] }],
    },
  ]);
  expect(compareSync('open sesame', world.registries[1].users[0].passwordHash)).toBe(true);
  expect(stdout).not.toContain('open sesame');
});

test('comments say where a person must decide', async () => {
  const promised = `---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: vault-cred, namespace: prod }
spec: {}
`;
  const other = `${secretOf('other', 'another')}${podOf('quay', '{ containers: [{ name: a, image: quay.io/team/app }] }')}`;
  const { stdout } = await runCli(['init', '--config', '-', manifests, write('more.yaml', other + promised)]);
  for (const comment of [
    'decide: secret prod/vault-cred (ExternalSecret vault-cred) is not in the files',
    'decide: default/other has another password for this user',
    'decide: no pull secret fits this registry',
    'visibility: private    # decide: public',
    'from secret default/regcred',
    '# labels: { "disk": "ssd" }',
    '  - "busybox:1"',
  ])
    expect(stdout).toContain(comment);
  expect(parseWorld(stdout, 'world.yaml').registries.map(({ host }) => host)).toContain('quay.io');
});

test('a token that is longer than bcrypt reads is left out, and said so', async () => {
  const file = write(
    'token.yaml',
    secretOf('long', 'x'.repeat(73)) +
      podOf('p', '{ containers: [{ name: a, image: "reg.example.com:5000/a" }] }'),
  );
  const { stdout } = await runCli(['init', '--config', '-', file]);
  expect(stdout).toContain('longer than 72 bytes');
  expect(stdout).not.toContain('xxxxx');
  expect(parseWorld(stdout, 'world.yaml').registries[0]?.users).toEqual([]);
});

test('never writes over a file without --force', async () => {
  const file = write('mine.yaml', 'mine');
  const refused = await runCli(['init', '--config', file, manifests]);
  expect(refused).toEqual({
    code: 2,
    stdout: '',
    stderr: `pullsim: ${file} is there already: --force writes over it\n`,
  });
  expect(readFileSync(file, 'utf8')).toBe('mine');
  expect((await runCli(['init', '--force', '--config', file, manifests])).code).toBe(0);
  expect(readFileSync(file, 'utf8')).toContain('kind: World');
});

test.each([
  [[], 'no manifests'],
  [[at('missing.yaml')], 'missing.yaml'],
])('refuses %j with exit code 2 and writes nothing', async (args, says) => {
  const file = at('nothing.yaml');
  const { code, stderr } = await runCli(['init', '--config', file, ...args]);
  expect(code).toBe(2);
  expect(stderr).toContain(says);
  expect(() => readFileSync(file)).toThrow('ENOENT');
});
