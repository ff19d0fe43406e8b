import { type Digest, isDigest } from '../image/digest.js';
import { type Manifest, readManifest } from '../image/manifest.js';
import type { ReferrerDescriptor, StoredManifest } from './content-store.js';

/** What a stored manifest says about another one. */
export interface Referrer {
  readonly subject: Digest;
  readonly descriptor: ReferrerDescriptor;
}

/** The entry that a manifest makes in its subject's referrers list; `undefined` when it has no subject. */
export function referrerOf({ digest, mediaType, bytes }: StoredManifest): Referrer | undefined {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Most manifests have none, and reading ten thousand of them to learn that takes its time.
  if (!content.includes('"subject"')) return undefined;
  const manifest = readManifest(content.toString(), mediaType);
  if (manifest.subject === undefined || !isDigest(manifest.subject.digest)) return undefined;
  const artifactType = artifactTypeOf(manifest);
  const { annotations } = manifest;
  return {
    subject: manifest.subject.digest,
    descriptor: {
      mediaType,
      digest,
      size: bytes.length,
      ...(artifactType !== undefined && { artifactType }),
      ...(annotations !== undefined && { annotations }),
    },
  };
}

/** An image without its own is known by its config's type, an index by nothing (registry.md §5.6). */
function artifactTypeOf(manifest: Manifest): string | undefined {
  return manifest.artifactType ?? (manifest.kind === 'image' ? manifest.config.mediaType : undefined);
}
