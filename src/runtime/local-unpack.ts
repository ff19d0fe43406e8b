import type { Platform } from '../image/platform.js';
import { type ContentDescriptor, isLayerType } from './descriptor.js';
import type { Download } from './download.js';
import { readImageConfig } from './image-document.js';
import { chooseManifest } from './image-manifest.js';
import { PullError, wrapError } from './pull-error.js';

/**
 * What a local pull does when nothing was unpacked on the way: it tries once more with the whole image, and fails for
 * artifacts whose config promises layers that are none (runtime.md §8.1).
 *
 * @throws {@link PullError}
 */
export function unpackWithoutImages(root: ContentDescriptor, download: Download, platform: Platform): void {
  try {
    const { config, layers } = chooseManifest(root, download.content, platform);
    const { diffIds } = readImageConfig(download.content(config.digest)?.bytes ?? new Uint8Array());
    if (diffIds.length === layers.filter(({ mediaType }) => isLayerType(mediaType)).length) return;
    throw new PullError('mismatched image rootfs and manifest layers', {
      kind: 'unsupported-manifest',
      mediaType: config.mediaType,
    });
  } catch (error) {
    throw wrapError('failed to unpack image on snapshotter overlayfs: ', error);
  }
}
