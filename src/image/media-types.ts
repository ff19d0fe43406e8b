/** Media types that registries and runtimes know, by what they are (registry.md §5.1). */
export const mediaTypes = {
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerForeignLayer: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  dockerPluginConfig: 'application/vnd.docker.plugin.v1+json',
  dockerSchema1: 'application/vnd.docker.distribution.manifest.v1+json',
  dockerSchema1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  /** Withdrawn before OCI 1.1. */
  ociArtifactManifest: 'application/vnd.oci.artifact.manifest.v1+json',
  blob: 'application/octet-stream',
} as const satisfies Record<string, string>;

const imageManifestTypes: readonly string[] = [mediaTypes.ociManifest, mediaTypes.dockerManifest];
const indexTypes: readonly string[] = [mediaTypes.ociIndex, mediaTypes.dockerManifestList];
const schema1Types: readonly string[] = [mediaTypes.dockerSchema1, mediaTypes.dockerSchema1Signed];

/** A manifest of one platform, of OCI or Docker. */
export const isImageManifestType = (mediaType: string): boolean => imageManifestTypes.includes(mediaType);

/** An OCI index or a Docker manifest list. */
export const isIndexType = (mediaType: string): boolean => indexTypes.includes(mediaType);

/** Docker schema 1, which nothing pulls any more. */
export const isSchema1Type = (mediaType: string): boolean => schema1Types.includes(mediaType);

/** Layers that may be missing from a registry: pushing their bytes elsewhere was once forbidden. */
export function isNonDistributableLayer(mediaType: string): boolean {
  return (
    mediaType === mediaTypes.dockerForeignLayer ||
    mediaType.startsWith('application/vnd.oci.image.layer.nondistributable.')
  );
}

/** A `Content-Type` without its parameters: `application/json; charset=utf-8` → `application/json`. */
export function withoutParameters(contentType: string): string {
  const [mediaType = ''] = contentType.split(';', 1);
  return mediaType.trim();
}
