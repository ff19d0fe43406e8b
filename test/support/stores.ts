import type { ContentStore } from '../../src/registry/content-store.js';
import { openLayoutStore } from '../../src/registry/layout-store.js';
import { createMemoryStore } from '../../src/registry/memory-store.js';
import { temporaryFolder } from './temporary-folder.js';

/** A store that a test may fill and that is gone afterwards. */
export interface StoreForTest extends AsyncDisposable {
  readonly store: ContentStore;
}

/** Every kind of content store, for suites that must hold for all of them. */
export const storeKinds: readonly { readonly kind: string; readonly open: () => Promise<StoreForTest> }[] = [
  {
    kind: 'memory',
    open: async () => {
      const store = createMemoryStore();
      return { store, [Symbol.asyncDispose]: () => store.close() };
    },
  },
  {
    kind: 'image layouts',
    open: async () => {
      const folder = await temporaryFolder();
      const store = await openLayoutStore(folder.path);
      return {
        store,
        [Symbol.asyncDispose]: async () => {
          await store.close();
          await folder[Symbol.asyncDispose]();
        },
      };
    },
  },
];
