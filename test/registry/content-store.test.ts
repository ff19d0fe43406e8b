import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Digest } from '../../src/image/digest.js';
import { mediaTypes } from '../../src/image/media-types.js';
import type { ContentStore, StoredManifest } from '../../src/registry/content-store.js';
import { putBlob } from '../../src/registry/put-blob.js';
import { type StoreForTest, storeKinds } from '../support/stores.js';

const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
const sha512 = (bytes: Uint8Array) => `sha512:${createHash('sha512').update(bytes).digest('hex')}` as Digest;

const blob = Buffer.from('hello, blob!\n');
const config = Buffer.from('{}');

function manifest(more: object = {}): StoredManifest {
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociEmpty, digest: sha256(config), size: 2 },
      layers: [],
      ...more,
    }),
  );
  return { digest: sha256(bytes), mediaType: mediaTypes.ociManifest, bytes };
}

const image = manifest();
const other = manifest({ annotations: { other: 'yes' } });
const subjectOf = ({ digest, mediaType, bytes }: StoredManifest) => ({
  mediaType,
  digest,
  size: bytes.length,
});
const moving = { mayMoveTags: true };

describe.each(storeKinds)('a content store in $kind', ({ open }) => {
  let opened: StoreForTest;
  let store: ContentStore;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened[Symbol.asyncDispose]());

  const read = async (repository: string, digest: Digest, first = 0, last?: number) => {
    const found = await store.findBlob(repository, digest);
    if (found === undefined) return undefined;
    const content = await found.read(first, last ?? found.sizeBytes - 1);
    return Buffer.from(content as Uint8Array).toString();
  };

  test('is empty at first', async () => {
    expect(await store.listRepositories()).toEqual([]);
    expect(await store.listTags('team/app')).toBeUndefined();
    expect(await store.findManifest('team/app', 'v1')).toBeUndefined();
    expect(await store.findManifest('team/app', image.digest)).toBeUndefined();
    expect(await store.findBlob('team/app', sha256(blob))).toBeUndefined();
    expect(await store.listReferrers('team/app', image.digest)).toEqual([]);
    expect(await store.deleteTag('team/app', 'v1')).toBe(false);
    expect(await store.deleteManifest('team/app', image.digest)).toBe(false);
    expect(await store.deleteBlob('team/app', sha256(blob))).toBe(false);
    expect(await store.listRepositories()).toEqual([]);
  });

  test('keeps a blob in the repository that it was put into, and in no other', async () => {
    await putBlob(store, 'team/app', sha256(blob), blob);
    expect(await read('team/app', sha256(blob))).toBe('hello, blob!\n');
    expect(await read('team/app', sha256(blob), 7, 10)).toBe('blob');
    expect(await read('team/other', sha256(blob))).toBeUndefined();
    expect(await store.listRepositories()).toEqual(['team/app']);
    expect(await store.listTags('team/app')).toEqual([]);
  });

  test('keeps an empty blob, and one addressed by sha512', async () => {
    const nothing = Buffer.alloc(0);
    await putBlob(store, 'a', sha256(nothing), nothing);
    await putBlob(store, 'a', sha512(blob), blob);
    expect((await store.findBlob('a', sha256(nothing)))?.sizeBytes).toBe(0);
    expect(await read('a', sha512(blob))).toBe('hello, blob!\n');
    expect(await read('a', sha256(blob))).toBeUndefined();
  });

  test('takes a blob twice', async () => {
    await putBlob(store, 'a', sha256(blob), blob);
    await putBlob(store, 'a', sha256(blob), blob);
    expect(await read('a', sha256(blob))).toBe('hello, blob!\n');
  });

  test('mounts a blob, which then outlives its source', async () => {
    await putBlob(store, 'a', sha256(blob), blob);
    expect(await store.mountBlob('b', 'a', sha256(blob))).toBe(true);
    expect(await store.mountBlob('b', 'a', sha256(blob))).toBe(true);
    expect(await store.deleteBlob('a', sha256(blob))).toBe(true);
    expect(await read('a', sha256(blob))).toBeUndefined();
    expect(await read('b', sha256(blob))).toBe('hello, blob!\n');
    expect(await store.mountBlob('c', 'a', sha256(blob))).toBe(false);
    expect(await store.mountBlob('c', 'no/such', sha256(blob))).toBe(false);
    expect(await store.listRepositories()).not.toContain('c');
  });

  test('an upload grows, shrinks and reads back what it has', async () => {
    const upload = await store.startUpload();
    await upload.append(Buffer.from('hello'));
    await upload.append(Buffer.from(' there'));
    await upload.truncate(5);
    await upload.append(Buffer.from(', blob!\n'));
    expect(upload.sizeBytes).toBe(13);
    const pieces: Uint8Array[] = [];
    for await (const piece of upload.read()) pieces.push(piece);
    expect(Buffer.concat(pieces)).toEqual(blob);
    await upload.commit('a', sha256(blob));
    await upload.discard();
    expect(await read('a', sha256(blob))).toBe('hello, blob!\n');
  });

  test('gives a manifest by its tags and by its digest, as it was put', async () => {
    expect(await store.putManifest('a', image, ['v1', 'latest'], moving)).toEqual({ stored: true });
    for (const reference of ['v1', 'latest', image.digest]) {
      const found = await store.findManifest('a', reference);
      expect({ ...found, bytes: Buffer.from(found?.bytes ?? []) }).toEqual(image);
    }
    expect(await store.findManifest('b', image.digest)).toBeUndefined();
    expect(await store.findBlob('a', image.digest)).toBeUndefined();
  });

  test('sorts tags by byte', async () => {
    await store.putManifest('a', image, ['b', 'a', '_x', 'C', '9', '10'], moving);
    expect(await store.listTags('a')).toEqual(['10', '9', 'C', '_x', 'a', 'b']);
  });

  test('moves a tag, unless it must stay', async () => {
    await store.putManifest('a', image, ['v1'], moving);
    const fixed = { mayMoveTags: false };
    expect(await store.putManifest('a', other, ['v2', 'v1'], fixed)).toEqual({ stored: false, tag: 'v1' });
    expect(await store.listTags('a')).toEqual(['v1']);
    expect(await store.findManifest('a', other.digest)).toBeUndefined();
    // The same content again moves nothing.
    expect(await store.putManifest('a', image, ['v1', 'v2'], fixed)).toEqual({ stored: true });
    expect(await store.putManifest('a', other, ['v1'], moving)).toEqual({ stored: true });
    expect((await store.findManifest('a', 'v1'))?.digest).toBe(other.digest);
    expect((await store.findManifest('a', 'v2'))?.digest).toBe(image.digest);
  });

  test('deletes a tag alone, a manifest with its tags', async () => {
    await store.putManifest('a', image, ['v1', 'v2'], moving);
    await store.putManifest('a', other, ['v3'], moving);
    expect(await store.deleteTag('a', 'v1')).toBe(true);
    expect(await store.deleteTag('a', 'v1')).toBe(false);
    expect((await store.findManifest('a', image.digest))?.digest).toBe(image.digest);
    expect(await store.deleteManifest('a', image.digest)).toBe(true);
    expect(await store.deleteManifest('a', image.digest)).toBe(false);
    expect(await store.findManifest('a', 'v2')).toBeUndefined();
    expect(await store.listTags('a')).toEqual(['v3']);
  });

  test('tells a blob from a manifest of the same bytes, whichever came first', async () => {
    for (const [first, repository] of [
      ['blob', 'a'],
      ['manifest', 'b'],
    ] as const) {
      const put = {
        blob: () => putBlob(store, repository, image.digest, image.bytes),
        manifest: () => store.putManifest(repository, image, ['v1'], moving),
      };
      await put[first]();
      await put[first === 'blob' ? 'manifest' : 'blob']();
      expect(await read(repository, image.digest)).toBe(image.bytes.toString());
      expect(await store.deleteBlob(repository, image.digest)).toBe(true);
      expect(await store.deleteBlob(repository, image.digest)).toBe(false);
      expect(await read(repository, image.digest)).toBeUndefined();
      expect((await store.findManifest(repository, 'v1'))?.digest).toBe(image.digest);
      await putBlob(store, repository, image.digest, image.bytes);
      expect(await store.deleteManifest(repository, image.digest)).toBe(true);
      expect(await store.findManifest(repository, image.digest)).toBeUndefined();
      expect(await read(repository, image.digest)).toBe(image.bytes.toString());
    }
  });

  test('lists referrers of a subject, known or not, sorted by digest', async () => {
    const sbom = manifest({
      artifactType: 'application/vnd.example.sbom',
      subject: subjectOf(image),
      annotations: { k: 'v' },
    });
    const plain = manifest({ subject: subjectOf(image) });
    await store.putManifest('a', sbom, [], moving);
    await store.putManifest('a', plain, ['p'], moving);
    const entries = [
      { ...subjectOf(sbom), artifactType: 'application/vnd.example.sbom', annotations: { k: 'v' } },
      { ...subjectOf(plain), artifactType: mediaTypes.ociEmpty },
    ].sort((a, b) => (a.digest < b.digest ? -1 : 1));
    expect(await store.listReferrers('a', image.digest)).toEqual(entries);
    expect(await store.listReferrers('b', image.digest)).toEqual([]);
    await store.deleteManifest('a', sbom.digest);
    expect(await store.listReferrers('a', image.digest)).toEqual([
      { ...subjectOf(plain), artifactType: mediaTypes.ociEmpty },
    ]);
    await store.putManifest('a', sbom, [], moving);
    expect(await store.listReferrers('a', image.digest)).toEqual(entries);
  });

  test('takes names that look like its own files', async () => {
    const names = [
      'a',
      'a/blobs',
      'a/blobs/sha256',
      'a/index.json',
      'a/oci-layout',
      'blobs/uploads',
      'index.json',
    ];
    for (const name of names) {
      await putBlob(store, name, sha256(blob), blob);
      await store.putManifest(name, image, [`t-${name.replaceAll('/', '-')}`], moving);
    }
    expect(await store.listRepositories()).toEqual([...names].sort());
    for (const name of names) {
      expect(await store.listTags(name)).toEqual([`t-${name.replaceAll('/', '-')}`]);
      expect(await read(name, sha256(blob))).toBe('hello, blob!\n');
    }
  });

  test('loses no tag of many that are pushed at once', async () => {
    const tags = Array.from({ length: 50 }, (_, index) => `t${String(index).padStart(2, '0')}`);
    await Promise.all(
      tags.map((tag) => store.putManifest('a', manifest({ annotations: { tag } }), [tag], moving)),
    );
    expect(await store.listTags('a')).toEqual(tags);
    for (const tag of tags) {
      const found = await store.findManifest('a', tag);
      expect(Buffer.from(found?.bytes ?? []).toString()).toContain(`"tag":"${tag}"`);
    }
  });
});
