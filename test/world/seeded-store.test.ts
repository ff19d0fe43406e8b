import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../src/image/digest.js';
import type { ContentStore } from '../../src/registry/content-store.js';
import { type Seeds, seededStore } from '../../src/world/seeded-store.js';
import { storeKinds } from '../support/stores.js';

const seeds: Seeds = {
  host: 'docker.io',
  repositories: [
    {
      name: 'library/nginx',
      tags: { latest: { platforms: ['linux/amd64'] }, '1.27': { platforms: ['linux/amd64', 'linux/arm64'] } },
    },
    { name: 'library/empty', tags: {} },
  ],
};

const indexType = 'application/vnd.oci.image.index.v1+json';

const digestOf = (bytes: Uint8Array) =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;

/** An index without children, which every store takes. */
function emptyIndex(note: string) {
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: [], annotations: { note } }),
  );
  return { digest: digestOf(bytes), mediaType: indexType, bytes };
}

const childrenOf = async (store: ContentStore, repository: string, tag: string) => {
  const found = await store.findManifest(repository, tag);
  return JSON.parse(Buffer.from(found!.bytes).toString()).manifests as { digest: Digest }[];
};

describe.each(storeKinds)('a world in a store of kind $kind', ({ open }) => {
  const withStore = async (check: (store: ContentStore) => Promise<void>, more: Partial<Seeds> = {}) => {
    await using opened = await open();
    await check(seededStore(opened.store, { ...seeds, ...more }));
  };

  test('has every image down to its layers', () =>
    withStore(async (store) => {
      const [child] = await childrenOf(store, 'library/nginx', 'latest');
      const manifest = await store.findManifest('library/nginx', child!.digest);
      const { config, layers } = JSON.parse(Buffer.from(manifest!.bytes).toString());
      for (const { digest, size } of [config, ...layers])
        expect((await store.findBlob('library/nginx', digest))?.sizeBytes).toBe(size);
    }));

  test('finds content by digest before anybody asked for its tag', async () => {
    let child: Digest | undefined;
    await withStore(async (store) => {
      [{ digest: child } = { digest: undefined }] = await childrenOf(store, 'library/nginx', '1.27');
    });
    await withStore(async (store) => {
      expect(await store.findManifest('library/nginx', child!)).toBeDefined();
    });
  });

  test('lists tags and repositories, also empty ones', () =>
    withStore(async (store) => {
      expect(await store.listTags('library/nginx')).toEqual(['1.27', 'latest']);
      expect(await store.listTags('library/empty')).toEqual([]);
      expect(await store.listTags('library/nope')).toBeUndefined();
      expect(await store.listRepositories()).toEqual(['library/empty', 'library/nginx']);
    }));

  test('shows an image in its own repository only', () =>
    withStore(async (store) => {
      const [child] = await childrenOf(store, 'library/nginx', 'latest');
      expect(await store.findManifest('library/empty', child!.digest)).toBeUndefined();
    }));

  test('lets what is pushed win over the image of the same tag', () =>
    withStore(async (store) => {
      const pushed = emptyIndex('pushed');
      await store.putManifest('library/nginx', pushed, ['latest'], { mayMoveTags: true });
      expect((await store.findManifest('library/nginx', 'latest'))?.digest).toBe(pushed.digest);
    }));

  test('knows that the image of a world is there when a tag must not move', () =>
    withStore(async (store) => {
      const put = await store.putManifest('library/nginx', emptyIndex('x'), ['latest'], {
        mayMoveTags: false,
      });
      expect(put).toEqual({ stored: false, tag: 'latest' });
    }));

  test('does not bring back what was deleted', () =>
    withStore(async (store) => {
      expect(await store.deleteTag('library/nginx', 'latest')).toBe(true);
      expect(await store.findManifest('library/nginx', 'latest')).toBeUndefined();
      expect(await store.listTags('library/nginx')).toEqual(['1.27']);
    }));

  test('makes an image once, however many ask at the same time', () =>
    withStore(async (store) => {
      const found = await Promise.all([1, 2, 3, 4].map(() => store.findManifest('library/nginx', '1.27')));
      expect(new Set(found.map((manifest) => manifest?.digest)).size).toBe(1);
    }));

  test('has every tag of every repository when it has everything', () =>
    withStore(
      async (store) => {
        expect(await store.findManifest('any/thing', 'v9')).toBeDefined();
        expect(await store.findManifest('library/nginx', '1.27')).toBeDefined();
      },
      { everything: true },
    ));
});
