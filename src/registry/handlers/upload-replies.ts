import type { Digest } from '../../image/digest.js';
import { formatUploadRange } from '../../wire/content-range.js';
import type { Reply } from '../../wire/reply.js';
import { locate, type RegistryCall } from '../registry-call.js';
import { emptyReply } from '../replies.js';
import type { UploadSession } from '../uploads.js';

/**
 * Where an upload stands. The range of an empty session, `0-0`, could also mean one byte, so a fresh session, which is
 * always empty, leaves it out (registry.md §2.1).
 */
export function uploadAccepted(
  call: RegistryCall,
  session: UploadSession,
  moment: 'opened' | 'continued' | 'asked',
): Reply {
  const { chunkMinBytes } = call.host;
  return emptyReply(moment === 'asked' ? 204 : 202, {
    Location: locate(call, `/v2/${call.repository}/blobs/uploads/${session.id}`),
    'Docker-Upload-UUID': session.id,
    ...(moment !== 'opened' && { Range: formatUploadRange(session.sizeBytes) }),
    ...(chunkMinBytes !== undefined && { 'OCI-Chunk-Min-Length': String(chunkMinBytes) }),
  });
}

/** A blob is there: pushed, or mounted. The digest is the one that the client used. */
export function blobCreated(call: RegistryCall, digest: Digest): Reply {
  return emptyReply(201, {
    Location: locate(call, `/v2/${call.repository}/blobs/${digest}`),
    'Docker-Content-Digest': digest,
  });
}
