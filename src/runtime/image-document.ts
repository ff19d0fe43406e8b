import { isImageManifestType, isIndexType } from '../image/media-types.js';
import type { Platform } from '../image/platform.js';
import {
  type ContentDescriptor,
  descriptorOf,
  descriptorStruct,
  descriptorsOf,
  platformFields,
  platformOf,
} from './descriptor.js';
import { decodeGoStruct, GoJsonError, type GoRecord, type GoStruct } from './go-struct.js';
import { PullError } from './pull-error.js';

/**
 * The children of a manifest or index: config and layers, or manifests (containerd's `images.Children`, runtime.md
 * §8.1). The media type of the descriptor decides how the document is read, never the document's own.
 *
 * @throws {@link PullError} for a document of another kind
 */
export function childrenOf(descriptor: ContentDescriptor, bytes: Uint8Array): readonly ContentDescriptor[] {
  const { mediaType } = descriptor;
  const isManifest = isImageManifestType(mediaType);
  if (!isManifest && !isIndexType(mediaType)) return [];
  checkKind(descriptor, bytes, 'children');
  const document = decode(bytes, isManifest ? manifestStruct : indexStruct, mediaType);
  return isManifest
    ? [descriptorOf(document.config), ...descriptorsOf(document.layers)]
    : descriptorsOf(document.manifests);
}

/** The layers' diff IDs and the platform of an image config. */
export interface ImageConfigFacts {
  readonly diffIds: readonly string[];
  /** Empty, or `layers` for images. */
  readonly rootfsType: string;
  readonly platform: Platform;
}

/** @throws {@link PullError} with Go's JSON text */
export function readImageConfig(bytes: Uint8Array): ImageConfigFacts {
  const document = decode(bytes, configStruct, '');
  const { type, diff_ids: diffIds = [] } = (document.rootfs ?? {}) as GoRecord;
  return {
    diffIds: diffIds as readonly string[],
    rootfsType: textOf(type),
    platform: platformOf(document),
  };
}

/**
 * Refuses a document that is of another kind than its descriptor says: schema 1, an index for a manifest, a manifest for an
 * index (CVE-2021-41190).
 *
 * @param reader what containerd was doing, printed before the problem
 */
export function checkKind(
  { digest, mediaType }: ContentDescriptor,
  bytes: Uint8Array,
  reader: 'children' | 'manifest',
): void {
  const problem = problemOf(bytes, mediaType);
  if (problem === undefined) return;
  throw new PullError(`${reader}: invalid desc ${digest}: ${problem}`, {
    kind: 'unsupported-manifest',
    mediaType,
  });
}

function problemOf(bytes: Uint8Array, mediaType: string): string | undefined {
  try {
    return kindProblem(decodeOnce(bytes, unknownDocument), mediaType);
  } catch (error) {
    if (error instanceof GoJsonError) return error.message;
    throw error;
  }
}

function kindProblem(document: GoRecord, mediaType: string): string | undefined {
  const own = textOf(document.mediaType);
  if (document.fsLayers) return 'media-type: schema 1 not supported';
  if (isImageManifestType(mediaType) && (document.manifests || isIndexType(own))) {
    return `media-type: expected manifest but found index (${mediaType})`;
  }
  if (isIndexType(mediaType) && (document.config || document.layers || isImageManifestType(own))) {
    return `media-type: expected index but found manifest (${mediaType})`;
  }
  return undefined;
}

const sharedFields = {
  schemaVersion: 'int',
  mediaType: 'string',
  artifactType: 'string',
  subject: descriptorStruct,
  annotations: { map: 'string' },
} as const;

const manifestStruct: GoStruct = {
  struct: 'Manifest',
  typeName: 'v1.Manifest',
  fields: { ...sharedFields, config: descriptorStruct, layers: { list: descriptorStruct } },
};

const indexStruct: GoStruct = {
  struct: 'Index',
  typeName: 'v1.Index',
  fields: { ...sharedFields, manifests: { list: descriptorStruct } },
};

const configStruct: GoStruct = {
  struct: 'unpackConfig',
  typeName: 'unpack.unpackConfig',
  fields: {
    ...platformFields,
    rootfs: {
      struct: 'RootFS',
      typeName: 'v1.RootFS',
      fields: { type: 'string', diff_ids: { list: 'digest' } },
    },
  },
};

const unknownDocument: GoStruct = {
  struct: 'unknownDocument',
  typeName: 'images.unknownDocument',
  fields: {
    mediaType: 'string',
    config: 'present',
    layers: 'present',
    manifests: 'present',
    fsLayers: 'present',
  },
};

function decode(bytes: Uint8Array, type: GoStruct, mediaType: string): GoRecord {
  try {
    return decodeOnce(bytes, type);
  } catch (error) {
    if (!(error instanceof GoJsonError)) throw error;
    throw new PullError(error.message, { kind: 'unsupported-manifest', mediaType });
  }
}

/** Each step of a pull reads the same manifest, and pulls of the same content share its bytes (`seen-content.ts`). */
const decoded = new WeakMap<Uint8Array, Map<GoStruct, GoRecord>>();

function decodeOnce(bytes: Uint8Array, type: GoStruct): GoRecord {
  const byType = decoded.get(bytes) ?? new Map<GoStruct, GoRecord>();
  decoded.set(bytes, byType);
  const record = byType.get(type) ?? decodeGoStruct(bytes, type);
  byType.set(type, record);
  return record;
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');
