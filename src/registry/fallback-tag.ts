import { type Digest, digestAlgorithm, digestHex, isDigest } from '../image/digest.js';
import { type Descriptor, readManifest } from '../image/manifest.js';
import type { ReferrerDescriptor, StoredManifest } from './content-store.js';

/**
 * The tag under which clients keep a manifest's referrers where the registry cannot list them (OCI 1.1, referrers tag
 * schema): algorithm and digest, cut to 32 and 64 characters, with `-` for what a tag may not hold.
 */
export function fallbackTag(subject: Digest): string {
  const tag = `${digestAlgorithm(subject).slice(0, 32)}-${digestHex(subject).slice(0, 64)}`;
  return tag.replace(/[^a-zA-Z0-9._-]/g, '-');
}

/** The referrers that such a tag lists; none when it is something else. */
export function fallbackReferrers({ mediaType, bytes }: StoredManifest): readonly ReferrerDescriptor[] {
  const manifest = readManifest(new TextDecoder().decode(bytes), mediaType);
  return manifest.kind === 'index' ? manifest.manifests.flatMap(referrerOf) : [];
}

function referrerOf({
  mediaType,
  digest,
  size,
  artifactType,
  annotations,
}: Descriptor): ReferrerDescriptor[] {
  if (!isDigest(digest)) return [];
  return [
    {
      mediaType,
      digest,
      size,
      ...(artifactType !== undefined && { artifactType }),
      ...(annotations !== undefined && { annotations }),
    },
  ];
}
