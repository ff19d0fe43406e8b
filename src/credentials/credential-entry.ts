import { wellFormed } from './byte-string.js';
import type { ConsideredEntry, Credential, CredentialSource, EntryOutcome } from './credential.js';
import { hashOf } from './credential-hash.js';
import type { DockerConfigEntry } from './docker-config.js';
import { InvalidUrl } from './go-url.js';
import { indexKeyOf, maskedUrlError } from './registry-key.js';

/** One entry of a keyring: where it came from, what it says, and what became of its key. */
export interface CredentialEntry {
  readonly source: CredentialSource;
  readonly entry: DockerConfigEntry;
  /** `undefined` when the key is no URL: then `dropped` says why. */
  readonly indexKey: string | undefined;
  readonly dropped: string;
}

/** Reads the keys of one config. An unreadable key drops its entry alone (kubelet.md §2.3). */
export function credentialEntries(
  source: CredentialSource,
  entries: readonly DockerConfigEntry[],
): readonly CredentialEntry[] {
  return entries.map((entry) => {
    try {
      return { source, entry, indexKey: indexKeyOf(entry.key), dropped: '' };
    } catch (error) {
      if (!(error instanceof InvalidUrl)) throw error;
      return { source, entry, indexKey: undefined, dropped: maskedUrlError(entry.key, error) };
    }
  });
}

/** The entry as a lookup returns it. The hash sees the bytes as decoded; the texts are fit to be sent. */
export function credentialOf({ source, entry, indexKey = '' }: CredentialEntry): Credential {
  return {
    username: wellFormed(entry.username),
    password: wellFormed(entry.password),
    email: wellFormed(entry.email),
    source,
    key: entry.key,
    indexKey: wellFormed(indexKey),
    // Only pull records ask for it, so it is not worked out for every entry of every pod.
    get hash() {
      return hashOf(entry);
    },
  };
}

/** The entry as explanations see it, without its password. */
export function consideredEntry(
  { source, entry, indexKey }: CredentialEntry,
  outcome: EntryOutcome,
): ConsideredEntry {
  return {
    source,
    key: entry.key,
    ...(indexKey === undefined ? {} : { indexKey: wellFormed(indexKey) }),
    username: wellFormed(entry.username),
    empty: entry.username === '' && entry.password === '',
    authReplaced: entry.authReplaced,
    ignoredMembers: entry.ignoredMembers,
    outcome,
  };
}
