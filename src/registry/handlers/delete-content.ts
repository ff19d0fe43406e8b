import { isDigest } from '../../image/digest.js';
import { RefusedRequest } from '../refused-request.js';
import { chain, type Handler, type RegistryCall } from '../registry-call.js';
import { emptyReply } from '../replies.js';
import { parseManifestReference, requireDigest } from './reference.js';

/** `DELETE /v2/<name>/manifests/<reference>` (end-9): a tag alone, or a manifest with all its tags. */
export const deleteManifest: Handler = (call) => {
  refuseWhenDisabled(call);
  const { host, repository } = call;
  const reference = parseManifestReference(call.reference);
  const deleted =
    reference.kind === 'tag'
      ? host.store.deleteTag(repository, reference.tag)
      : host.store.deleteManifest(repository, reference.digest);
  return chain(deleted, (found) => {
    if (found) return emptyReply(202);
    const detail = isDigest(call.reference)
      ? { Name: repository, Revision: call.reference }
      : { Tag: call.reference };
    throw new RefusedRequest('MANIFEST_UNKNOWN', { detail });
  });
};

/** `DELETE /v2/<name>/blobs/<digest>` (end-10): gone from this repository, and from no other. */
export const deleteBlob: Handler = (call) => {
  refuseWhenDisabled(call);
  const digest = requireDigest(call.reference);
  return chain(call.host.store.deleteBlob(call.repository, digest), (found) => {
    if (found) return emptyReply(202);
    throw new RefusedRequest('BLOB_UNKNOWN', { detail: digest });
  });
};

/** One switch for tags, manifests and blobs: tags once slipped through a second one (CVE-2026-41888). */
function refuseWhenDisabled({ host }: RegistryCall): void {
  if (host.delete === false) throw new RefusedRequest('UNSUPPORTED');
}
