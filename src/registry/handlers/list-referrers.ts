import type { Digest } from '../../image/digest.js';
import { mediaTypes } from '../../image/media-types.js';
import type { Awaitable, ReferrerDescriptor } from '../content-store.js';
import { fallbackReferrers, fallbackTag } from '../fallback-tag.js';
import { cutPage } from '../page.js';
import { RefusedRequest } from '../refused-request.js';
import { chain, type Handler, type RegistryCall, readQuery } from '../registry-call.js';
import { jsonReply } from '../replies.js';
import { requireDigest } from './reference.js';

/**
 * `GET /v2/<name>/referrers/<digest>` (end-12): always 200 for whoever may pull, with an empty list where there is
 * nothing, since 404 would send clients to the fallback tag (registry.md §5.6).
 */
export const listReferrers: Handler = (call) => {
  const subject = requireDigest(call.reference);
  const { host, repository } = call;
  if (host.referrers === false) {
    throw new RefusedRequest('UNSUPPORTED', { status: 404, message: 'this registry has no referrers API' });
  }
  return chain(allReferrers(call, subject), (all) => {
    const filters = artifactTypes(readQuery(call));
    const wanted = filters.length === 0 ? all : all.filter((entry) => isOneOf(filters, entry));
    const page = cutPage(call, wanted, {
      path: `/v2/${repository}/referrers/${subject}`,
      keyOf: (entry) => entry.digest,
      parameters: filters.map((filter) => ['artifactType', filter]),
    });
    const applied = filters.length === 0 ? {} : { 'OCI-Filters-Applied': 'artifactType' };
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: page.items };
    return jsonReply(index, { 'Content-Type': mediaTypes.ociIndex, ...applied, ...page.headers });
  });
};

/**
 * What this registry knows itself, and what clients of older registries kept in the fallback tag, which a registry that
 * turns the API on must go on listing.
 */
function allReferrers(
  { host, repository }: RegistryCall,
  subject: Digest,
): Awaitable<readonly ReferrerDescriptor[]> {
  return chain(host.store.listReferrers(repository, subject), (own) =>
    chain(host.store.findManifest(repository, fallbackTag(subject)), (fallback) => {
      const known = new Set<string>(own.map(({ digest }) => digest));
      const others =
        fallback === undefined ? [] : fallbackReferrers(fallback).filter(({ digest }) => !known.has(digest));
      return others.length === 0 ? own : [...own, ...others].sort((a, b) => (a.digest < b.digest ? -1 : 1));
    }),
  );
}

/** A raw `+` in a query reads as a blank, which no media type holds (registry.md §13.14). */
const artifactTypes = (query: URLSearchParams) =>
  query
    .getAll('artifactType')
    .filter((type) => type !== '')
    .map((type) => type.replaceAll(' ', '+'));

const isOneOf = (filters: readonly string[], { artifactType }: ReferrerDescriptor) =>
  artifactType !== undefined && filters.includes(artifactType);
