import type { Digest } from '../image/digest.js';
import type { ReplyStream } from '../wire/reply.js';

/**
 * A value, or a promise of one. Stores that have the answer in memory give it at once: a manifest that is pulled ten
 * thousand times a second must not wait for the event loop each time.
 */
export type Awaitable<T> = T | Promise<T>;

/** A manifest as it was pushed, byte for byte. */
export interface StoredManifest {
  /** The digest under which it was pushed; `sha512:…` stays `sha512:…`. */
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface StoredBlob {
  readonly sizeBytes: number;
  /** The bytes `first` to `last`, both inclusive; of an empty blob, `read(0, -1)`. `undefined`: deleted meanwhile. */
  read(first: number, last: number): Awaitable<Uint8Array | ReplyStream | undefined>;
}

/** One entry of a referrers list (registry.md §5.6). */
export interface ReferrerDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What a push did: nothing, when it would have moved a tag that must stay. */
export type PutOutcome =
  | { readonly stored: true }
  | {
      readonly stored: false;
      /** The tag that points elsewhere. */
      readonly tag: string;
    };

/** Bytes on their way to become a blob. Calls do not overlap: the upload session sees to that. */
export interface BlobUpload {
  readonly sizeBytes: number;
  append(chunk: Uint8Array): Awaitable<void>;
  /** Forgets what is behind `sizeBytes`. */
  truncate(sizeBytes: number): Awaitable<void>;
  /** All bytes so far, from the start: what is hashed is what is stored. */
  read(): AsyncIterable<Uint8Array>;
  /** Makes it a blob of `repository`; when it resolves, the blob survives a crash, and the upload is over. */
  commit(repository: string, digest: Digest): Awaitable<void>;
  /** Ends it without a blob; does nothing after `commit`. */
  discard(): Awaitable<void>;
}

/** What a pull needs of a store. */
export interface ContentReader {
  /** By tag or by digest. */
  findManifest(repository: string, reference: string): Awaitable<StoredManifest | undefined>;
  findBlob(repository: string, digest: Digest): Awaitable<StoredBlob | undefined>;
}

/**
 * What a registry host stores: repositories with manifests, tags and blobs. A blob is visible only in the repositories
 * it was pushed or mounted into (registry.md §4.1). Repository names, tags and digests were checked by the caller.
 *
 * A write that has returned (or resolved) survives a crash of the process, and is visible to every later read; no
 * reader ever sees half of one.
 */
export interface ContentStore extends ContentReader {
  /** Stores a manifest and points all `tags` at it, at once or not at all. */
  putManifest(
    repository: string,
    manifest: StoredManifest,
    tags: readonly string[],
    options: { readonly mayMoveTags: boolean },
  ): Awaitable<PutOutcome>;
  /** Removes a manifest and every tag that points at it; false when there was none. */
  deleteManifest(repository: string, digest: Digest): Awaitable<boolean>;
  deleteTag(repository: string, tag: string): Awaitable<boolean>;

  /** Begins an upload; the repository is named when it is committed. */
  startUpload(): Awaitable<BlobUpload>;
  /** Makes a blob of `source` visible in `target` too; false when `source` does not have it. */
  mountBlob(target: string, source: string, digest: Digest): Awaitable<boolean>;
  deleteBlob(repository: string, digest: Digest): Awaitable<boolean>;

  /** Sorted by byte; `undefined` when the repository does not exist. */
  listTags(repository: string): Awaitable<readonly string[] | undefined>;
  /** Sorted by byte. */
  listRepositories(): Awaitable<readonly string[]>;
  /** Manifests of this repository whose subject is `subject`, sorted by digest; the subject need not exist. */
  listReferrers(repository: string, subject: Digest): Awaitable<readonly ReferrerDescriptor[]>;

  /** Finishes writes under way and releases what the store holds. */
  close(): Promise<void>;
}
