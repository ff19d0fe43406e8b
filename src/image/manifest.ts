import { isImageManifestType, isIndexType } from './media-types.js';
import type { Platform } from './platform.js';

/** A pointer to content. `digest` is as written: check it before you use it as a name. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  /** Where foreign layers are. */
  readonly urls?: readonly string[];
  /** In an index only. */
  readonly platform?: Platform;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The manifest of one platform, or of an artifact. */
export interface ImageManifest {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A list of manifests, one per platform. */
export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type Manifest = ImageManifest | ImageIndex;

/** A document that is no manifest of its media type; the message is a sentence for the error's `detail`. */
export class InvalidManifest extends Error {
  override readonly name = 'InvalidManifest';
}

/**
 * Reads a manifest as a registry must before it stores one (registry.md §5.2): schema version 2, a media type that does
 * not contradict the header, and never image and index in one (CVE-2021-41190). The caller keeps the bytes; a manifest
 * that is printed again is another manifest.
 *
 * @param text the document
 * @param contentType media type of the header, without parameters; absent: the document's own counts
 * @throws {@link InvalidManifest}
 */
export function readManifest(text: string, contentType?: string): Manifest {
  const document = objectOf(parseJson(text), 'the manifest');
  const mediaType = agreedMediaType(document, contentType);
  if (document.schemaVersion !== 2) throw new InvalidManifest('schemaVersion is not 2');
  const isIndex = isIndexType(mediaType);
  refuseMembers(document, isIndex ? ['config', 'layers', 'fsLayers'] : ['manifests', 'fsLayers'], mediaType);
  return isIndex ? readIndex(document, mediaType) : readImage(document, mediaType);
}

/** Everything that a manifest points to and needs: config and layers, or manifests. The subject may be missing. */
export function referencedContent(manifest: Manifest): readonly Descriptor[] {
  return manifest.kind === 'index' ? manifest.manifests : [manifest.config, ...manifest.layers];
}

type Members = Readonly<Record<string, unknown>>;

function readImage(document: Members, mediaType: string): ImageManifest {
  const config = descriptorOf(document.config, 'config');
  const layers = arrayOf(document.layers, 'layers').map((layer, at) => descriptorOf(layer, `layers[${at}]`));
  return { kind: 'image', mediaType, config, layers, ...sharedMembers(document) };
}

function readIndex(document: Members, mediaType: string): ImageIndex {
  const listed = arrayOf(document.manifests, 'manifests');
  const manifests = listed.map((manifest, at) => descriptorOf(manifest, `manifests[${at}]`));
  return { kind: 'index', mediaType, manifests, ...sharedMembers(document) };
}

function sharedMembers(document: Members) {
  const { artifactType, annotations, subject } = document;
  return {
    ...(subject === undefined || subject === null ? {} : { subject: descriptorOf(subject, 'subject') }),
    ...(typeof artifactType === 'string' && artifactType !== '' ? { artifactType } : {}),
    ...(annotations === undefined ? {} : { annotations: textsOf(annotations, 'annotations') }),
  };
}

function agreedMediaType(document: Members, contentType: string | undefined): string {
  const own =
    typeof document.mediaType === 'string' && document.mediaType !== '' ? document.mediaType : undefined;
  if (document.mediaType !== undefined && typeof document.mediaType !== 'string') {
    throw new InvalidManifest('mediaType is not a string');
  }
  const mediaType = contentType ?? own ?? '';
  if (own !== undefined && own !== mediaType) {
    throw new InvalidManifest(`mediaType is ${own}, but the Content-Type says ${mediaType}`);
  }
  if (!isImageManifestType(mediaType) && !isIndexType(mediaType)) {
    throw new InvalidManifest(
      `media type ${JSON.stringify(mediaType)} is no manifest that this registry takes`,
    );
  }
  return mediaType;
}

function refuseMembers(document: Members, names: readonly string[], mediaType: string): void {
  const present = names.find((name) => document[name] !== undefined);
  if (present !== undefined) throw new InvalidManifest(`a ${mediaType} must not have ${present}`);
}

/** Docker's own descriptors in old manifests may lack a media type; an empty one is kept so. */
function descriptorOf(value: unknown, where: string): Descriptor {
  const { mediaType, digest, size, urls, platform, artifactType, annotations } = objectOf(value, where);
  if (typeof digest !== 'string') throw new InvalidManifest(`${where}.digest is not a string`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw new InvalidManifest(`${where}.size is not a whole number of bytes`);
  }
  if (mediaType !== undefined && typeof mediaType !== 'string') {
    throw new InvalidManifest(`${where}.mediaType is not a string`);
  }
  return {
    mediaType: mediaType ?? '',
    digest,
    size,
    ...(urls === undefined ? {} : { urls: arrayOf(urls, `${where}.urls`).filter(isText) }),
    ...(platform === undefined || platform === null ? {} : { platform: platformOf(platform, where) }),
    ...(typeof artifactType === 'string' ? { artifactType } : {}),
    ...(annotations === undefined ? {} : { annotations: textsOf(annotations, `${where}.annotations`) }),
  };
}

function platformOf(value: unknown, where: string): Platform {
  const { os, architecture, variant } = objectOf(value, `${where}.platform`);
  const platform = { os: isText(os) ? os : '', architecture: isText(architecture) ? architecture : '' };
  return isText(variant) && variant !== '' ? { ...platform, variant } : platform;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidManifest('the manifest is not JSON');
  }
}

function objectOf(value: unknown, where: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidManifest(`${where} is not an object`);
  }
  return value as Members;
}

function arrayOf(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new InvalidManifest(`${where} is not a list`);
  return value;
}

function textsOf(value: unknown, where: string): Readonly<Record<string, string>> {
  if (value === null) return {};
  const entries = Object.entries(objectOf(value, where));
  if (!entries.every(([, text]) => isText(text)))
    throw new InvalidManifest(`${where} holds something else than text`);
  return Object.fromEntries(entries) as Record<string, string>;
}

const isText = (value: unknown): value is string => typeof value === 'string';
