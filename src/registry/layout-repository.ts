import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type Digest, isDigest } from '../image/digest.js';
import type { PutOutcome, ReferrerDescriptor, StoredBlob, StoredManifest } from './content-store.js';
import { makeFolder, replaceFile, syncFolder } from './durable-file.js';
import { fileStream } from './file-stream.js';
import { readForeignChildren, storedMediaType } from './foreign-layout.js';
import {
  emptyIndex,
  type LayoutIndex,
  type LayoutManifest,
  readLayoutIndex,
  writeLayoutIndex,
} from './layout-index.js';
import { blobFile } from './layout-path.js';
import type { ManifestCache } from './manifest-cache.js';
import { type Referrer, referrerOf } from './referrer.js';

/** Where a repository lives, and what it shares with the others. */
export interface LayoutSite {
  readonly root: string;
  readonly folder: string;
  readonly cache: ManifestCache;
  /** A fresh name on the same file system. */
  readonly temporary: () => string;
}

/** Small content is read at once; larger content is streamed. */
const readAtOnceBytes = 256 * 1024;

/**
 * One repository: an OCI image layout. A blob is there when its file is; manifests and tags are there when `index.json`
 * says so. Reads come from the index in memory; changes take turns, and each is on disk before it is seen or acknowledged.
 */
export class LayoutRepository {
  readonly #site: LayoutSite;
  #index: LayoutIndex;
  #exists: boolean;
  #queue: Promise<unknown> = Promise.resolve();
  #sortedTags: readonly string[] | undefined;
  /** Other tools list an index and not its children; they are looked up when somebody asks for one. */
  #knowsChildren = false;
  #referrers: Map<Digest, Referrer> | undefined;
  readonly #blobSizes = new Map<Digest, number>();

  private constructor(site: LayoutSite, index: LayoutIndex | undefined) {
    this.#site = site;
    this.#index = index ?? emptyIndex;
    this.#exists = index !== undefined;
  }

  /** @throws InvalidLayout when there is an index that cannot be read */
  static async open(site: LayoutSite): Promise<LayoutRepository> {
    const file = join(site.folder, 'index.json');
    const text = await readFile(file, 'utf8').catch(undefinedIfMissing);
    return new LayoutRepository(site, text === undefined ? undefined : readLayoutIndex(text, file));
  }

