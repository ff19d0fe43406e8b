import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runCli } from '../support/in-process-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'pullsim-secret-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const password = 'open-sesame-42';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const secretWith = (more: object, auths: object) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'regcred' },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': JSON.stringify({ auths }) },
    ...more,
  });
const good = { 'reg.io:5000': { username: 'ci', password } };

describe('secret inspect', () => {
  test('tells type, keys, entries and users, and which entry serves which image', async () => {
    const result = await runCli(
      ['secret', 'inspect', '--image', 'reg.io:5000/team/app', '-'],
      secretWith({}, { ...good, 'reg.io': { auth: base64(`dev:${password}`) } }),
    );
    expect(result).toEqual({
      code: 0,
      stderr: '',
      stdout: `✓ default/regcred   kubernetes.io/dockerconfigjson   -:1
  keys     .dockerconfigjson
  entry    reg.io:5000   user ci
           ✓ reg.io:5000/team/app: host and port of "reg.io:5000" fit, and its path is the beginning of "reg.io:5000/team/app".
  entry    reg.io   user dev
           ✗ reg.io:5000/team/app: the image has port 5000 and the key no port; ports must be equal, and no default is assumed.
`,
    });
  });

  test.each([
    ['another type', secretWith({ type: 'Opaque' }, good), 'its type is Opaque'],
    [
      'another key',
      secretWith({ stringData: undefined, data: { 'config.json': base64('{}') }, type: 'Opaque' }, good),
      'its type is Opaque',
    ],
    ['an empty config', secretWith({}, {}), 'there is no entry in it'],
    [
      'base64 twice',
      secretWith({ type: 'Opaque', stringData: { '.dockerconfigjson': base64('{"auths":{}}') } }, good),
      'base64-encoded twice',
    ],
    ['auth without colon', secretWith({}, { 'reg.io': { auth: base64('nocolon') } }), 'has no colon'],
    [
      'auth that wins',
      secretWith({}, { 'reg.io': { auth: base64('a:b'), username: 'c', password: 'd' } }),
      '"auth" wins',
    ],
    [
      'a line feed',
      secretWith({}, { 'reg.io': { username: 'ci', password: `${password}\n` } }),
      'ends with a line feed',
    ],
    ['an empty entry', secretWith({}, { 'reg.io': {} }), 'as good as none'],
    ['a token', secretWith({}, { 'reg.io': { identitytoken: password } }), 'does not read "identitytoken"'],
  ])('tells of %s, without any password, and exits 1', async (_, secret, says) => {
    const { code, stdout, stderr } = await runCli(['secret', 'inspect'], secret);
    expect(code).toBe(1);
    expect(stdout).toContain(says);
    for (const hidden of [password, base64(`dev:${password}`)]) expect(stdout + stderr).not.toContain(hidden);
  });

  test('reads a docker config.json, and says what the kubelet will not ask', async () => {
    const file = write(
      'config.json',
      JSON.stringify({ auths: { 'reg.io': {} }, credsStore: 'desktop', credHelpers: { 'gcr.io': 'gcloud' } }),
    );
    const { code, stdout } = await runCli(['secret', 'inspect', file]);
    expect(code).toBe(1);
    expect(stdout).toContain('the credential store "desktop"');
    expect(stdout).toContain('credential helpers (for gcr.io)');
  });

  test('tells what the API server refuses, and exits 1', async () => {
    const secret = secretWith({ stringData: { '.dockerconfigjson': 'no json' } }, {});
    const { code, stdout, stderr } = await runCli(['secret', 'inspect'], secret);
    expect(code).toBe(1);
    expect(stdout).toContain('the value is not JSON');
    expect(stderr).toContain('is invalid');
  });

  test('exits 1 when an image has no entry', async () => {
    expect((await runCli(['secret', 'inspect', '--image', 'other.io/app'], secretWith({}, good))).code).toBe(
      1,
    );
    expect(
      (await runCli(['secret', 'inspect', '--image', 'reg.io:5000/app'], secretWith({}, good))).code,
    ).toBe(0);
  });

  test('prints JSON', async () => {
    const { stdout } = await runCli(['secret', 'inspect', '-o', 'json'], secretWith({}, good));
    expect(JSON.parse(stdout)).toMatchObject([
      {
        name: 'regcred',
        used: true,
        problems: [],
        entries: [{ key: 'reg.io:5000', username: 'ci', problems: [], images: [] }],
      },
    ]);
  });

  test('masks user info in keys, and user names that are tokens', async () => {
    const token = `eyJ${'a'.repeat(20)}.${'b'.repeat(20)}.c`;
    const { stdout } = await runCli(
      ['secret', 'inspect', '--image', 'reg.io/a'],
      secretWith({}, { [`https://ci:${password}@reg.io`]: { username: token, password } }),
    );
    expect(stdout).toContain('https://***@reg.io   user eyJaaa…');
    expect(stdout).not.toContain(password);
  });

  test.each([
    [['secret', 'inspect', '--image', 'Not Valid'], '', '--image: '],
    [['secret', 'inspect'], '', 'there is no Secret'],
    [['secret', 'inspect', '/no/such/file'], '', '/no/such/file'],
    [['secret', 'inspect'], 'kind: [', ''],
  ])('refuses %j with exit code 2', async (args, stdin, says) => {
    const { code, stderr } = await runCli(args, stdin);
    expect(code).toBe(2);
    expect(stderr).toContain(says);
  });
});

