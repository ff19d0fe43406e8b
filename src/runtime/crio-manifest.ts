import { goQuote } from '../image/go-quote.js';
import { isSchema1Type, mediaTypes } from '../image/media-types.js';
import type { Platform } from '../image/platform.js';
import { checkSchema1 } from './crio-schema1.js';
import { type ContentDescriptor, descriptorOf, descriptorStruct, descriptorsOf } from './descriptor.js';
import { decodeGoStruct, GoJsonError, type GoRecord, type GoStruct } from './go-struct.js';
import { PullError } from './pull-error.js';

/** The manifest of one platform, or of an artifact. */
export interface CrioManifest {
  readonly config: ContentDescriptor;
  readonly layers: readonly ContentDescriptor[];
  /** Docker's manifests have none. */
  readonly artifactType: string;
  readonly isOci: boolean;
}

/**
 * Reads a manifest by the media type of its answer, as containers/image does: any type that is none counts as schema 1.
 *
 * @throws {@link PullError} with Go's texts
 */
export function parseManifest(bytes: Uint8Array, mediaType: string): CrioManifest {
  const type = normalised(mediaType);
  if (type === mediaTypes.ociManifest) return parseOci(bytes);
  if (type === mediaTypes.dockerManifest) return parseDocker(bytes);
  if (isSchema1Type(type)) throw checkSchema1(bytes, (document) => checkFields(document, type));
  throw unsupported('Treating manifest lists as individual manifests is not implemented', mediaType);
}

/**
 * The manifests of an OCI index or a Docker list.
 *
 * @throws {@link PullError}
 */
export function parseIndex(bytes: Uint8Array, mediaType: string): readonly ContentDescriptor[] {
  const name = mediaType === mediaTypes.ociIndex ? 'OCI1Index' : 'Schema2List';
  const struct = { struct: name, fields: { ...versionFields, manifests: { list: descriptorStruct } } };
  const document = decode(bytes, struct, mediaType, (text) => {
    return `unmarshaling ${name} ${goQuote(Buffer.from(bytes).toString())}: ${text}`;
  });
  checkFields(bytes, mediaType);
  return descriptorsOf(document.manifests);
}

/**
 * The manifest for a node: of exactly its system, processor and variant (arm: also older variants). An index of OCI may hold
 * one without platform, for when nothing else fits.
 *
 * @throws {@link PullError} `no image found in image index for architecture "amd64", variant "", OS "linux"`
 */
export function chooseInstance(
  manifests: readonly ContentDescriptor[],
  mediaType: string,
  node: Platform,
): string {
  const isOci = mediaType === mediaTypes.ociIndex;
  const wanted = wantedVariants(node);
  const rank = ({ platform }: ContentDescriptor) => {
    if (platform === undefined) return isOci ? wanted.length : -1;
    const fits = platform.os === node.os && platform.architecture === node.architecture;
    return fits ? wanted.indexOf(platform.variant ?? '') : -1;
  };
  const ranked = manifests
    .map((manifest) => ({ manifest, rank: rank(manifest) }))
    .filter((candidate) => candidate.rank >= 0)
    .sort((a, b) => a.rank - b.rank || (isOci ? zstdLast(a.manifest) - zstdLast(b.manifest) : 0));
  const [best] = ranked;
  if (best !== undefined) return best.manifest.digest;
  const list = isOci ? 'image index' : 'manifest list';
  const [variant = ''] = wanted;
  throw new PullError(
    `no image found in ${list} for architecture ${goQuote(node.architecture)}, variant ${goQuote(variant)}, OS ${goQuote(node.os)}`,
    {
      kind: 'no-platform',
      wanted: nameOf({ ...node, variant }),
      offered: manifests.flatMap(({ platform }) => (platform === undefined ? [] : [nameOf(platform)])),
    },
  );
}

/** Most capable first; each processor also runs what names no variant. */
const compatibleVariants: Readonly<Record<string, readonly string[]>> = {
  arm: ['v8', 'v7', 'v6', 'v5'],
  arm64: ['v8'],
};

function wantedVariants({ architecture, variant = '' }: Platform): readonly string[] {
  const known = compatibleVariants[architecture] ?? [];
  // Linux tells CRI-O the variant of arm processors; a platform of ours may leave it out.
  const own = variant === '' ? (known[0] ?? '') : variant;
  if (own === '') return [''];
  const older = known.includes(own) ? known.slice(known.indexOf(own)) : [own];
  return [...older, ''];
}

/** Of two manifests for one platform the one with zstd layers is taken. */
const zstdLast = ({ annotations }: ContentDescriptor) =>
  annotations?.['io.github.containers.compression.zstd'] === 'true' ? 0 : 1;

const nameOf = ({ os, architecture, variant = '' }: Platform) =>
  [os, architecture, variant].filter((part) => part !== '').join('/');

