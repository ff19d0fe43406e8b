import { join } from 'node:path';
import { type Digest, digestAlgorithm, digestHex } from '../image/digest.js';

/** What an image layout has in its folder: a repository below it must not be called so. */
const reserved = ['blobs', 'index.json', 'oci-layout'];

/** What the store keeps for itself; no repository name begins with a dot. */
export const privateFolder = '.pullsim';

/**
 * The folder of a repository, which is an image layout of its own: `team/app` → `ROOT/team/app`. A component that would
 * collide with a layout's own files gets a `_` in front, with which no component can begin. The name must be valid.
 */
export function repositoryFolder(root: string, repository: string): string {
  const components = repository.split('/').map((name) => (reserved.includes(name) ? `_${name}` : name));
  return join(root, ...components);
}

/** The component that a folder stands for; `undefined` when it is none of a repository. */
export function componentOfFolder(folder: string): string | undefined {
  if (folder.startsWith('.') || reserved.includes(folder)) return undefined;
  return folder.startsWith('_') ? folder.slice(1) : folder;
}

/** Where a layout keeps content: `blobs/sha256/…`. */
export function blobFile(folder: string, digest: Digest): string {
  return join(folder, 'blobs', digestAlgorithm(digest), digestHex(digest));
}
