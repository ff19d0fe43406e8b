import { describe, expect, test } from 'vitest';
import type { Credential, PullSecret } from '../../src/credentials/credential.js';
import type { Auths } from '../../src/credentials/docker-config.js';
import { createKeyring, KeyringError, uniteKeyrings } from '../../src/credentials/keyring.js';
import { caseName, vectorSection } from '../support/vectors.js';

interface SecretCase {
  readonly uid?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

interface ExpectedCredential {
  readonly username: string;
  readonly password: string;
  readonly email?: string;
  readonly credentialHash: string;
  readonly source: string;
  readonly sourceSecret?: string;
}

interface KeyringCase extends Record<string, unknown> {
  readonly secrets?: readonly SecretCase[];
  readonly nodeConfig?: Auths;
  readonly pluginConfig?: Auths;
  readonly results?: readonly {
    readonly image: string;
    readonly credentials: readonly ExpectedCredential[];
  }[];
  readonly keyringError?: string;
}

interface MakeKeyringCase extends Record<string, unknown> {
  readonly lookup: string;
  readonly secrets: readonly SecretCase[];
  readonly nodeKeyringReturns: readonly { username: string; password: string }[] | null;
  readonly expected: readonly unknown[] | null;
}

/** The cases write data as plain text; a secret has it in base64. */
const pullSecret = ({ uid, namespace = 'ns', name, type, data = {} }: SecretCase): PullSecret => ({
  metadata: { namespace, name, ...(uid === undefined ? {} : { uid }) },
  ...(type === undefined ? {} : { type }),
  data: Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'utf8').toString('base64')]),
  ),
});

function keyringOf({ secrets = [], nodeConfig, pluginConfig }: KeyringCase) {
  return createKeyring({
    secrets: secrets.map(pullSecret),
    ...(nodeConfig === undefined ? {} : { node: { auths: nodeConfig } }),
    ...(pluginConfig === undefined ? {} : { providers: [{ provider: 'plugin', auths: pluginConfig }] }),
  });
}

function messageOf(build: () => unknown): string {
  try {
    build();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

const asRecorded = ({ username, password, email, hash, source }: Credential) => ({
  username,
  password,
  email,
  credentialHash: hash,
  ...(source.kind === 'secret'
    ? { source: 'secret', sourceSecret: `${source.namespace}/${source.name}` }
    : { source: 'node-or-plugin' }),
});

describe('keyrings, as the kubelet built them', () => {
  test('the sections were read', () => {
    expect(vectorSection('keyring', 'keyringCases')).toBeInstanceOf(Array);
    expect(vectorSection('pullsecrets', 'makeDockerKeyring')).toBeInstanceOf(Array);
  });

  vectorSection<KeyringCase>('keyring', 'keyringCases').forEach((vector, index) => {
    test(caseName('keyringCases', index, vector), () => {
      if (vector.keyringError !== undefined) {
        expect(() => keyringOf(vector)).toThrow(KeyringError);
        expect(messageOf(() => keyringOf(vector))).toBe(vector.keyringError);
        return;
      }
      const keyring = keyringOf(vector);
      for (const { image, credentials } of vector.results ?? []) {
        const found = { image, credentials: keyring.lookup(image).map(asRecorded) };
        expect(found).toEqual({
          image,
          credentials: credentials.map((credential) => ({ ...credential, email: credential.email ?? '' })),
        });
      }
    });
  });

  vectorSection<MakeKeyringCase>('pullsecrets', 'makeDockerKeyring').forEach((vector, index) => {
    test(caseName('makeDockerKeyring', index, vector), () => {
      const injected = (vector.nodeKeyringReturns ?? []).map(
        (account): Credential => ({
          ...account,
          email: '',
          source: { kind: 'node' },
          key: '',
          indexKey: '',
          hash: '',
        }),
      );
      const fake = { lookup: () => injected, consider: () => [] };
      const keyring = uniteKeyrings([createKeyring({ secrets: vector.secrets.map(pullSecret) }), fake]);
      const found = keyring.lookup(vector.lookup).map(({ username, password, hash, source }) => ({
        username,
        password,
        hash,
        secret:
          source.kind === 'secret'
            ? { Name: source.name, Namespace: source.namespace, UID: source.uid }
            : null,
      }));
      expect(found).toEqual(vector.expected ?? []);
    });
  });
});
