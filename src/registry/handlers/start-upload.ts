import { type DigestAlgorithm, registryAlgorithms } from '../../image/digest.js';
import type { Reply } from '../../wire/reply.js';
import { identityName } from '../caller.js';
import { RefusedRequest } from '../refused-request.js';
import { chain, type Handler, type RegistryCall, readQuery } from '../registry-call.js';
import { requireDigest } from './reference.js';
import { blobCreated, uploadAccepted } from './upload-replies.js';

/**
 * `POST /v2/<name>/blobs/uploads/` (end-4, end-11): opens a session, or takes the whole blob with `?digest=`, or mounts
 * one with `?mount=&from=`. A request with both `mount` and `digest` is a mount.
 */
export const startUpload: Handler = (call) => {
  const query = readQuery(call);
  const mount = query.get('mount');
  if (mount !== null) return mountBlob(call, mount, query.get('from'));
  const digests = query.getAll('digest');
  return digests.length > 0 ? pushAtOnce(call, digests) : openSession(call, query.get('digest-algorithm'));
};

function openSession(call: RegistryCall, algorithm: string | null): ReturnType<Handler> {
  const { host, repository, caller, now } = call;
  const wanted = host.extras.digestAlgorithm ? readAlgorithm(algorithm) : undefined;
  const key = { repository, owner: identityName(caller.identity) };
  const opened = host.uploads.open(key, { now, ...(wanted !== undefined && { algorithm: wanted }) });
  return chain(opened, (session) => uploadAccepted(call, session, 'opened'));
}

function readAlgorithm(text: string | null): DigestAlgorithm | undefined {
  if (text === null) return undefined;
  const known = registryAlgorithms.find((algorithm) => algorithm === text);
  if (known === undefined)
    throw new RefusedRequest('DIGEST_INVALID', { detail: 'unsupported digest algorithm' });
  return known;
}

async function pushAtOnce(call: RegistryCall, digests: readonly string[]): Promise<Reply> {
  const digest = requireOneDigest(digests);
  const { host, repository, caller, now, body } = call;
  const session = await host.uploads.open({ repository, owner: identityName(caller.identity) }, { now });
  try {
    await host.uploads.finish(session, { contentRange: undefined, body }, digest, now);
  } catch (error) {
    await host.uploads.cancel(session, now).catch(() => undefined);
    throw error;
  }
  return blobCreated(call, digest);
}

/**
 * Without the right to pull from the source, without a source, and where the source has no such blob, the answer is the
 * same: a session to push to (S12). So nothing is learnt of other repositories, and no client breaks.
 */
function mountBlob(call: RegistryCall, mount: string, source: string | null): ReturnType<Handler> {
  const digest = requireDigest(mount);
  if (source === null || !call.caller.may(source, 'pull').allow) return openSession(call, null);
  return chain(call.host.store.mountBlob(call.repository, source, digest), (mounted) =>
    mounted ? blobCreated(call, digest) : openSession(call, null),
  );
}

/**
 * The digest that a push must name exactly once: of two, one would be checked and the other believed.
 *
 * @throws RefusedRequest DIGEST_INVALID
 */
export function requireOneDigest(digests: readonly string[]) {
  const [digest] = digests;
  if (digest === undefined) throw new RefusedRequest('DIGEST_INVALID', { detail: 'digest missing' });
  if (digests.length > 1)
    throw new RefusedRequest('DIGEST_INVALID', { detail: 'digest given more than once' });
  return requireDigest(digest);
}