  listTags(): readonly string[] | undefined {
    if (!this.#exists) return undefined;
    this.#sortedTags ??= [...this.#index.tags.keys()].sort();
    return this.#sortedTags;
  }

  findManifest(reference: string): StoredManifest | undefined | Promise<StoredManifest | undefined> {
    const digest = isDigest(reference) ? reference : this.#index.tags.get(reference);
    if (digest === undefined) return undefined;
    const entry = this.#index.manifests.get(digest);
    if (entry !== undefined)
      return this.#site.cache.get(this.#key(digest)) ?? this.#readManifest(digest, entry);
    if (this.#knowsChildren || !this.#exists) return undefined;
    return this.#inTurn(() => this.#adoptChildren()).then(() => this.findManifest(reference));
  }

  putManifest(
    manifest: StoredManifest,
    newTags: readonly string[],
    mayMoveTags: boolean,
  ): Promise<PutOutcome> {
    return this.#inTurn(async () => {
      const { digest, mediaType, bytes } = manifest;
      const { tags, manifests } = this.#index;
      const moved = newTags.find((tag) => (tags.get(tag) ?? digest) !== digest);
      if (moved !== undefined && !mayMoveTags) return { stored: false, tag: moved };
      await this.#ensureLayout();
      const onDisk = await this.#isOnDisk(digest);
      const known = manifests.get(digest);
      if (!onDisk) await replaceFile(await this.#newBlobFile(digest), bytes, this.#site.temporary());
      const alsoBlob = known?.alsoBlob ?? onDisk;
      const entry: LayoutManifest = { more: {}, ...known, mediaType, size: bytes.length, alsoBlob };
      await this.#commit({
        tags: new Map([...tags, ...newTags.map((tag) => [tag, digest] as const)]),
        manifests: new Map([...manifests, [digest, entry]]),
      });
      this.#site.cache.set(this.#key(digest), manifest);
      this.#noteReferrer(manifest);
      return { stored: true };
    });
  }

  deleteManifest(digest: Digest): Promise<boolean> {
    return this.#inTurn(async () => {
      // Its children stay, so they must be known before what names them goes.
      await this.#adoptChildren();
      const entry = this.#index.manifests.get(digest);
      if (entry === undefined) return false;
      const manifests = new Map(this.#index.manifests);
      manifests.delete(digest);
      await this.#commit({
        tags: new Map([...this.#index.tags].filter(([, target]) => target !== digest)),
        manifests,
      });
      this.#site.cache.delete(this.#key(digest));
      this.#referrers?.delete(digest);
      if (!entry.alsoBlob) await this.#removeFile(digest);
      return true;
    });
  }

  deleteTag(tag: string): Promise<boolean> {
    return this.#inTurn(async () => {
      if (!this.#index.tags.has(tag)) return false;
      const tags = new Map(this.#index.tags);
      tags.delete(tag);
      await this.#commit({ tags, manifests: this.#index.manifests });
      return true;
    });
  }

  findBlob(digest: Digest): StoredBlob | undefined | Promise<StoredBlob | undefined> {
    if (!this.#exists || this.#isOnlyManifest(digest)) return undefined;
    const known = this.#blobSizes.get(digest);
    if (known !== undefined) return this.#blobOf(digest, known);
    return stat(blobFile(this.#site.folder, digest)).then(({ size }) => {
      this.#blobSizes.set(digest, size);
      return this.#blobOf(digest, size);
    }, undefinedIfMissing);
  }

  /** Takes over a complete, synced file. */
  adoptBlob(digest: Digest, temporary: string): Promise<void> {
    return this.#addBlob(digest, (file) => rename(temporary, file));
  }

  /** Makes the blob of another repository this one's too: a second name of the same file. */
  async mountBlob(digest: Digest, source: LayoutRepository): Promise<boolean> {
    if ((await source.findBlob(digest)) === undefined) return false;
    try {
      await this.#addBlob(digest, (file) => link(blobFile(source.#site.folder, digest), file));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }

  deleteBlob(digest: Digest): Promise<boolean> {
    return this.#inTurn(async () => {
      const entry = this.#index.manifests.get(digest);
      if (entry !== undefined) return entry.alsoBlob && (await this.#setAlsoBlob(digest, false));
      this.#blobSizes.delete(digest);
      return this.#removeFile(digest);
    });
  }

  listReferrers(subject: Digest): readonly ReferrerDescriptor[] | Promise<readonly ReferrerDescriptor[]> {
    const known = this.#referrers;
    if (known === undefined) {
      return this.#inTurn(() => this.#collectReferrers()).then(() => this.listReferrers(subject));
    }
    return [...known.values()]
      .filter((referrer) => referrer.subject === subject)
      .map(({ descriptor }) => descriptor)
      .sort((a, b) => (a.digest < b.digest ? -1 : 1));
  }

  /** Resolves when every change that was asked for is done. */
  async settle(): Promise<void> {
    await this.#queue;
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(change);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async #commit({ tags, manifests }: Pick<LayoutIndex, 'tags' | 'manifests'>): Promise<void> {
    const next: LayoutIndex = { ...this.#index, tags, manifests };
    await replaceFile(join(this.#site.folder, 'index.json'), writeLayoutIndex(next), this.#site.temporary());
    this.#index = next;
    this.#sortedTags = undefined;
  }

  async #ensureLayout(): Promise<void> {
    if (this.#exists) return;
    const { folder, temporary } = this.#site;
    await this.#makeFolder(join(folder, 'blobs', 'sha256'));
    await replaceFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}', temporary());
    await this.#commit(emptyIndex);
    this.#exists = true;
  }

  #makeFolder(path: string): Promise<void> {
    return makeFolder(this.#site.root, ...relative(this.#site.root, path).split(/[/\\]/));
  }

  async #newBlobFile(digest: Digest): Promise<string> {
    const file = blobFile(this.#site.folder, digest);
    await this.#makeFolder(dirname(file));
    return file;
  }

  #addBlob(digest: Digest, place: (file: string) => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      await this.#ensureLayout();
      if (this.#isOnlyManifest(digest)) return void (await this.#setAlsoBlob(digest, true));
      if (await this.#isOnDisk(digest)) return;
      const file = await this.#newBlobFile(digest);
      await place(file);
      await syncFolder(dirname(file));
    });
  }

  /** The file is there because a manifest needs it; as a blob nobody pushed it. */
  #isOnlyManifest(digest: Digest): boolean {
    return this.#index.manifests.get(digest)?.alsoBlob === false;
  }

  async #setAlsoBlob(digest: Digest, alsoBlob: boolean): Promise<true> {
    const entry = this.#index.manifests.get(digest) as LayoutManifest;
    const manifests = new Map([...this.#index.manifests, [digest, { ...entry, alsoBlob }]]);
    await this.#commit({ tags: this.#index.tags, manifests });
    return true;
  }

  async #isOnDisk(digest: Digest): Promise<boolean> {
    const found = await stat(blobFile(this.#site.folder, digest)).catch(undefinedIfMissing);
    return found !== undefined;
  }

  async #removeFile(digest: Digest): Promise<boolean> {
    const file = blobFile(this.#site.folder, digest);
    try {
      await rm(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
    await syncFolder(dirname(file));
    return true;
  }

  #blobOf(digest: Digest, sizeBytes: number): StoredBlob {
    return {
      sizeBytes,
      read: async (first, last) => {
        const file = await open(blobFile(this.#site.folder, digest)).catch(undefinedIfMissing);
        if (file === undefined) return undefined;
        const length = last - first + 1;
        if (length > readAtOnceBytes) return fileStream(file, first, last);
        const { buffer, bytesRead } = await file
          .read(Buffer.alloc(length), 0, length, first)
          .finally(() => file.close());
        return bytesRead === length ? buffer : undefined;
      },
    };
  }

  #key(digest: Digest): string {
    return `${this.#site.folder} ${digest}`;
  }

  async #readManifest(digest: Digest, entry: LayoutManifest): Promise<StoredManifest | undefined> {
    const bytes = await readFile(blobFile(this.#site.folder, digest)).catch(undefinedIfMissing);
    if (bytes === undefined) return undefined;
    const manifest = { digest, mediaType: entry.mediaType || storedMediaType(bytes), bytes };
    this.#site.cache.set(this.#key(digest), manifest);
    return manifest;
  }

  async #adoptChildren(): Promise<void> {
    if (this.#knowsChildren) return;
    const children = await readForeignChildren(this.#index.manifests, (digest) => this.#bytesOf(digest));
    this.#index = { ...this.#index, manifests: new Map([...children, ...this.#index.manifests]) };
    this.#knowsChildren = true;
  }

  #bytesOf(digest: Digest): Promise<Buffer | undefined> {
    return readFile(blobFile(this.#site.folder, digest)).catch(undefinedIfMissing);
  }

  async #collectReferrers(): Promise<void> {
    if (this.#referrers !== undefined) return;
    await this.#adoptChildren();
    const referrers = new Map<Digest, Referrer>();
    for (const [digest, { mediaType }] of this.#index.manifests) {
      const bytes = await this.#bytesOf(digest);
      const referrer = bytes && referrerOf({ digest, mediaType: mediaType || storedMediaType(bytes), bytes });
      if (referrer !== undefined) referrers.set(digest, referrer);
    }
    this.#referrers = referrers;
  }

  #noteReferrer(manifest: StoredManifest): void {
    const referrer = referrerOf(manifest);
    if (referrer !== undefined) this.#referrers?.set(manifest.digest, referrer);
  }
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
