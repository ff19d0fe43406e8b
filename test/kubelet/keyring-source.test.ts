import { describe, expect, test } from 'vitest';
import { KeyringError } from '../../src/credentials/keyring.js';
import { CredentialsUnknown } from '../../src/kubelet/image-request.js';
import { createKeyringSource } from '../../src/kubelet/keyring-source.js';
import { kubeletRelease } from '../../src/versions/kubelet.js';
import { containerOf, noSecrets, podOf, secretOf, withSecrets } from '../support/node.js';

const release = kubeletRelease('1.36');
const pod = podOf({ containers: [containerOf('reg.io/app:1')] });
const login = (username: string) => ({ username, password: 'pw' });
const regcred = secretOf({ auths: { 'reg.io': login('from-secret') } });
const node = { auths: { 'reg.io': login('from-node') } };
const names = (credentials: readonly { username: string }[]) => credentials.map(({ username }) => username);

describe('a pod’s credentials', () => {
  test('are the secrets’, then the node’s, then the plugins’', async () => {
    const asked: string[] = [];
    const source = createKeyringSource({
      release,
      node,
      providers: async (repository, { metadata }) => {
        asked.push(`${repository} for ${metadata.name}`);
        return [{ provider: 'plugin', auths: { 'reg.io': login('from-plugin') } }];
      },
    });
    const credentials = await source.credentials('reg.io/app', pod, withSecrets(regcred));
    expect(names(credentials)).toEqual(['from-secret', 'from-node', 'from-plugin']);
    expect(asked).toEqual(['reg.io/app for web']);
  });

  test('mix node and plugins by key up to 1.32', async () => {
    const providers = async () => [{ provider: 'plugin', auths: { 'reg.io/app': login('from-plugin') } }];
    const old = createKeyringSource({ release: kubeletRelease('1.32'), node, providers });
    expect(names(await old.credentials('reg.io/app', pod, noSecrets))).toEqual(['from-plugin', 'from-node']);
    const recent = createKeyringSource({ release, node, providers });
    expect(names(await recent.credentials('reg.io/app', pod, noSecrets))).toEqual([
      'from-node',
      'from-plugin',
    ]);
  });

  test('are those that the node has now', async () => {
    const configs = [undefined, node, { auths: {} }];
    let current: (typeof configs)[number];
    const source = createKeyringSource({ release, node: () => current });
    for (const [index, found] of [[], ['from-node'], []].entries()) {
      current = configs[index];
      expect(names(await source.credentials('reg.io/app', pod, noSecrets))).toEqual(found);
    }
  });

  test('cost no plugin call when a secret is malformed, and fail each time', async () => {
    const source = createKeyringSource({
      release,
      providers: () => Promise.reject(new Error('must not be asked')),
    });
    const broken = withSecrets(secretOf('{"auths":'), regcred);
    for (const _attempt of [1, 2]) {
      await expect(source.credentials('reg.io/app', pod, broken)).rejects.toThrow(KeyringError);
    }
  });

  test('are unknown when a secret has no content', async () => {
    const source = createKeyringSource({ release });
    const secrets = { ...noSecrets, unknown: 'secret regcred is made by an operator' };
    await expect(source.credentials('reg.io/app', pod, secrets)).rejects.toThrow(CredentialsUnknown);
  });
});

describe('keyrings', () => {
  test('are shared by equal lists of secrets, in order, and not by others', () => {
    const source = createKeyringSource({ release });
    const other = secretOf({ auths: {} }, 'other');
    const first = source.keyring(withSecrets(regcred, other));
    expect(source.keyring(withSecrets(regcred, other))).toBe(first);
    expect(source.keyring(withSecrets(other, regcred))).not.toBe(first);
    expect(source.keyring(withSecrets({ ...regcred }, other))).not.toBe(first);
  });
});
