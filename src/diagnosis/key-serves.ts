import { indexKeyOf, matchRegistryKey } from '../credentials/registry-key.js';
import { dockerHub } from './docker-hub.js';
import type { EntryReading, SecretReading } from './secret-reading.js';

/** The first entry of a secret that would give a credential for the repository, whatever the secret's type. */
export const entryFor = (reading: SecretReading, repository: string): EntryReading | undefined =>
  reading.entries.find((entry) => !entry.empty && keyServes(entry.key, repository));

/** Whether the kubelet would use a key for a repository, its fall-back for Docker Hub included (kubelet.md §2.6). */
export function keyServes(key: string, repository: string): boolean {
  const indexKey = readableIndexKey(key);
  if (indexKey === undefined || repository === '') return false;
  if (indexKey === 'index.docker.io') return repository.startsWith(`${dockerHub}/`);
  return matchRegistryKey(indexKey, repository);
}

/** `undefined` for a key that the kubelet drops. */
function readableIndexKey(key: string): string | undefined {
  try {
    return indexKeyOf(key);
  } catch {
    return undefined;
  }
}