describe('secret create', () => {
  const create = (args: readonly string[], stdin = '') =>
    runCli(['secret', 'create', 'regcred', ...args], stdin);
  const account = ['--docker-server', 'reg.io:5000', '--docker-username', 'ci', '--password-stdin'];

  test('writes what kubectl create secret docker-registry writes', async () => {
    const { code, stdout, stderr } = await create(account, `${password}\n`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const json = `{"auths":{"reg.io:5000":{"username":"ci","password":"${password}","auth":"${base64(`ci:${password}`)}"}}}`;
    expect(stdout).toBe(`apiVersion: v1
data:
  .dockerconfigjson: ${base64(json)}
kind: Secret
metadata:
  name: regcred
type: kubernetes.io/dockerconfigjson
`);
  });

  test('is read back by secret inspect as good', async () => {
    const { stdout } = await create([...account, '-n', 'prod'], password);
    const inspected = await runCli(['secret', 'inspect', '--image', 'reg.io:5000/a'], stdout);
    expect(inspected.code).toBe(0);
    expect(inspected.stdout).toContain('prod/regcred');
  });

  test('writes to a file that only its owner reads', async () => {
    const file = join(folder, 'regcred.yaml');
    const { stdout } = await create([...account, '-o', `yaml=${file}`], password);
    expect(stdout).toBe('');
    expect(parse(readFileSync(file, 'utf8')).metadata).toEqual({ name: 'regcred' });
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  test('takes a docker config as it is', async () => {
    const file = write('taken.json', '{"auths":{"reg.io":{"username":"a","password":"b"}}}');
    const { stdout } = await create(['--from-file', `.dockerconfigjson=${file}`, '-o', 'json']);
    expect(JSON.parse(stdout).data['.dockerconfigjson']).toBe(base64(readFileSync(file, 'utf8')));
  });

  test.each([
    [
      'a password that all can see',
      ['--docker-username', 'ci', '--docker-password', password],
      '',
      'use --password-stdin',
    ],
    [
      'a key that does not serve the image',
      [...account, '--image', 'reg.io/app'],
      password,
      'it does not serve reg.io/app',
    ],
    [
      'Docker Hub under its other names',
      ['--docker-server', 'docker.io', '--docker-username', 'ci', '--password-stdin'],
      password,
      'leave out --docker-server',
    ],
    ['a colon in the user name', ['--docker-username', 'a:b', '--password-stdin'], password, 'holds a colon'],
    ['a placeholder', account, 'REPLACE_ME', 'placeholder'],
  ])('warns of %s', async (_, args, stdin, says) => {
    const { code, stderr } = await create(args, stdin);
    expect(code).toBe(0);
    expect(stderr).toContain(says);
    expect(stderr).not.toContain(password);
  });

  test.each([
    [['--docker-username', 'ci'], 'either --from-file or the combination of'],
    [['--from-file', '/no/such/file'], 'cannot read /no/such/file'],
  ])('refuses %j', async (args, says) => {
    const { code, stdout, stderr } = await create(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
  });

  test('refuses a name that the API server refuses', async () => {
    const { code, stderr } = await runCli(['secret', 'create', 'Reg_Cred', ...account], password);
    expect(code).toBe(2);
    expect(stderr).toContain('Invalid value: "Reg_Cred"');
  });
});
