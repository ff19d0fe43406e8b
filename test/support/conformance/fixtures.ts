import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Digest } from '../../../src/image/digest.js';
import { mediaTypes } from '../../../src/image/media-types.js';

/** Content that the cases name: blobs `b.X` and manifests `m.X`. */
export interface Fixture {
  readonly bytes: Buffer;
  /** Of a manifest. */
  readonly mediaType?: string;
  /** What must be pushed before it; content that is absent on purpose is not listed. */
  readonly needs?: readonly string[];
  readonly subject?: Digest;
}

export const defaultManifestLimit = 4 * 1024 * 1024;

export function digestOf(bytes: Uint8Array, algorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest;
}

const bytesBelow = (size: number, modulus: number) =>
  Buffer.from(Array.from({ length: size }, (_, index) => index % modulus));

/** @throws for a name that the vectors do not list, with or without their `@` */
export function fixture(name: string, manifestLimit = defaultManifestLimit): Fixture {
  if (name === 'm.over') return padded(manifestLimit + 1);
  const found = fixtures[name] ?? artifactOfType(name);
  if (found === undefined) throw new Error(`there is no fixture "${name}"`);
  return found;
}

const blobs: Readonly<Record<string, Fixture>> = {
  'b.empty': { bytes: Buffer.alloc(0) },
  'b.small': { bytes: Buffer.from('hello, blob!\n') },
  'b.2048': { bytes: bytesBelow(2048, 251) },
  'b.3067': { bytes: bytesBelow(3067, 241) },
  'b.other': { bytes: Buffer.from('other, blob!\n') },
  'b.secret': { bytes: createHash('sha512').update('only in {private}').digest() },
  'b.never': { bytes: Buffer.from('never pushed') },
  // Not named by cases: what the manifests below are made of.
  'b.config': { bytes: Buffer.from('{"architecture":"amd64","os":"linux"}') },
  'b.config2': { bytes: Buffer.from('{"architecture":"arm64","os":"linux"}') },
  'b.layer': { bytes: Buffer.from('a layer') },
  'b.layer2': { bytes: Buffer.from('another layer') },
  'b.emptyjson': { bytes: Buffer.from('{}') },
};

const pointer = (mediaType: string, bytes: Uint8Array, more: object = {}) => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
  ...more,
});

const blobPointer = (name: string, mediaType: string) => pointer(mediaType, blobs[name]?.bytes as Buffer);

const config = blobPointer('b.config', mediaTypes.ociConfig);
const layer = blobPointer('b.layer', mediaTypes.ociLayer);
const emptyConfig = blobPointer('b.emptyjson', mediaTypes.ociEmpty);

function manifest(
  document: { readonly mediaType: string; readonly subject?: unknown },
  needs: readonly string[],
): Fixture {
  const subject = (document.subject as { digest: Digest } | undefined)?.digest;
  return {
    bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, ...document })),
    mediaType: document.mediaType,
    needs,
    ...(subject !== undefined && { subject }),
  };
}

const ociImage = (more: object, needs: readonly string[] = ['b.config', 'b.layer']) =>
  manifest({ mediaType: mediaTypes.ociManifest, config, layers: [layer], ...more } as never, needs);

const image = ociImage({});
const imagePointer = pointer(mediaTypes.ociManifest, image.bytes);
const absentPointer = pointer(mediaTypes.ociManifest, Buffer.from('a manifest that was never pushed'));

const artifact = (artifactType: string | undefined, more: object = {}) =>
  manifest(
    {
      mediaType: mediaTypes.ociManifest,
      ...(artifactType !== undefined && { artifactType }),
      config: emptyConfig,
      layers: [emptyConfig],
      subject: imagePointer,
      ...more,
    } as never,
    ['b.emptyjson'],
  );

const docker2 = manifest(
  {
    mediaType: mediaTypes.dockerManifest,
    config: blobPointer('b.config', mediaTypes.dockerConfig),
    layers: [blobPointer('b.layer', mediaTypes.dockerLayer)],
  } as never,
  ['b.config', 'b.layer'],
);

const manifests: Readonly<Record<string, Fixture>> = {
  'm.image': image,
  'm.image2': ociImage(
    {
      config: blobPointer('b.config2', mediaTypes.ociConfig),
      layers: [blobPointer('b.layer2', mediaTypes.ociLayer)],
    },
    ['b.config2', 'b.layer2'],
  ),
  'm.docker2': docker2,
  'm.dockerlist': manifest(
    {
      mediaType: mediaTypes.dockerManifestList,
      manifests: [
        pointer(mediaTypes.dockerManifest, docker2.bytes, {
          platform: { architecture: 'amd64', os: 'linux' },
        }),
      ],
    } as never,
    ['m.docker2'],
  ),
  'm.sbom': artifact('application/vnd.example.sbom', { annotations: { 'org.example.k': 'v' } }),
  'm.sig': artifact('application/vnd.example.signature'),
  'm.cfgref': ociImage({
    config: blobPointer('b.config', 'application/vnd.example.config.v1+json'),
    subject: imagePointer,
  }),
  'm.subject': ociImage({ subject: imagePointer }),
  'm.subjectmissing': ociImage({ subject: absentPointer }),
  'm.indexsubject': manifest(
    { mediaType: mediaTypes.ociIndex, manifests: [imagePointer], subject: imagePointer } as never,
    ['m.image'],
  ),
  'm.emptyindex': manifest({ mediaType: mediaTypes.ociIndex, manifests: [] } as never, []),
  'm.nolayers': ociImage({ layers: [] }, ['b.config']),
  'm.nondist': ociImage({
    layers: [
      layer,
      pointer('application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', Buffer.from('elsewhere')),
    ],
  }),
  'm.missinglayer': ociImage({ layers: [layer, pointer(mediaTypes.ociLayer, Buffer.from('nowhere'))] }),
  'm.custom': ociImage({
    'org.example.top': { nested: [1, 2.5, null] },
    config: { ...config, 'org.example.config': true },
    layers: [{ ...layer, 'org.example.layer': 'x' }],
  }),
  'm.4mb': padded(4_000_000),
  'm.image.gz': { ...image, bytes: gzipSync(image.bytes) },
  // An old client's: no subject member, known to its subject only by the fallback tag.
  'm.oldref': ociImage({ annotations: { 'org.example.old': 'yes' } }),
};

const fixtures: Readonly<Record<string, Fixture>> = { ...blobs, ...manifests };

/** An image manifest of exactly so many bytes. */
function padded(size: number): Fixture {
  const bare = ociImage({ annotations: { pad: '' } }).bytes.length;
  return ociImage({ annotations: { pad: 'x'.repeat(size - bare) } });
}

/** `m.type:application/vnd.example.sbom+json`: a referrer of m.image with that type. */
function artifactOfType(name: string): Fixture | undefined {
  return name.startsWith('m.type:') ? artifact(name.slice('m.type:'.length)) : undefined;
}

/** The tag under which clients of old registries keep the referrers of a manifest (registry.md §5.6). */
export function fallbackTag(subject: Digest): string {
  const [algorithm = '', encoded = ''] = subject.split(':');
  return `${algorithm.slice(0, 32)}-${encoded.slice(0, 64)}`.replace(/[^a-zA-Z0-9._-]/g, '-');
}

/** The index that such a client pushes by that tag. */
export function fallbackIndex(): Fixture {
  const entry = pointer(mediaTypes.ociManifest, fixture('m.oldref').bytes, {
    artifactType: 'application/vnd.example.old',
  });
  return manifest({ mediaType: mediaTypes.ociIndex, manifests: [entry] } as never, ['m.oldref']);
}
