import { randomBytes } from 'node:crypto';
import { openKeyFile } from '../access/key-file.js';
import { type SigningKey, SigningKeyError } from '../access/signing-key.js';
import {
  createTokenKeys,
  type PublicJwk,
  type TokenKeys,
  type TokenKeysOptions,
} from '../access/token-keys.js';
import type { WorldRegistry } from './world.js';
import { WorldError } from './world-file.js';

/** The keys that sign the tokens of a world's registries. */
export interface WorldKeys {
  readonly keysOf: (registry: Pick<WorldRegistry, 'signingKey'>) => TokenKeys;
  /** The public part of every key that was asked for so far, each once. */
  readonly jwks: () => { readonly keys: readonly PublicJwk[] };
}

export interface WorldKeysOptions {
  readonly now: () => Date;
  /** Key file of the registries that name none; without it they share a key that is made now and never written. */
  readonly defaultKeyFile?: string;
  /** `check` neither reads nor makes key files: nothing that it tells depends on the key. */
  readonly durable: boolean;
  readonly header?: TokenKeysOptions['header'];
}

/**
 * One pair of keys per key file. Opened when the first registry asks; a file that does not exist is made.
 */
export function createWorldKeys(options: WorldKeysOptions): WorldKeys {
  const { now, header } = options;
  const byFile = new Map<string | undefined, TokenKeys>();
  return {
    keysOf: ({ signingKey }) => {
      const file = options.durable ? (signingKey ?? options.defaultKeyFile) : undefined;
      const known = byFile.get(file);
      if (known !== undefined) return known;
      const signing = file === undefined ? undefined : openSigningKey(file, now());
      const keys = createTokenKeys({ now, ...(signing && { signing }), ...(header && { header }) });
      byFile.set(file, keys);
      return keys;
    },
    jwks: () => ({ keys: [...byFile.values()].flatMap(({ jwks }) => jwks.keys) }),
  };
}

/** @throws {@link WorldError} naming the file: it was good, or absent, when the world was read */
function openSigningKey(file: string, now: Date): SigningKey {
  try {
    return openKeyFile(file, { now, random: (bytes) => randomBytes(bytes) });
  } catch (error) {
    if (error instanceof SigningKeyError) throw new WorldError([{ message: error.message }]);
    throw error;
  }
}
