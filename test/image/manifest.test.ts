import { describe, expect, test } from 'vitest';
import { InvalidManifest, readManifest, referencedContent } from '../../src/image/manifest.js';
import {
  isImageManifestType,
  isIndexType,
  isNonDistributableLayer,
  isSchema1Type,
  mediaTypes,
  withoutParameters,
} from '../../src/image/media-types.js';

const descriptor = (mediaType: string, letter: string, more = {}) => ({
  mediaType,
  digest: `sha256:${letter.repeat(64)}`,
  size: 2,
  ...more,
});
const config = descriptor(mediaTypes.ociConfig, 'a');
const layer = descriptor(mediaTypes.ociLayerGzip, 'b');
const image = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
const child = descriptor(mediaTypes.ociManifest, 'c', {
  platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
});
const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [child] };
const read = (document: unknown, contentType?: string) => readManifest(JSON.stringify(document), contentType);

describe('a manifest', () => {
  test('of an image points to its config and its layers', () => {
    const manifest = read(image, mediaTypes.ociManifest);
    expect(manifest.kind).toBe('image');
    expect(referencedContent(manifest)).toEqual([config, layer]);
  });

  test('of an index points to manifests with their platforms', () => {
    expect(referencedContent(read(index, mediaTypes.ociIndex))).toEqual([child]);
  });

  test('keeps subject, artifact type and annotations', () => {
    const more = { subject: child, artifactType: 'application/x', annotations: { a: 'b' } };
    expect(read({ ...image, ...more })).toMatchObject(more);
  });

  test('without a header has the media type that it names', () => {
    expect(read(index).mediaType).toBe(mediaTypes.ociIndex);
  });

  test('without a media type of its own has the header’s', () => {
    expect(read({ ...image, mediaType: undefined }, mediaTypes.dockerManifest).mediaType).toBe(
      mediaTypes.dockerManifest,
    );
  });

  test('keeps members that it does not know from mattering', () => {
    expect(read({ ...image, novelty: [1, 2] }).kind).toBe('image');
  });

  test.each([
    ['[]', 'the manifest is not an object'],
    ['null', 'the manifest is not an object'],
    ['{', 'the manifest is not JSON'],
    ['{}', 'media type "" is no manifest'],
    [JSON.stringify({ ...image, schemaVersion: 1 }), 'schemaVersion is not 2'],
    [JSON.stringify({ ...image, mediaType: 7 }), 'mediaType is not a string'],
    [JSON.stringify({ ...image, mediaType: mediaTypes.dockerSchema1 }), 'is no manifest'],
    [JSON.stringify({ ...image, mediaType: mediaTypes.ociArtifactManifest }), 'is no manifest'],
    [JSON.stringify({ ...image, manifests: [] }), 'must not have manifests'],
    [JSON.stringify({ ...image, fsLayers: [] }), 'must not have fsLayers'],
    [JSON.stringify({ ...index, layers: [] }), 'must not have layers'],
    [JSON.stringify({ ...index, config }), 'must not have config'],
    [JSON.stringify({ ...image, config: undefined }), 'config is not an object'],
    [JSON.stringify({ ...image, layers: null }), 'layers is not a list'],
    [JSON.stringify({ ...image, layers: [{ ...layer, size: -1 }] }), 'layers[0].size'],
    [JSON.stringify({ ...image, layers: [{ ...layer, digest: 5 }] }), 'layers[0].digest'],
    [JSON.stringify({ ...image, annotations: { a: 5 } }), 'annotations'],
  ])('%s is refused: %s', (text, reason) => {
    expect(() => readManifest(text)).toThrow(InvalidManifest);
    expect(() => readManifest(text)).toThrow(reason);
  });

  test('whose media type differs from the header is refused', () => {
    expect(() => read(image, mediaTypes.ociIndex)).toThrow('but the Content-Type says');
  });
});

describe('media types', () => {
  test('tell images from indexes', () => {
    expect([mediaTypes.ociManifest, mediaTypes.dockerManifest].every(isImageManifestType)).toBe(true);
    expect([mediaTypes.ociIndex, mediaTypes.dockerManifestList].every(isIndexType)).toBe(true);
    expect([mediaTypes.ociIndex, mediaTypes.dockerManifestList].some(isImageManifestType)).toBe(false);
    expect([mediaTypes.dockerSchema1, mediaTypes.dockerSchema1Signed].every(isSchema1Type)).toBe(true);
  });

  test('name the layers that a registry may lack', () => {
    expect(isNonDistributableLayer('application/vnd.oci.image.layer.nondistributable.v1.tar+zstd')).toBe(
      true,
    );
    expect(isNonDistributableLayer(mediaTypes.dockerForeignLayer)).toBe(true);
    expect(isNonDistributableLayer(mediaTypes.ociLayer)).toBe(false);
  });

  test('lose their parameters', () => {
    expect(withoutParameters('application/json ; charset=utf-8')).toBe('application/json');
    expect(withoutParameters('')).toBe('');
  });
});
