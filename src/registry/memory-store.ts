import type { Digest } from '../image/digest.js';
import type {
  BlobUpload,
  ContentStore,
  ReferrerDescriptor,
  StoredBlob,
  StoredManifest,
} from './content-store.js';
import { type Referrer, referrerOf } from './referrer.js';

interface Repository {
  readonly tags: Map<string, StoredManifest>;
  readonly manifests: Map<string, StoredManifest>;
  readonly blobs: Map<string, Uint8Array>;
  readonly referrers: Map<string, Referrer>;
  /** The tags in order, until one comes or goes. */
  sortedTags: readonly string[] | undefined;
}

/** Content that lives as long as the process. Answers everything at once. */
export function createMemoryStore(): ContentStore {
  const repositories = new Map<string, Repository>();
  const create = (name: string): Repository => {
    const known = repositories.get(name);
    if (known !== undefined) return known;
    const fresh: Repository = {
      tags: new Map(),
      manifests: new Map(),
      blobs: new Map(),
      referrers: new Map(),
      sortedTags: undefined,
    };
    repositories.set(name, fresh);
    return fresh;
  };
  return {
    findManifest: (name, reference) => {
      const repository = repositories.get(name);
      return repository?.tags.get(reference) ?? repository?.manifests.get(reference);
    },
    putManifest: (name, manifest, tags, { mayMoveTags }) => {
      const repository = create(name);
      const moved = mayMoveTags ? undefined : tags.find((tag) => pointsElsewhere(repository, tag, manifest));
      if (moved !== undefined) return { stored: false, tag: moved };
      putManifest(repository, manifest, tags);
      return { stored: true };
    },
    deleteManifest: (name, digest) => deleteManifest(repositories.get(name), digest),
    deleteTag: (name, tag) => deleteTag(repositories.get(name), tag),
    findBlob: (name, digest) => blobOf(repositories.get(name)?.blobs.get(digest)),
    startUpload: () => createUpload((name, digest, bytes) => create(name).blobs.set(digest, bytes)),
    mountBlob: (target, source, digest) => {
      const bytes = repositories.get(source)?.blobs.get(digest);
      if (bytes !== undefined) create(target).blobs.set(digest, bytes);
      return bytes !== undefined;
    },
    deleteBlob: (name, digest) => repositories.get(name)?.blobs.delete(digest) ?? false,
    listTags: (name) => {
      const repository = repositories.get(name);
      if (repository === undefined) return undefined;
      repository.sortedTags ??= [...repository.tags.keys()].sort();
      return repository.sortedTags;
    },
    listRepositories: () => [...repositories.keys()].sort(),
    listReferrers: (name, subject) => referrersOf(repositories.get(name), subject),
    close: async () => repositories.clear(),
  };
}

function pointsElsewhere(repository: Repository, tag: string, manifest: StoredManifest): boolean {
  const current = repository.tags.get(tag);
  return current !== undefined && current.digest !== manifest.digest;
}

function putManifest(repository: Repository, manifest: StoredManifest, tags: readonly string[]): void {
  const known = repository.manifests.get(manifest.digest);
  // The first object stays: what hangs on it, such as its ready answer, is not made again.
  const stored = known?.mediaType === manifest.mediaType ? known : manifest;
  repository.manifests.set(stored.digest, stored);
  for (const tag of tags) repository.tags.set(tag, stored);
  if (tags.length > 0) repository.sortedTags = undefined;
  const referrer = referrerOf(stored);
  if (referrer !== undefined) repository.referrers.set(stored.digest, referrer);
}

function deleteManifest(repository: Repository | undefined, digest: Digest): boolean {
  if (repository?.manifests.delete(digest) !== true) return false;
  repository.referrers.delete(digest);
  for (const [tag, manifest] of repository.tags) if (manifest.digest === digest) repository.tags.delete(tag);
  repository.sortedTags = undefined;
  return true;
}

function deleteTag(repository: Repository | undefined, tag: string): boolean {
  if (repository?.tags.delete(tag) !== true) return false;
  repository.sortedTags = undefined;
  return true;
}

function blobOf(bytes: Uint8Array | undefined): StoredBlob | undefined {
  if (bytes === undefined) return undefined;
  return { sizeBytes: bytes.length, read: (first, last) => bytes.subarray(first, last + 1) };
}

function referrersOf(repository: Repository | undefined, subject: Digest): readonly ReferrerDescriptor[] {
  if (repository === undefined) return [];
  return [...repository.referrers.values()]
    .filter((referrer) => referrer.subject === subject)
    .map(({ descriptor }) => descriptor)
    .sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

function createUpload(keep: (repository: string, digest: Digest, bytes: Uint8Array) => void): BlobUpload {
  let chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    append: (chunk) => {
      chunks.push(chunk);
      sizeBytes += chunk.length;
    },
    truncate: (size) => {
      chunks = [Buffer.concat(chunks).subarray(0, size)];
      sizeBytes = size;
    },
    async *read() {
      yield* chunks;
    },
    commit: (repository, digest) => keep(repository, digest, Buffer.concat(chunks)),
    discard: () => {
      chunks = [];
    },
  };
}
