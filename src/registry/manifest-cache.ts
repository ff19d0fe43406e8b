import type { StoredManifest } from './content-store.js';

/** Manifests that were read lately, so that a pull does not touch the disk. */
export interface ManifestCache {
  get(key: string): StoredManifest | undefined;
  set(key: string, manifest: StoredManifest): void;
  delete(key: string): void;
}

/** Forgets what was used longest ago once all together have more than `maxBytes`. */
export function createManifestCache(maxBytes: number): ManifestCache {
  const cached = new Map<string, StoredManifest>();
  let bytes = 0;
  const remove = (key: string) => {
    bytes -= cached.get(key)?.bytes.length ?? 0;
    cached.delete(key);
  };
  return {
    get: (key) => cached.get(key),
    set: (key, manifest) => {
      remove(key);
      cached.set(key, manifest);
      bytes += manifest.bytes.length;
      for (const oldest of cached.keys()) {
        if (bytes <= maxBytes) break;
        remove(oldest);
      }
    },
    delete: remove,
  };
}
