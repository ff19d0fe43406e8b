import type { StoredContent } from './image-store.js';

/**
 * What a runtime found out about content that it downloaded and whose digest it checked. Equal digests are equal bytes, so
 * what was found out once (a layer's diff ID, how a manifest reads) holds for all pulls. Only work is saved: every pull
 * downloads and checks all the same.
 */
export interface SeenContent {
  /** Manifests, indexes and configs: the same object for the same digest, so that what hangs on its bytes is shared. */
  document(digest: string, fresh: () => StoredContent): StoredContent;
  layer(digest: string): StoredContent | undefined;
  addLayer(digest: string, content: StoredContent): void;
}

/** More than this is forgotten, the oldest first. */
const maxEntries = 1024;

/** Larger documents are rare, and keeping them would cost more than reading them again. */
const maxDocumentBytes = 64 * 1024;

export function createSeenContent(): SeenContent {
  const documents = new Map<string, StoredContent>();
  const layers = new Map<string, StoredContent>();
  return {
    document(digest, fresh) {
      const known = documents.get(digest);
      if (known !== undefined) return known;
      const content = fresh();
      if (content.sizeBytes <= maxDocumentBytes) keep(documents, digest, content);
      return content;
    },
    layer: (digest) => layers.get(digest),
    addLayer: (digest, content) => keep(layers, digest, content),
  };
}

function keep(known: Map<string, StoredContent>, digest: string, content: StoredContent): void {
  // A descriptor without a digest is not checked against one.
  if (digest === '') return;
  known.set(digest, content);
  const [oldest] = known.keys();
  if (known.size > maxEntries && oldest !== undefined) known.delete(oldest);
}
