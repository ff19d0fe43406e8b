import type { Awaitable, ContentStore } from '../registry/content-store.js';

/** A store that is being opened. */
export interface DeferredStore extends ContentStore {
  /** Resolves when the store is open; rejects with why it cannot be. */
  readonly opened: () => Promise<void>;
}

/**
 * A store that opens in the background, for parts that are made at once and stores that need the disk. Requests wait
 * until it is open; from then on it answers as fast as the store itself.
 */
export function deferredStore(opening: Promise<ContentStore>): DeferredStore {
  let store: ContentStore | undefined;
  const opened = opening.then((open) => {
    store = open;
  });
  // Who waits is told; who does not must not bring the process down.
  opened.catch(() => undefined);
  const use = <T>(act: (open: ContentStore) => Awaitable<T>): Awaitable<T> =>
    store === undefined ? opening.then(act) : act(store);
  return {
    opened: () => opened,
    findManifest: (...args) => use((open) => open.findManifest(...args)),
    putManifest: (...args) => use((open) => open.putManifest(...args)),
    deleteManifest: (...args) => use((open) => open.deleteManifest(...args)),
    deleteTag: (...args) => use((open) => open.deleteTag(...args)),
    findBlob: (...args) => use((open) => open.findBlob(...args)),
    startUpload: () => use((open) => open.startUpload()),
    mountBlob: (...args) => use((open) => open.mountBlob(...args)),
    deleteBlob: (...args) => use((open) => open.deleteBlob(...args)),
    listTags: (...args) => use((open) => open.listTags(...args)),
    listRepositories: () => use((open) => open.listRepositories()),
    listReferrers: (...args) => use((open) => open.listReferrers(...args)),
    close: () =>
      opening.then(
        (open) => open.close(),
        () => undefined,
      ),
  };
}
