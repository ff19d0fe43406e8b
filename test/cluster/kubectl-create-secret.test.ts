import { expect, test } from 'vitest';
import { dockerRegistrySecret, SecretFlagsError } from '../../src/cluster/kubectl-create-secret.js';

const content = (flags: Parameters<typeof dockerRegistrySecret>[0]) =>
  Buffer.from(dockerRegistrySecret(flags).data?.['.dockerconfigjson'] ?? '', 'base64').toString();

test('kubectl writes the server as it is given, and escapes as Go does', () => {
  expect(content({ name: 'a', server: 'reg.io/<x>', username: 'u', password: 'p&é' })).toBe(
    `{"auths":{"reg.io/\\u003cx\\u003e":{"username":"u","password":"p\\u0026é","auth":"${Buffer.from('u:p&é').toString('base64')}"}}}`,
  );
});

test('kubectl wants user name, password and server, or a file', () => {
  const incomplete = [
    { name: 'a' },
    { name: 'a', username: 'u' },
    { name: 'a', username: 'u', password: '' },
    { name: 'a', username: 'u', password: 'p', server: '' },
  ];
  for (const flags of incomplete) expect(() => dockerRegistrySecret(flags)).toThrow(SecretFlagsError);
  expect(content({ name: 'a', configFile: Buffer.from('anything') })).toBe('anything');
});

test('the secret has name, namespace and type', () => {
  expect(dockerRegistrySecret({ name: 'a', namespace: 'b', username: 'u', password: 'p' })).toMatchObject({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'a', namespace: 'b' },
    type: 'kubernetes.io/dockerconfigjson',
  });
});
