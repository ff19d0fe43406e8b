import { isImageManifestType, isIndexType } from '../image/media-types.js';
import type { Platform } from '../image/platform.js';
import type { ContentDescriptor } from './descriptor.js';
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
  const document = readDocument(descriptor, bytes, 'children');
  return isManifest
    ? [descriptorOf(document.config), ...listOf(document.layers)]
    : listOf(document.manifests);
}

/** The layers' diff IDs and the platform of an image config. */
export interface ImageConfigFacts {
  readonly diffIds: readonly string[];
  /** Empty, or `layers` for images. */
  readonly rootfsType: string;
  readonly platform: Platform;
}

export function readImageConfig(bytes: Uint8Array): ImageConfigFacts {
  const document = parseDocument(bytes);
  const rootfs = (document.rootfs ?? {}) as Members;
  return {
    diffIds: Array.isArray(rootfs.diff_ids) ? rootfs.diff_ids.map(String) : [],
    rootfsType: textOf(rootfs.type),
    platform: platformOf(document),
  };
}

type Members = Readonly<Record<string, unknown>>;

/** @param reader what containerd was doing, printed before the problem */
export function readDocument(
  { digest, mediaType }: ContentDescriptor,
  bytes: Uint8Array,
  reader: 'children' | 'manifest',
): Members {
  try {
    const document = parseDocument(bytes);
    const problem = kindProblem(document, mediaType);
    if (problem === undefined) return document;
    throw new PullError(`media-type: ${problem}`, { kind: 'unsupported-manifest', mediaType });
  } catch (error) {
    if (!(error instanceof PullError)) throw error;
    throw new PullError(`${reader}: invalid desc ${digest}: ${error.message}`, error.failure, error.code);
  }
}

function kindProblem(document: Members, mediaType: string): string | undefined {
  const has = (name: string) => document[name] !== undefined;
  const own = textOf(document.mediaType);
  if (has('fsLayers')) return 'schema 1 not supported';
  if (isImageManifestType(mediaType) && (has('manifests') || isIndexType(own))) {
    return `expected manifest but found index (${mediaType})`;
  }
  if (isIndexType(mediaType) && (has('config') || has('layers') || isImageManifestType(own))) {
    return `expected index but found manifest (${mediaType})`;
  }
  return undefined;
}

function parseDocument(bytes: Uint8Array): Members {
  const text = new TextDecoder().decode(bytes);
  try {
    return (JSON.parse(text) ?? {}) as Members;
  } catch {
    throw new PullError('unexpected end of JSON input', { kind: 'unsupported-manifest', mediaType: '' });
  }
}

const listOf = (value: unknown): ContentDescriptor[] => (Array.isArray(value) ? value.map(descriptorOf) : []);

function descriptorOf(value: unknown): ContentDescriptor {
  const { mediaType, digest, size, urls, platform, data } = (value ?? {}) as Members;
  return {
    mediaType: textOf(mediaType),
    digest: textOf(digest),
    size: typeof size === 'number' ? size : 0,
    ...(Array.isArray(urls) ? { urls: urls.map(String) } : {}),
    ...(typeof platform === 'object' && platform !== null
      ? { platform: platformOf(platform as Members) }
      : {}),
    ...(typeof data === 'string' ? { data } : {}),
  };
}

function platformOf({ os, architecture, variant }: Members): Platform {
  const platform = { os: textOf(os), architecture: textOf(architecture) };
  return textOf(variant) === '' ? platform : { ...platform, variant: textOf(variant) };
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');
