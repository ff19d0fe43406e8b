import type { ContainerdProfile } from '../versions/containerd.js';
import { type ContentWatcher, copyContent } from './content-copy.js';
import type { ContentDescriptor } from './descriptor.js';
import { CorruptLayer, type DiffIdWatcher, watchDiffId } from './diff-id.js';
import type { Fetcher } from './fetcher.js';
import type { ImageStore, StoreChange, StoredContent } from './image-store.js';
import type { SeenContent } from './seen-content.js';

/**
 * What one pull brings to the node. Nothing of it reaches the store before the pull has succeeded: a failed pull leaves no
 * image, and containerd's garbage collector takes the rest.
 */
export interface Download {
  /** Content of the store or of this pull. */
  content(digest: string): StoredContent | undefined;
  /** Gets a manifest, index, config or other content, unless it is there; its bytes are kept. */
  fetch(descriptor: ContentDescriptor): Promise<void>;
  /** Gets a layer, unless it is there. */
  fetchLayer(descriptor: ContentDescriptor): Promise<void>;
  hasSnapshot(chainId: string): boolean;
  addSnapshot(chainId: string): void;
  change(): StoreChange;
}

export function startDownload(
  fetcher: Fetcher,
  store: ImageStore,
  { profile, seen }: { readonly profile: ContainerdProfile; readonly seen: SeenContent },
): Download {
  const contents = new Map<string, StoredContent>();
  const snapshots = new Set<string>();
  const content = (digest: string) => contents.get(digest) ?? store.content(digest);
  return {
    content,
    async fetch(descriptor) {
      if (content(descriptor.digest) !== undefined) return;
      const chunks: Buffer[] = [];
      await copyContent(descriptor, fetcher, profile, [collecting(chunks)]);
      contents.set(
        descriptor.digest,
        seen.document(descriptor.digest, () => documentOf(chunks)),
      );
    },
    async fetchLayer(descriptor) {
      if (content(descriptor.digest) !== undefined) return;
      contents.set(descriptor.digest, await layerOf(descriptor, fetcher, { profile, seen }));
    },
    hasSnapshot: (chainId) => snapshots.has(chainId) || store.hasSnapshot(chainId),
    addSnapshot: (chainId) => void snapshots.add(chainId),
    change: () => ({ contents, snapshots }),
  };
}

function documentOf(chunks: readonly Buffer[]): StoredContent {
  const bytes = Buffer.concat(chunks);
  return { sizeBytes: bytes.length, bytes };
}

async function layerOf(
  descriptor: ContentDescriptor,
  fetcher: Fetcher,
  { profile, seen }: { readonly profile: ContainerdProfile; readonly seen: SeenContent },
): Promise<StoredContent> {
  const known = seen.layer(descriptor.digest);
  if (known !== undefined) {
    await copyContent(descriptor, fetcher, profile);
    return known;
  }
  const watcher = watchDiffId();
  await copyContent(descriptor, fetcher, profile, [watcher]);
  const content = { sizeBytes: descriptor.size, ...(await unpacked(watcher)) };
  seen.addLayer(descriptor.digest, content);
  return content;
}

/** A layer that nobody unpacks may be corrupt. */
async function unpacked(watcher: DiffIdWatcher): Promise<Pick<StoredContent, 'diffId' | 'unpackProblem'>> {
  try {
    const layer = await watcher.finish();
    return layer === undefined ? {} : { diffId: layer.diffId };
  } catch (error) {
    if (error instanceof CorruptLayer) return { unpackProblem: error.message };
    throw error;
  }
}

/** Content of an unknown type may be of any size, and nobody reads it: only what a manifest can be is kept. */
const keptBytes = 4 * 1024 * 1024 + 512 * 1024;

function collecting(chunks: Buffer[]): ContentWatcher {
  let length = 0;
  return {
    write(chunk) {
      length += chunk.length;
      if (length <= keptBytes) chunks.push(chunk);
      else chunks.length = 0;
    },
  };
}
