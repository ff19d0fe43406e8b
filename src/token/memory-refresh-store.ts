import type { RefreshRecord, RefreshStore } from './refresh-record.js';

/** Keeps refresh tokens until the process ends. Of more than `limit` the oldest are forgotten. */
export function createMemoryRefreshStore(limit = 10_000): RefreshStore {
  const entries = new Map<string, { readonly record: RefreshRecord; readonly retired: boolean }>();
  return {
    put: async (hash, record) => {
      entries.set(hash, { record, retired: false });
      const [oldest] = entries.keys();
      if (entries.size > limit && oldest !== undefined) entries.delete(oldest);
    },
    get: async (hash) => entries.get(hash),
    retire: async (hash) => {
      const entry = entries.get(hash);
      if (entry === undefined || entry.retired) return false;
      entries.set(hash, { ...entry, retired: true });
      return true;
    },
    delete: async (hash) => {
      entries.delete(hash);
    },
    list: async () => [...entries].map(([hash, { record }]) => ({ hash, record })),
  };
}
