import { isDigest } from '../../image/digest.js';
import type { Reply } from '../../wire/reply.js';
import type { StoredManifest } from '../content-store.js';
import { RefusedRequest } from '../refused-request.js';
import { chain, type Handler, type RegistryCall } from '../registry-call.js';
import { commonHeaders, emptyReply } from '../replies.js';
import { hasContent } from './if-none-match.js';
import { requireDigest } from './reference.js';

/**
 * `GET /v2/<name>/manifests/<reference>` (end-3): the bytes that were pushed, with the type and the digest that they were
 * pushed with. `Accept` has no say: a client that cannot read the type will tell (registry.md §5.3).
 */
export const getManifest: Handler = (call) => {
  if (call.reference.includes(':')) requireDigest(call.reference);
  return chain(call.host.store.findManifest(call.repository, call.reference), (found) => answer(call, found));
};

/** One Reply per manifest: the registry's hottest path makes no headers. */
const replies = new WeakMap<StoredManifest, Reply>();

function answer(call: RegistryCall, manifest: StoredManifest | undefined): Reply {
  if (manifest === undefined) throw new RefusedRequest('MANIFEST_UNKNOWN', { detail: unknown(call) });
  if (hasContent(call.headers['if-none-match'], manifest.digest)) {
    return emptyReply(304, { ETag: `"${manifest.digest}"`, 'Docker-Content-Digest': manifest.digest });
  }
  const known = replies.get(manifest);
  if (known !== undefined) return known;
  const reply = replyOf(manifest);
  replies.set(manifest, reply);
  return reply;
}

const replyOf = ({ digest, mediaType, bytes }: StoredManifest): Reply => ({
  status: 200,
  headers: {
    ...commonHeaders,
    'Content-Type': mediaType,
    'Content-Length': bytes.length,
    'Docker-Content-Digest': digest,
    ETag: `"${digest}"`,
  },
  body: bytes,
});

/** As distribution 2.8 and Docker Hub print it. */
const unknown = ({ repository, reference }: RegistryCall) =>
  isDigest(reference) ? { Name: repository, Revision: reference } : { Tag: reference };
