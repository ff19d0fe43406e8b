/** One blob of the content store. Layers are kept as their size alone. */
export interface StoredContent {
  readonly sizeBytes: number;
  /** Manifests, indexes and configs. */
  readonly bytes?: Uint8Array;
  /** Layers that were unpacked once. */
  readonly diffId?: string;
  /** Layers that cannot be unpacked: the decompressor's words. */
  readonly unpackProblem?: string;
  /** Of an unpacked layer, where known: CRI-O's image size counts it. */
  readonly unpackedBytes?: number;
}

export interface StoredImage {
  /** The image ID: containerd `sha256:…` of the config, CRI-O its bare hex. */
  readonly id: string;
  /** What CRI ImageStatus reports. */
  readonly sizeBytes: number;
}

/** What one successful pull leaves behind. */
export interface StoreChange {
  readonly contents?: Iterable<readonly [digest: string, content: StoredContent]>;
  /** Chain IDs of unpacked layers. */
  readonly snapshots?: Iterable<string>;
  readonly images?: Iterable<readonly [reference: string, image: StoredImage]>;
}

/**
 * A node's images and their content. What is in here is not downloaded again: a repeated pull asks only for the tag's
 * digest (runtime.md §1).
 */
export interface ImageStore {
  content(digest: string): StoredContent | undefined;
  hasSnapshot(chainId: string): boolean;
  /** By fully qualified reference, `docker.io/library/nginx:latest`, or by image ID. */
  image(reference: string): StoredImage | undefined;
  add(change: StoreChange): void;
  /** A copy that costs nothing until it is written to. This store must not change afterwards. */
  fork(): ImageStore;
}

/** An empty store, or one that already holds `change`. */
export function createImageStore(change: StoreChange = {}): ImageStore {
  const store = layer(undefined);
  store.add(change);
  return store;
}

function layer(below: ImageStore | undefined): ImageStore {
  const contents = new Map<string, StoredContent>();
  const snapshots = new Set<string>();
  const images = new Map<string, StoredImage>();
  const store: ImageStore = {
    content: (digest) => contents.get(digest) ?? below?.content(digest),
    hasSnapshot: (chainId) => snapshots.has(chainId) || (below?.hasSnapshot(chainId) ?? false),
    image: (reference) => images.get(reference) ?? below?.image(reference),
    add(change) {
      for (const [digest, content] of change.contents ?? []) contents.set(digest, content);
      for (const chainId of change.snapshots ?? []) snapshots.add(chainId);
      for (const [reference, image] of change.images ?? []) {
        images.set(reference, image);
        images.set(image.id, image);
      }
    },
    fork: () => layer(store),
  };
  return store;
}
