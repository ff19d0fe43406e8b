import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { mediaTypes } from '../../../src/image/media-types.js';
import type { Platform } from '../../../src/image/platform.js';

/** Bytes with their digest. */
export interface ProbeBlob {
  readonly bytes: Buffer;
  readonly digest: string;
}

export interface ProbeManifest extends ProbeBlob {
  readonly mediaType: string;
}

export interface ProbeImage {
  readonly manifest: ProbeManifest;
  readonly config: ProbeBlob;
  readonly layer: ProbeBlob;
  /** As an index names it; absent: the index says nothing. */
  readonly platform?: Platform | undefined;
}

export interface ImageRecipe {
  readonly docker?: boolean;
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
  /** Makes the layer's file bigger: so many times 128 bytes. */
  readonly repeat?: number;
}

export const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

export const blobOf = (bytes: Buffer): ProbeBlob => ({ bytes, digest: digestOf(bytes) });

const jsonBlob = (value: unknown): ProbeBlob => blobOf(Buffer.from(JSON.stringify(value)));

/** The image that the recordings were made with: one layer with one file, everything derived from `seed`, byte for byte. */
export function imageOf(seed: string, recipe: ImageRecipe = {}): ProbeImage {
  const { docker = false, os = 'linux', architecture = 'amd64', variant, repeat = 0 } = recipe;
  const filler = repeat === 0 ? '' : createHash('sha512').update(seed).digest('hex').repeat(repeat);
  const tar = tarOf(`file-${seed.replace(/\W/g, '_')}`, `hello ${seed}\n${filler}`);
  const level = variant === undefined ? {} : { variant };
  const config = jsonBlob({
    architecture,
    os,
    ...level,
    config: { Env: ['PATH=/bin'], Cmd: ['/x'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    history: [{ created_by: seed }],
  });
  const layer = blobOf(gzipOf(tar));
  return {
    manifest: manifestOf(config, layer, docker),
    config,
    layer,
    platform: { architecture, os, ...level },
  };
}

function manifestOf(config: ProbeBlob, layer: ProbeBlob, docker: boolean): ProbeManifest {
  const mediaType = docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
  const configType = docker ? mediaTypes.dockerConfig : mediaTypes.ociConfig;
  const layerType = docker ? mediaTypes.dockerLayer : mediaTypes.ociLayerGzip;
  const document = {
    schemaVersion: 2,
    mediaType,
    config: { mediaType: configType, size: config.bytes.length, digest: config.digest },
    layers: [{ mediaType: layerType, size: layer.bytes.length, digest: layer.digest }],
  };
  return { ...blobOf(Buffer.from(JSON.stringify(document, null, 2))), mediaType };
}

/** An image whose manifest or config is not what it should be. */
export function changedImage(
  image: ProbeImage,
  change: {
    readonly manifest?: (document: ManifestDocument) => void;
    readonly config?: (text: string) => string;
  },
): ProbeImage {
  const document = JSON.parse(image.manifest.bytes.toString()) as ManifestDocument;
  const text = image.config.bytes.toString();
  const config = change.config === undefined ? image.config : blobOf(Buffer.from(change.config(text)));
  document.config.digest = config.digest;
  document.config.size = config.bytes.length;
  change.manifest?.(document);
  const { mediaType } = image.manifest;
  const manifest = { ...blobOf(Buffer.from(JSON.stringify(document))), mediaType };
  return { ...image, manifest, config };
}

interface DescriptorDocument {
  mediaType: string;
  size: number;
  digest: string;
}

export interface ManifestDocument {
  config: DescriptorDocument;
  layers: DescriptorDocument[];
}

export function indexOf(
  images: readonly ProbeImage[],
  { docker = false, extra = [] }: { readonly docker?: boolean; readonly extra?: readonly object[] } = {},
): ProbeManifest {
  const mediaType = docker ? mediaTypes.dockerManifestList : mediaTypes.ociIndex;
  const manifests = images.map(({ manifest, platform }) => ({
    mediaType: manifest.mediaType,
    size: manifest.bytes.length,
    digest: manifest.digest,
    platform,
  }));
  const document = { schemaVersion: 2, mediaType, manifests: [...manifests, ...extra] };
  return { ...blobOf(Buffer.from(JSON.stringify(document, null, 2))), mediaType };
}

/** A BuildKit attestation: a manifest for the platform unknown/unknown. */
export function attestation(): ProbeImage {
  const layer = blobOf(Buffer.from('{"_type":"https://in-toto.io/Statement/v0.1"}'));
  const config = jsonBlob({
    architecture: 'unknown',
    os: 'unknown',
    config: {},
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, size: config.bytes.length, digest: config.digest },
    layers: [
      {
        mediaType: 'application/vnd.in-toto+json',
        size: layer.bytes.length,
        digest: layer.digest,
        annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v0.2' },
      },
    ],
  });
  return {
    manifest: { ...manifest, mediaType: mediaTypes.ociManifest },
    config,
    layer,
    platform: { architecture: 'unknown', os: 'unknown' },
  };
}

/** A Docker schema 1 manifest without signatures. */
export const schema1 = jsonBlob({
  schemaVersion: 1,
  name: 'old/image',
  tag: 'v1',
  architecture: 'amd64',
  fsLayers: [{ blobSum: digestOf(Buffer.from('x')) }],
  history: [{ v1Compatibility: '{}' }],
  signatures: [],
});

/** The recordings' gzip header says Unix, whatever machine makes it. */
function gzipOf(bytes: Buffer): Buffer {
  const compressed = gzipSync(bytes);
  compressed[9] = 3;
  return compressed;
}

function tarOf(name: string, text: string): Buffer {
  const content = Buffer.from(text);
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}
