import { describe, expect, test } from 'vitest';
import { isDefaultRegistry } from '../../src/credentials/basic-keyring.js';
import type { Auths } from '../../src/credentials/docker-config.js';
import { decodeDockerConfigEntry } from '../../src/credentials/docker-config.js';
import { encodeEntry } from '../../src/credentials/encode-docker-config.js';
import { createKeyring } from '../../src/credentials/keyring.js';
import { readNodeConfig } from '../../src/credentials/node-config.js';
import { vectorSection } from '../support/vectors.js';

interface Hit {
  readonly configKey: string;
  readonly lookup: string;
  readonly found: boolean;
}

interface Identity {
  readonly name: string;
  readonly username: string;
  readonly password: string;
  readonly email: string;
  readonly hash: string;
}

interface Tables {
  readonly dockerConfigKeyHit: readonly Hit[];
  readonly dockerConfigKeyMiss: readonly Hit[];
  readonly dockerHubCredential_https_index_docker_io_v1: readonly Hit[];
  readonly isDefaultRegistryMatch: readonly { readonly image: string; readonly match: boolean }[];
  readonly lookupOrderIdentities: readonly Identity[];
  readonly lookupOrder: readonly {
    readonly config: Readonly<Record<string, string>>;
    readonly lookup: string;
    readonly credentials: readonly string[];
  }[];
  readonly decodeAuthField: readonly {
    readonly auth: string;
    readonly username?: string;
    readonly password?: string;
    readonly error?: true;
  }[];
  readonly encodeEntry: readonly {
    readonly username: string;
    readonly password: string;
    readonly email?: string;
    readonly json: string;
  }[];
  readonly nodeFileParse: readonly {
    readonly file: string;
    readonly content: string;
    readonly entries?: Auths;
    readonly error?: string;
  }[];
}

/** One section that is itself a set of tables. */
const tables = vectorSection('keyring', 'upstreamTables') as unknown as Partial<Tables>;
const account = { username: 'user', password: 'password' };
const name = (table: string, index: number, ...parts: readonly unknown[]) =>
  `${table} ${index}: ${parts.map((part) => JSON.stringify(part)).join(' ')}`;

function readOrError(file: string, content: string): unknown {
  try {
    return { ...readNodeConfig(file, content) };
  } catch (error) {
    return (error as Error).message;
  }
}

describe('the tables of the kubelet’s own tests', () => {
  test('were read', () => {
    expect(tables).toBeInstanceOf(Object);
  });

  for (const table of [
    'dockerConfigKeyHit',
    'dockerConfigKeyMiss',
    'dockerHubCredential_https_index_docker_io_v1',
  ] as const) {
    tables[table]?.forEach(({ configKey, lookup, found }, index) => {
      test(name(table, index, configKey, lookup), () => {
        const keyring = createKeyring({ node: { auths: { [configKey]: account } } });
        expect(keyring.lookup(lookup).length > 0).toBe(found);
      });
    });
  }

  tables.isDefaultRegistryMatch?.forEach(({ image, match }, index) => {
    test(name('isDefaultRegistryMatch', index, image), () => {
      expect(isDefaultRegistry(image)).toBe(match);
    });
  });

  tables.lookupOrder?.forEach(({ config, lookup, credentials }, index) => {
    test(name('lookupOrder', index, config, lookup), () => {
      const identities = new Map(tables.lookupOrderIdentities?.map((identity) => [identity.name, identity]));
      const auths = Object.fromEntries(
        Object.entries(config).map(([key, identity]) => {
          const { username = '', password = '', email = '' } = identities.get(identity) ?? {};
          return [key, { username, password, email }];
        }),
      );
      const found = createKeyring({ node: { auths } })
        .lookup(lookup)
        .map(({ username, password, email, hash }) => ({ username, password, email, hash }));
      const expected = credentials.map((identity) => {
        const { name: _, ...fields } = identities.get(identity) ?? { name: '' };
        return fields;
      });
      expect(found).toEqual(expected);
    });
  });

  tables.decodeAuthField?.forEach(({ auth, username, password, error }, index) => {
    test(name('decodeAuthField', index, auth), () => {
      const decode = () => decodeDockerConfigEntry(JSON.stringify({ auth }));
      if (error) expect(decode).toThrow();
      else expect(decode()).toMatchObject({ username, password });
    });
  });

  tables.encodeEntry?.forEach(({ json, ...fields }, index) => {
    test(name('encodeEntry', index, fields), () => {
      expect(encodeEntry(fields)).toBe(json);
    });
  });

  tables.nodeFileParse?.forEach(({ file, content, entries, error }, index) => {
    test(name('nodeFileParse', index, file, content), () => {
      expect(readOrError(file, content)).toEqual(error ?? entries);
    });
  });
});
