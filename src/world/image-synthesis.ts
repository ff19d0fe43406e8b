import { createHash } from 'node:crypto';
import type { Digest } from '../image/digest.js';
import { gzipStored, tarOfOneFile } from './tar-gzip.js';

/** Content with the digest that names it. */
export interface SynthesisedContent {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** An image that exists only because a world says so: valid, tiny, one layer per platform, pullable by every client. */
export interface SynthesisedImage {
  /** What the tag points at: an OCI image index, also for one platform. */
  readonly index: SynthesisedContent;
  readonly manifests: readonly SynthesisedContent[];
  /** Configs and layers. */
  readonly blobs: readonly SynthesisedContent[];
}

export interface ImageToSynthesise {
  /** `docker.io/library/nginx` */
  readonly repository: string;
  readonly tag: string;
  /** `os/architecture` or `os/architecture/variant` each. */
  readonly platforms: readonly string[];
}

/**
 * Makes an image out of its name: the same name gives the same bytes and digests on every machine and Node version,
 * different names, tags or platforms give different ones.
 */
export function synthesiseImage(image: ImageToSynthesise): SynthesisedImage {
  const parts = image.platforms.map((platform) => synthesisePlatform(image, platform));
  const index = asJson(mediaTypes.index, {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: parts.map(({ manifest, platform }) => ({ ...descriptor(manifest), platform })),
  });
  return {
    index,
    manifests: parts.map(({ manifest }) => manifest),
    blobs: parts.flatMap(({ config, layer }) => [config, layer]),
  };
}

const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

const created = '1970-01-01T00:00:00Z';

function synthesisePlatform({ repository, tag }: ImageToSynthesise, name: string) {
  const [os = 'linux', architecture = 'amd64', variant] = name.split('/');
  const platform = { architecture, os, ...(variant !== undefined && { variant }) };
  const tar = tarOfOneFile('pullsim.txt', `${repository}:${tag} ${name}\n`);
  const layer = content(mediaTypes.layer, gzipStored(tar));
  const config = asJson(mediaTypes.config, {
    created,
    ...platform,
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    history: [{ created, created_by: `pullsim: a stand-in for ${repository}:${tag}` }],
  });
  const manifest = asJson(mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: descriptor(config),
    layers: [descriptor(layer)],
  });
  return { platform, config, layer, manifest };
}

const asJson = (mediaType: string, value: unknown): SynthesisedContent =>
  content(mediaType, Buffer.from(JSON.stringify(value)));

const content = (mediaType: string, bytes: Uint8Array): SynthesisedContent => ({
  mediaType,
  digest: digestOf(bytes),
  bytes,
});

const descriptor = ({ mediaType, digest, bytes }: SynthesisedContent) => ({
  mediaType,
  digest,
  size: bytes.length,
});

const digestOf = (bytes: Uint8Array): Digest =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
