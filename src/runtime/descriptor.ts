import { mediaTypes } from '../image/media-types.js';
import type { Platform } from '../image/platform.js';
import type { GoRecord, GoStruct } from './go-struct.js';

/** A pointer to content as containerd keeps it; absent members are empty or 0, as in Go. */
export interface ContentDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly urls?: readonly string[];
  readonly platform?: Platform;
  /** Content embedded in the descriptor, base64. */
  readonly data?: string;
  readonly annotations?: Readonly<Record<string, string>>;
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

export const platformFields = {
  architecture: 'string',
  os: 'string',
  'os.version': 'string',
  'os.features': { list: 'string' },
  variant: 'string',
} as const;

/** image-spec's Go type. */
export const descriptorStruct: GoStruct = {
  struct: 'Descriptor',
  typeName: 'v1.Descriptor',
  fields: {
    mediaType: 'string',
    digest: 'digest',
    size: 'int64',
    urls: { list: 'string' },
    annotations: { map: 'string' },
    data: 'string',
    platform: { struct: 'Platform', typeName: 'v1.Platform', fields: platformFields },
    artifactType: 'string',
  },
};

/** What was decoded as {@link descriptorStruct}. */
export function descriptorOf(value: unknown): ContentDescriptor {
  const { mediaType, digest, size, urls, platform, data, annotations } = (value ?? {}) as GoRecord;
  return {
    mediaType: textOf(mediaType),
    digest: textOf(digest),
    size: (size as number | undefined) ?? 0,
    ...(urls === undefined ? {} : { urls: urls as readonly string[] }),
    ...(platform === undefined ? {} : { platform: platformOf(platform as GoRecord) }),
    ...(data === undefined ? {} : { data: textOf(data) }),
    ...(annotations === undefined ? {} : { annotations: annotations as Readonly<Record<string, string>> }),
  };
}

export const descriptorsOf = (value: unknown): ContentDescriptor[] =>
  ((value ?? []) as unknown[]).map(descriptorOf);

export function platformOf({ os, architecture, variant }: GoRecord): Platform {
  const platform = { os: textOf(os), architecture: textOf(architecture) };
  return textOf(variant) === '' ? platform : { ...platform, variant: textOf(variant) };
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');
