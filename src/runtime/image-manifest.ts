import { isImageManifestType, isIndexType } from '../image/media-types.js';
import type { Platform } from '../image/platform.js';
import type { ContentDescriptor } from './descriptor.js';
import { checkKind, childrenOf, readImageConfig } from './image-document.js';
import { noPlatform } from './image-download.js';
import type { StoredContent } from './image-store.js';
import { byPreference, type PlatformChoice, preferredPlatforms } from './platform-choice.js';
import { PullError } from './pull-error.js';

/** The manifest that a node of one platform runs, with everything that counts for the image's size. */
export interface ChosenManifest {
  readonly config: ContentDescriptor;
  readonly layers: readonly ContentDescriptor[];
  /** Index, manifest, config and layers together. */
  readonly sizeBytes: number;
}

type ContentOf = (digest: string) => StoredContent | undefined;

/**
 * Chooses the manifest of an image in the content store (containerd's `images.Manifest`). A single manifest is never
 * compared with the node's platform.
 *
 * @throws {@link PullError} NotFound for content that is no image, or of no platform that fits
 */
export function chooseManifest(
  root: ContentDescriptor,
  contentOf: ContentOf,
  platform: Platform,
): ChosenManifest {
  const choice = preferredPlatforms(platform);
  const chosen = manifestBelow(root, root, contentOf, choice);
  if (chosen !== undefined) return chosen;
  const offered = childrenOf(root, bytesOf(root, contentOf));
  throw noPlatform(`manifest ${root.digest}`, offered, platform);
}

function manifestBelow(
  descriptor: ContentDescriptor,
  root: ContentDescriptor,
  contentOf: ContentOf,
  choice: PlatformChoice,
): ChosenManifest | undefined {
  const { mediaType, digest } = descriptor;
  if (!isImageManifestType(mediaType) && !isIndexType(mediaType)) {
    throw new PullError(
      `unexpected media type ${mediaType} for ${digest}: not found`,
      { kind: 'unsupported-manifest', mediaType },
      'NotFound',
    );
  }
  const bytes = bytesOf(descriptor, contentOf);
  checkKind(descriptor, bytes, 'manifest');
  return isIndexType(mediaType)
    ? bestOfIndex(descriptor, bytes, root, contentOf, choice)
    : readManifest(descriptor, bytes, root, contentOf, choice);
}

function bestOfIndex(
  index: ContentDescriptor,
  bytes: Uint8Array,
  root: ContentDescriptor,
  contentOf: ContentOf,
  choice: PlatformChoice,
): ChosenManifest | undefined {
  const fitting = childrenOf(index, bytes).filter(
    ({ platform }) => platform === undefined || choice.matches(platform),
  );
  const [best] = byPreference(fitting, choice);
  const chosen = best === undefined ? undefined : manifestBelow(best, root, contentOf, choice);
  return chosen === undefined ? undefined : { ...chosen, sizeBytes: chosen.sizeBytes + index.size };
}

function readManifest(
  descriptor: ContentDescriptor,
  bytes: Uint8Array,
  root: ContentDescriptor,
  contentOf: ContentOf,
  choice: PlatformChoice,
): ChosenManifest | undefined {
  const [config, ...layers] = childrenOf(descriptor, bytes);
  if (config === undefined) return undefined;
  if (descriptor.digest !== root.digest && !fits(descriptor, config, contentOf, choice)) return undefined;
  const sizes = [descriptor, config, ...layers].map(({ size }) => size);
  return { config, layers, sizeBytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** A manifest of an index that names no platform is judged by its config. */
function fits(
  { platform }: ContentDescriptor,
  config: ContentDescriptor,
  contentOf: ContentOf,
  choice: PlatformChoice,
): boolean {
  return choice.matches(platform ?? readImageConfig(bytesOf(config, contentOf)).platform);
}

function bytesOf({ digest }: ContentDescriptor, contentOf: ContentOf): Uint8Array {
  const bytes = contentOf(digest)?.bytes;
  if (bytes !== undefined) return bytes;
  throw new PullError(
    `content digest ${digest}: not found`,
    { kind: 'content-not-found', digest },
    'NotFound',
  );
}