/** What no manifest type names is taken for a signed schema 1, `application/json` and `text/plain` among it. */
function normalised(mediaType: string): string {
  const known: readonly string[] = [
    mediaTypes.ociManifest,
    mediaTypes.ociIndex,
    mediaTypes.dockerManifest,
    mediaTypes.dockerManifestList,
    mediaTypes.dockerSchema1,
  ];
  return known.includes(mediaType) ? mediaType : mediaTypes.dockerSchema1Signed;
}

const versionFields = { schemaVersion: 'int', mediaType: 'string' } as const;

const ociStruct: GoStruct = {
  struct: 'OCI1',
  typeName: 'manifest.OCI1',
  fields: {
    ...versionFields,
    artifactType: 'string',
    config: descriptorStruct,
    layers: { list: descriptorStruct },
    subject: descriptorStruct,
    annotations: { map: 'string' },
  },
};

function parseOci(bytes: Uint8Array): CrioManifest {
  const document = decode(bytes, ociStruct, mediaTypes.ociManifest);
  checkFields(bytes, mediaTypes.ociManifest);
  return {
    config: descriptorOf(document.config),
    layers: descriptorsOf(document.layers),
    artifactType: (document.artifactType as string | undefined) ?? '',
    isOci: true,
  };
}

const dockerDescriptorStruct: GoStruct = {
  struct: 'Schema2Descriptor',
  typeName: 'manifest.Schema2Descriptor',
  fields: { mediaType: 'string', size: 'int64', digest: 'digest', urls: { list: 'string' } },
};

const dockerStruct: GoStruct = {
  struct: 'Schema2',
  typeName: 'manifest.Schema2',
  fields: { ...versionFields, config: dockerDescriptorStruct, layers: { list: dockerDescriptorStruct } },
};

function parseDocker(bytes: Uint8Array): CrioManifest {
  const document = decode(bytes, dockerStruct, mediaTypes.dockerManifest);
  checkFields(bytes, mediaTypes.dockerManifest);
  const layers = descriptorsOf(document.layers);
  const own = (document.mediaType as string | undefined) ?? '';
  const foreign = [own, ...layers.map(({ mediaType }) => mediaType)].find((type) => !isDockerType(type));
  if (foreign !== undefined) {
    throw unsupported(`unsupported docker v2s2 media type: ${goQuote(foreign)}`, foreign);
  }
  return { config: descriptorOf(document.config), layers, artifactType: '', isOci: false };
}

const dockerTypes: readonly string[] = [
  mediaTypes.dockerManifestList,
  mediaTypes.dockerSchema1,
  mediaTypes.dockerSchema1Signed,
  mediaTypes.dockerManifest,
  mediaTypes.dockerConfig,
  mediaTypes.dockerForeignLayer,
  mediaTypes.dockerLayer,
  'application/vnd.docker.image.rootfs.foreign.diff.tar',
  'application/vnd.docker.image.rootfs.diff.tar',
  'application/vnd.docker.image.rootfs.diff.tar.zstd',
];

const isDockerType = (mediaType: string) => dockerTypes.includes(mediaType);

/** The members that tell one kind of manifest from another (CVE-2021-41190), in the order in which texts name them. */
const tellingFields = ['config', 'fsLayers', 'history', 'layers', 'manifests'] as const;

const ownFields: Readonly<Record<string, readonly string[]>> = {
  [mediaTypes.ociManifest]: ['config', 'layers'],
  [mediaTypes.dockerManifest]: ['config', 'layers'],
  [mediaTypes.ociIndex]: ['manifests'],
  [mediaTypes.dockerManifestList]: ['manifests'],
  [mediaTypes.dockerSchema1]: ['fsLayers', 'history'],
  [mediaTypes.dockerSchema1Signed]: ['fsLayers', 'history'],
};

function checkFields(bytes: Uint8Array, mediaType: string): void {
  const struct = {
    struct: '',
    fields: Object.fromEntries(tellingFields.map((name) => [name, 'any' as const])),
  };
  const document = decode(bytes, struct, mediaType);
  const unexpected = tellingFields.filter(
    (name) => document[name] !== undefined && !ownFields[mediaType]?.includes(name),
  );
  if (unexpected.length === 0) return;
  // A schema 1 manifest without signature is called by the signed type too.
  const supposed = isSchema1Type(mediaType) ? mediaTypes.dockerSchema1Signed : mediaType;
  throw unsupported(
    `rejecting ambiguous manifest, unexpected fields []string{${unexpected.map((name) => `"${name}"`).join(', ')}} in supposedly ${supposed}`,
    mediaType,
  );
}

function decode(
  bytes: Uint8Array,
  struct: GoStruct,
  mediaType: string,
  describe = (text: string) => text,
): GoRecord {
  try {
    return decodeGoStruct(bytes, struct);
  } catch (error) {
    if (!(error instanceof GoJsonError)) throw error;
    throw unsupported(describe(error.message), mediaType);
  }
}

const unsupported = (text: string, mediaType: string) =>
  new PullError(text, { kind: 'unsupported-manifest', mediaType });
