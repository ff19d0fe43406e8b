import { type ContentDescriptor, isLayerType } from './descriptor.js';
import type { Download } from './download.js';
import { readImageConfig } from './image-document.js';
import type { DownloadOptions } from './image-download.js';
import { chooseManifest } from './image-manifest.js';
import { PullError, wrapError } from './pull-error.js';

/**
 * What a local pull does when nothing was unpacked on the way: it tries once more with the whole image, and fails for
 * artifacts whose config promises layers that are none (runtime.md §8.1).
 *
 * @throws {@link PullError}
 */
export function unpackWithoutImages(
  root: ContentDescriptor,
  download: Download,
  { platform, profile }: DownloadOptions,
): void {
  try {
    const { config, layers } = chooseManifest(root, download.content, platform);
    const { diffIds } = readImageConfig(download.content(config.digest)?.bytes ?? new Uint8Array());
    const unpacked = profile.unpacksUnknownLayers
      ? layers
      : layers.filter(({ mediaType }) => isLayerType(mediaType));
    if (diffIds.length !== unpacked.length) {
      throw unsupported('mismatched image rootfs and manifest layers', config.mediaType);
    }
    const unknown = unpacked.findIndex(({ mediaType }) => !isLayerType(mediaType));
    if (unknown >= 0) throw noProcessor(unpacked[unknown]?.mediaType ?? '', diffIds[unknown] ?? '');
  } catch (error) {
    throw wrapError('failed to unpack image on snapshotter overlayfs: ', error);
  }
}

const unsupported = (text: string, mediaType: string) =>
  new PullError(text, { kind: 'unsupported-manifest', mediaType });

const noProcessor = (mediaType: string, diffId: string) =>
  unsupported(
    `failed to extract layer ${diffId}: failed to get stream processor for ${mediaType}: no processor for media-type: unknown`,
    mediaType,
  );
