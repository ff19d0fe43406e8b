import { type Digest, isDigest } from '../../image/digest.js';
import { isTag } from '../../image/reference-grammar.js';
import { RefusedRequest } from '../refused-request.js';

/** A manifest's reference: what holds a colon is a digest or nothing, never a tag (registry.md §1). */
export type ManifestReference =
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'digest'; readonly digest: Digest };

/** @throws RefusedRequest DIGEST_INVALID, or TAG_INVALID */
export function parseManifestReference(reference: string): ManifestReference {
  if (reference.includes(':')) return { kind: 'digest', digest: requireDigest(reference) };
  if (isTag(reference)) return { kind: 'tag', tag: reference };
  throw new RefusedRequest('TAG_INVALID', { message: 'invalid tag', detail: { Tag: reference } });
}

/**
 * A digest from a path or a parameter.
 *
 * @throws RefusedRequest DIGEST_INVALID for everything but lower-case sha256 and sha512 of exact length (S31)
 */
export function requireDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new RefusedRequest('DIGEST_INVALID', { detail: 'digest parsing failed' });
}
