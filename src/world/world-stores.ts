import type { ContentStore } from '../registry/content-store.js';
import { openLayoutStore, readLayoutStore } from '../registry/layout-store.js';
import { createMemoryStore } from '../registry/memory-store.js';
import { type DeferredStore, deferredStore } from './deferred-store.js';
import { layeredStore } from './layered-store.js';
import type { WorldRegistry } from './world.js';

/** Makes the store of each registry, and knows when all of them are open. */
export interface WorldStores {
  readonly storeOf: (registry: WorldRegistry) => ContentStore;
  /** @throws StoreLocked when another process serves one of the folders; the system's error when it cannot be used */
  readonly opened: () => Promise<void>;
}

/**
 * The stores of a world: memory, or the folder that a registry's `layout` names.
 *
 * @param durable `serve` writes to the folder, which it locks; `check` only reads it
 */
export function createWorldStores({ durable }: { readonly durable: boolean }): WorldStores {
  const opening: DeferredStore[] = [];
  const openFolder = (folder: string): ContentStore => {
    const store = deferredStore(openLayoutStore(folder));
    opening.push(store);
    return store;
  };
  return {
    storeOf: ({ layout, served }) => {
      if (served !== undefined) return layeredStore(served, createMemoryStore());
      if (layout === undefined) return createMemoryStore();
      return durable ? openFolder(layout) : layeredStore(readLayoutStore(layout), createMemoryStore());
    },
    opened: async () => {
      for (const store of opening) await store.opened();
    },
  };
}
