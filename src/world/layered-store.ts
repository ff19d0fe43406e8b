import type { ContentReader, ContentStore } from '../registry/content-store.js';
import { chain } from '../registry/registry-call.js';

/**
 * A folder that is only read, with a store in front of it that takes what is written: `check` sees what was pushed to a
 * `layout` and leaves it alone, also while `serve` holds its lock. Pulls only; lists are those of the store.
 */
export function layeredStore(below: ContentReader, store: ContentStore): ContentStore {
  return {
    ...store,
    findManifest: (repository, reference) =>
      chain(
        below.findManifest(repository, reference),
        (found) => found ?? store.findManifest(repository, reference),
      ),
    findBlob: (repository, digest) =>
      chain(below.findBlob(repository, digest), (found) => found ?? store.findBlob(repository, digest)),
  };
}
