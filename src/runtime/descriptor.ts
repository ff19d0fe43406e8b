import { mediaTypes } from '../image/media-types.js';
import type { Platform } from '../image/platform.js';

/** A pointer to content as containerd keeps it; absent members are empty or 0, as in Go. */
export interface ContentDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly urls?: readonly string[];
  readonly platform?: Platform;
  /** Content embedded in the descriptor, base64. */
  readonly data?: string;
}

const dockerLayerBases: readonly string[] = [
  'application/vnd.docker.image.rootfs.diff.tar',
  mediaTypes.dockerLayer,
  'application/vnd.docker.image.rootfs.diff.tar.zstd',
  'application/vnd.docker.image.rootfs.foreign.diff.tar',
  mediaTypes.dockerForeignLayer,
  'application/vnd.erofs.layer.v1',
];

/** Layers that containerd unpacks; anything else in `layers` is only downloaded. */
export const isLayerType = (mediaType: string): boolean =>
  mediaType.startsWith('application/vnd.oci.image.layer.') ||
  dockerLayerBases.includes(mediaType.split('+', 1)[0] ?? '');

export const isImageConfigType = (mediaType: string): boolean =>
  mediaType === mediaTypes.ociConfig || mediaType === mediaTypes.dockerConfig;
