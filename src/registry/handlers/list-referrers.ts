import { mediaTypes } from '../../image/media-types.js';
import type { ReferrerDescriptor } from '../content-store.js';
import { cutPage } from '../page.js';
import { RefusedRequest } from '../refused-request.js';
import { chain, type Handler, readQuery } from '../registry-call.js';
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
  return chain(host.store.listReferrers(repository, subject), (all) => {
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

/** A raw `+` in a query reads as a blank, which no media type holds (registry.md §13.14). */
const artifactTypes = (query: URLSearchParams) =>
  query.getAll('artifactType').map((type) => type.replaceAll(' ', '+'));

const isOneOf = (filters: readonly string[], { artifactType }: ReferrerDescriptor) =>
  artifactType !== undefined && filters.includes(artifactType);
