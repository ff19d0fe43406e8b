import { identityName } from '../caller.js';
import { RefusedRequest } from '../refused-request.js';
import { type Handler, type RegistryCall, readQuery } from '../registry-call.js';
import { emptyReply } from '../replies.js';
import type { Chunk, UploadKey } from '../uploads.js';
import { requireOneDigest } from './start-upload.js';
import { blobCreated, uploadAccepted } from './upload-replies.js';

/** `GET <location>` (end-13): how much has arrived; a client continues from there after a broken connection. */
export const askUpload: Handler = (call) =>
  uploadAccepted(call, call.host.uploads.find(keyOf(call), call.now), 'asked');

/** `PATCH <location>` (end-5): one more chunk, or a stream to the end. */
export const continueUpload: Handler = async (call) => {
  const session = await call.host.uploads.append(keyOf(call), chunkOf(call), call.now);
  return uploadAccepted(call, session, 'continued');
};

/** `PUT <location>?digest=` (end-6): the last chunk, if any, and the digest of the whole. */
export const finishUpload: Handler = async (call) => {
  // An unknown session is unknown whatever digest it is asked for.
  call.host.uploads.find(keyOf(call), call.now);
  const digest = requireOneDigest(readQuery(call).getAll('digest'));
  await call.host.uploads.finish(keyOf(call), chunkOf(call), digest, call.now);
  return blobCreated(call, digest);
};

/** `DELETE <location>` (end-14): the client gives up. */
export const cancelUpload: Handler = async (call) => {
  if (!call.host.extras.uploadCancel) throw new RefusedRequest('UNSUPPORTED');
  await call.host.uploads.cancel(keyOf(call), call.now);
  return emptyReply(204);
};

const keyOf = ({ reference, repository, caller }: RegistryCall): UploadKey => ({
  id: reference,
  repository,
  owner: identityName(caller.identity),
});

const chunkOf = ({ headers, body }: RegistryCall): Chunk => ({
  contentRange: headers['content-range'],
  body,
});
