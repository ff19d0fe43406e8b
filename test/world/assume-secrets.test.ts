import { hashSync } from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { parseAssumedSecret } from '../../src/world/assume-secrets.js';
import { check } from '../../src/world/check.js';

const now = new Date('2026-11-23T10:00:00Z');
const host = 'registry.example.com:5000';

const worldWith = (account: object) => ({
  registries: [
    { host, users: [{ name: 'ci', ...account }], repositories: [{ name: 'team/app', tags: { '1': {} } }] },
    {
      host: 'other.io',
      users: [{ name: 'ci', password: 'other password' }],
      repositories: [{ name: 'app', tags: { '1': {} } }],
    },
  ],
});
const plain = worldWith({ password: 'plain password' });

const pod = (name: string, namespace = 'prod', image = `${host}/team/app:1`) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  spec: { imagePullSecrets: [{ name: 'regcred' }], containers: [{ name: 'app', image }] },
});

const promised = {
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  metadata: { name: 'regcred', namespace: 'prod' },
  spec: { target: { template: { type: 'kubernetes.io/dockerconfigjson' } } },
};

const secret = (namespace: string, password: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'regcred', namespace },
  type: 'kubernetes.io/dockerconfigjson',
  stringData: { '.dockerconfigjson': JSON.stringify({ auths: { [host]: { username: 'ci', password } } }) },
});

const judge = async (manifests: object[], world: object, ...assumeSecrets: string[]) => {
  const report = await check({ manifests, world, now, assumeSecrets });
  return report.pods.map(({ images }) => images[0]?.verdict);
};

const assumed = `prod/regcred=ci@${host}`;

describe('an assumed secret', () => {
  test('decides what was unknown', async () => {
    expect(await judge([promised, pod('web')], plain)).toEqual(['unknown']);
    expect(await judge([promised, pod('web')], plain, assumed)).toEqual(['pulled']);
  });

  test('needs no object that promises it', async () => {
    expect(await judge([pod('web')], plain, assumed)).toEqual(['pulled']);
  });

  test('works with an account of which only the hash is known', async () => {
    const hashed = worldWith({ passwordHash: hashSync('nobody told', 4) });
    expect(await judge([pod('web')], hashed, assumed)).toEqual(['pulled']);
  });

  test('leaves other secrets of the same account as right or wrong as they were', async () => {
    const hashed = worldWith({ passwordHash: hashSync('right', 4) });
    const manifests = (password: string) => [pod('web'), secret('ci', password), pod('job', 'ci')];
    expect(await judge(manifests('right'), hashed, assumed)).toEqual(['pulled', 'pulled']);
    expect(await judge(manifests('wrong'), hashed, assumed)).toEqual(['pulled', 'failed']);
  });

  test('does not make an account where there is none, nor open a disabled one', async () => {
    expect(await judge([pod('web')], plain, `prod/regcred=nobody@${host}`)).toEqual(['failed']);
    expect(await judge([pod('web')], worldWith({ password: 'x', disabled: true }), assumed)).toEqual([
      'failed',
    ]);
  });

  test('is the first account of a registry that names none, as after init', async () => {
    const [registry] = plain.registries;
    const bare = { registries: [{ ...registry, users: [] }] };
    expect(await judge([promised, pod('web')], bare, assumed)).toEqual(['pulled']);
  });

  test('counts only in its namespace, and its key only for its registry', async () => {
    expect(await judge([pod('web', 'test')], plain, assumed)).toEqual(['failed']);
    expect(await judge([pod('web')], plain, 'prod/regcred=ci@registry.example.com')).toEqual(['failed']);
  });

  test('may have several entries', async () => {
    const pods = [pod('one'), pod('two', 'prod', 'other.io/app:1')];
    expect(await judge(pods, plain, assumed, 'prod/regcred=ci@other.io')).toEqual(['pulled', 'pulled']);
  });

  test('gives way to a Secret of its name in the files', async () => {
    expect(await judge([secret('prod', 'wrong'), pod('web')], plain, assumed)).toEqual(['failed']);
  });

  test('is named in the report by its key and user, without any password', async () => {
    const report = await check({ manifests: [pod('web')], world: plain, now, assumeSecrets: [assumed] });
    expect(report.pods[0]?.images[0]?.attempts[0]?.credential).toEqual({
      source: 'secret',
      secret: 'prod/regcred',
      key: host,
      username: 'ci',
    });
    expect(JSON.stringify(report)).not.toContain('plain password');
  });
});

test('the message of an unknown image shows what to write', async () => {
  const report = await check({ manifests: [promised, pod('web')], world: plain, now });
  expect(report.pods[0]?.images[0]?.message).toContain('--assume-secret prod/regcred=USER@REGISTRY');
});

test('names that cannot be read are told while a secret is unknown', async () => {
  expect(await judge([promised, pod('web', 'prod', 'team/App')], plain)).toEqual(['failed']);
});

describe('--assume-secret', () => {
  test('takes user names with an @', () => {
    expect(parseAssumedSecret('prod/regcred=me@example.com@reg.io:5000/team')).toEqual({
      namespace: 'prod',
      name: 'regcred',
      username: 'me@example.com',
      registry: 'reg.io:5000/team',
    });
  });

  test.each(['regcred=ci@reg.io', 'prod/regcred=reg.io', 'prod/regcred=@reg.io', 'prod/regcred=ci@', ''])(
    'refuses %j',
    (text) => {
      expect(() => parseAssumedSecret(text)).toThrow('is not NAMESPACE/NAME=USER@REGISTRY');
    },
  );

  test('does not repeat a password that was written by mistake', () => {
    const read = () => parseAssumedSecret('prod/regcred=ci:hunter2@reg.io');
    expect(read).toThrow('no password is needed');
    expect(read).not.toThrow('hunter2');
  });
});
