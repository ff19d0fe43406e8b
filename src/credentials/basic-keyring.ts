import { toByteString } from './byte-string.js';
import type { ConsideredEntry, Credential, EntryOutcome } from './credential.js';
import { type CredentialEntry, consideredEntry, credentialOf } from './credential-entry.js';
import { createMatchTree } from './match-tree.js';
import { explainMatch } from './registry-key.js';

/** One index of credentials with its own Docker Hub fall-back (kubelet.md §2.4–§2.6); keyrings are unions of these. */
export interface BasicKeyring {
  lookup(image: string): readonly Credential[];
  consider(image: string): readonly ConsideredEntry[];
}

/** Entries in insertion order: under one index key that is the order in which they are offered. */
export function createBasicKeyring(entries: readonly CredentialEntry[]): BasicKeyring {
  const slots = slotsOf(entries);
  const tree = createMatchTree<Slot>();
  for (const slot of slots.values()) tree.add(slot.indexKey, slot);

  const matching = (image: string): readonly Slot[] =>
    tree.find(image).toSorted((left, right) => left.rank - right.rank);

  return {
    lookup(image) {
      const matches = matching(image);
      if (matches.length === 1) return matches[0]?.credentials ?? [];
      if (matches.length > 0) return matches.flatMap((slot) => slot.credentials);
      return isDefaultRegistry(image) ? (slots.get(dockerHubKey)?.credentials ?? []) : [];
    },
    consider(image) {
      const [first] = matching(image);
      return entries.map((entry) => consideredEntry(entry, outcomeOf(entry, image, first)));
    },
  };
}

/**
 * Whether an image counts as Docker Hub's for the fall-back (kubelet.md §2.6). Only dots and colons make a host, so
 * `localhost/app` and `UPPERCASE/app` count too: the kubelet sends them Docker Hub's credentials.
 */
export function isDefaultRegistry(image: string): boolean {
  const slash = image.indexOf('/');
  const first = slash < 0 ? image : image.slice(0, slash);
  if (first === '') return false;
  return slash < 0 || first === 'docker.io' || first === 'index.docker.io' || !/[.:]/.test(first);
}

/** What `https://index.docker.io/v1/` becomes; the fall-back asks for exactly this key. */
const dockerHubKey = 'index.docker.io';

/** All entries of one index key. */
interface Slot {
  readonly indexKey: string;
  /** Place in the index: descending by bytes, so that longer paths come before shorter ones. */
  rank: number;
  /** As written, of its first entry. */
  readonly key: string;
  readonly credentials: readonly Credential[];
}

function slotsOf(entries: readonly CredentialEntry[]): ReadonlyMap<string, Slot> {
  const slots = new Map<string, Slot & { readonly credentials: Credential[] }>();
  for (const entry of entries) {
    if (entry.indexKey === undefined) continue;
    const slot = slots.get(entry.indexKey);
    if (slot !== undefined) slot.credentials.push(credentialOf(entry));
    else slots.set(entry.indexKey, newSlot(entry, entry.indexKey));
  }
  const ordered = [...slots.values()].map((slot) => ({ slot, bytes: toByteString(slot.indexKey) }));
  ordered.sort((left, right) => (left.bytes < right.bytes ? 1 : -1));
  for (const [rank, { slot }] of ordered.entries()) slot.rank = rank;
  return slots;
}

const newSlot = (entry: CredentialEntry, indexKey: string) => ({
  indexKey,
  rank: 0,
  key: entry.entry.key,
  credentials: [credentialOf(entry)],
});

function outcomeOf(entry: CredentialEntry, image: string, firstMatch: Slot | undefined): EntryOutcome {
  if (entry.indexKey === undefined) return { kind: 'dropped', error: entry.dropped };
  const outcome = explainMatch(entry.indexKey, image);
  if (outcome.kind === 'matched' || entry.indexKey !== dockerHubKey || !isDefaultRegistry(image))
    return outcome;
  return firstMatch === undefined
    ? { kind: 'docker-hub-fallback' }
    : { kind: 'shadowed', by: firstMatch.key };
}
