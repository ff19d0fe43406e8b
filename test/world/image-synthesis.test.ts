import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type SynthesisedContent, synthesiseImage } from '../../src/world/image-synthesis.js';
import { gzipStored } from '../../src/world/tar-gzip.js';

const nginx = {
  repository: 'docker.io/library/nginx',
  tag: 'latest',
  platforms: ['linux/amd64', 'linux/arm/v7'],
};

const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const json = ({ bytes }: SynthesisedContent) => JSON.parse(Buffer.from(bytes).toString());

test('a tag is an index of one manifest per platform', () => {
  const { index, manifests } = synthesiseImage(nginx);
  expect(index.mediaType).toBe('application/vnd.oci.image.index.v1+json');
  expect(json(index)).toEqual({
    schemaVersion: 2,
    mediaType: index.mediaType,
    manifests: [
      {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: manifests[0]?.digest,
        size: manifests[0]?.bytes.length,
        platform: { architecture: 'amd64', os: 'linux' },
      },
      {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: manifests[1]?.digest,
        size: manifests[1]?.bytes.length,
        platform: { architecture: 'arm', os: 'linux', variant: 'v7' },
      },
    ],
  });
});

test('every descriptor has the digest and size of content that exists', () => {
  const image = synthesiseImage(nginx);
  const all = new Map(
    [...image.manifests, ...image.blobs].map((content) => [content.digest as string, content]),
  );
  for (const content of [image.index, ...all.values()]) expect(content.digest).toBe(sha256(content.bytes));
  for (const manifest of image.manifests) {
    const { config, layers } = json(manifest);
    for (const { digest, size, mediaType } of [config, ...layers]) {
      expect(all.get(digest)).toMatchObject({ mediaType });
      expect(all.get(digest)?.bytes.length).toBe(size);
    }
  }
});

test('a layer is a gzipped tar whose uncompressed digest the config knows', () => {
  const { blobs } = synthesiseImage(nginx);
  const [config, layer] = blobs as [SynthesisedContent, SynthesisedContent];
  const tar = gunzipSync(layer.bytes);
  expect(json(config).rootfs).toEqual({ type: 'layers', diff_ids: [sha256(tar)] });
  expect(tar.subarray(0, 11).toString()).toBe('pullsim.txt');
  expect(tar.subarray(512, 512 + 42).toString()).toContain('docker.io/library/nginx:latest linux/amd64');
});

test('the same name gives the same digest, today and on every machine', () => {
  expect(synthesiseImage(nginx).index.digest).toBe(synthesiseImage({ ...nginx }).index.digest);
  expect(
    synthesiseImage({ repository: 'docker.io/library/nginx', tag: 'latest', platforms: ['linux/amd64'] })
      .index.digest,
  ).toBe('sha256:b088ae97c1e051c98f9d5ffedc5f5936c2edd52ed97f4030825d32560f11c954');
});

test('another repository, tag or platform gives another digest', () => {
  const digests = [
    nginx,
    { ...nginx, repository: 'gcr.io/library/nginx' },
    { ...nginx, tag: '1.27' },
    { ...nginx, platforms: ['linux/amd64'] },
  ].map((image) => synthesiseImage(image).index.digest);
  expect(new Set(digests).size).toBe(4);
});

test('stored gzip may be longer than one block', () => {
  const long = Buffer.alloc(200_000, 'pullsim ');
  expect(gunzipSync(gzipStored(long)).equals(long)).toBe(true);
  expect(gunzipSync(gzipStored(Buffer.alloc(0))).length).toBe(0);
});
