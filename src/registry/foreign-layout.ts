import { type Digest, isDigest } from '../image/digest.js';
import { readManifest } from '../image/manifest.js';
import { isIndexType, mediaTypes } from '../image/media-types.js';
import type { LayoutManifest } from './layout-index.js';

/**
 * The manifests that a layout's indexes name and its `index.json` does not: `skopeo copy --all` lists an index alone.
 * Children of children count too; those whose content is missing do not.
 */
export async function readForeignChildren(
  listed: ReadonlyMap<Digest, LayoutManifest>,
  read: (digest: Digest) => Promise<Uint8Array | undefined>,
): Promise<ReadonlyMap<Digest, LayoutManifest>> {
  const children = new Map<Digest, LayoutManifest>();
  const pending = [...listed].filter(([, { mediaType }]) => isIndexType(mediaType)).map(([digest]) => digest);
  for (let digest = pending.pop(); digest !== undefined; digest = pending.pop()) {
    const bytes = await read(digest);
    for (const child of bytes === undefined ? [] : childrenOf(bytes)) {
      if (!isDigest(child.digest) || listed.has(child.digest) || children.has(child.digest)) continue;
      if ((await read(child.digest)) === undefined) continue;
      children.set(child.digest, { mediaType: child.mediaType, size: child.size, alsoBlob: false, more: {} });
      if (isIndexType(child.mediaType)) pending.push(child.digest);
    }
  }
  return children;
}

/** The media type of a manifest that was listed without: its own, or OCI's. */
export function storedMediaType(bytes: Uint8Array): string {
  try {
    return readManifest(new TextDecoder().decode(bytes)).mediaType;
  } catch {
    return mediaTypes.ociManifest;
  }
}

function childrenOf(bytes: Uint8Array) {
  try {
    const manifest = readManifest(new TextDecoder().decode(bytes));
    return manifest.kind === 'index' ? manifest.manifests : [];
  } catch {
    return [];
  }
}
