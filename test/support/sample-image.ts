import { createHash } from 'node:crypto';
import type { Digest } from '../../src/image/digest.js';
import { mediaTypes } from '../../src/image/media-types.js';
import type { ContentStore } from '../../src/registry/content-store.js';
import { putBlob } from '../../src/registry/put-blob.js';

export const sha256 = (bytes: Uint8Array | string): Digest =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;

export const sha512 = (bytes: Uint8Array | string): Digest =>
  `sha512:${createHash('sha512').update(bytes).digest('hex')}` as Digest;

/** The smallest image that a registry takes: one layer, an empty config. */
export const layer = Buffer.from('hello, blob!\n');
export const config = Buffer.from('{}');
export const image = sampleManifest();

/** Another manifest of the same content. */
export function sampleManifest(more: object = {}): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: mediaTypes.ociEmpty, digest: sha256(config), size: config.length },
      layers: [{ mediaType: mediaTypes.ociLayer, digest: sha256(layer), size: layer.length }],
      ...more,
    }),
  );
}

/** A descriptor of {@link image}, for subjects. */
export const imageDescriptor = {
  mediaType: mediaTypes.ociManifest,
  digest: sha256(image),
  size: image.length,
};

/** Puts the image's blobs into a repository, and the image itself under `tags`. */
export async function seedImage(
  store: ContentStore,
  repository = 'team/app',
  tags: readonly string[] = ['v1'],
): Promise<void> {
  await seedBlobs(store, repository);
  const stored = { digest: sha256(image), mediaType: mediaTypes.ociManifest, bytes: image };
  await store.putManifest(repository, stored, tags, { mayMoveTags: true });
}

export async function seedBlobs(store: ContentStore, repository = 'team/app'): Promise<void> {
  await putBlob(store, repository, sha256(layer), layer);
  await putBlob(store, repository, sha256(config), config);
}
