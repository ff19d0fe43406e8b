import {
  type ByteRange,
  formatContentRange,
  formatUnsatisfiedRange,
  parseByteRange,
} from '../../wire/byte-range.js';
import type { Reply } from '../../wire/reply.js';
import type { Awaitable, StoredBlob } from '../content-store.js';
import { RefusedRequest } from '../refused-request.js';
import { chain, type Handler, locate, type RegistryCall } from '../registry-call.js';
import { commonHeaders, emptyReply } from '../replies.js';
import { hasContent } from './if-none-match.js';
import { requireDigest } from './reference.js';

/** `GET /v2/<name>/blobs/<digest>` (end-2), whole or a range of it; 404 for blobs that only other repositories have. */
export const getBlob: Handler = (call) => {
  const digest = requireDigest(call.reference);
  return chain(call.host.store.findBlob(call.repository, digest), (blob) => {
    if (blob === undefined) throw new RefusedRequest('BLOB_UNKNOWN', { detail: digest });
    if (call.host.redirectBlobsTo !== undefined) return redirect(call, call.host.redirectBlobsTo);
    if (hasContent(call.headers['if-none-match'], digest)) return emptyReply(304, contentHeaders(digest));
    return answer(call, blob);
  });
};

function answer(call: RegistryCall, blob: StoredBlob): Awaitable<Reply> {
  const size = blob.sizeBytes;
  const range = parseByteRange(call.headers.range, size);
  switch (range.kind) {
    case 'whole':
      return send(call, blob, { start: 0, end: size - 1 }, 200, {});
    case 'part':
      return send(call, blob, range, 206, { 'Content-Range': formatContentRange(range, size) });
    case 'unsatisfiable':
      throw new RefusedRequest('RANGE_INVALID', {
        headers: { 'Content-Range': formatUnsatisfiedRange(size) },
      });
    default:
      return range satisfies never;
  }
}

function send(
  call: RegistryCall,
  blob: StoredBlob,
  { start, end }: Omit<ByteRange & { kind: 'part' }, 'kind'>,
  status: number,
  headers: Reply['headers'],
): Awaitable<Reply> {
  const head = {
    status,
    headers: { ...contentHeaders(call.reference), 'Content-Length': end - start + 1, ...headers },
  };
  // HEAD opens nothing.
  if (call.method === 'HEAD') return head;
  return chain(blob.read(start, end), (content) => {
    if (content === undefined) throw new RefusedRequest('BLOB_UNKNOWN', { detail: call.reference });
    return content instanceof Uint8Array ? { ...head, body: content } : { ...head, stream: content };
  });
}

const contentHeaders = (digest: string) => ({
  ...commonHeaders,
  'Content-Type': 'application/octet-stream',
  'Docker-Content-Digest': digest,
  ETag: `"${digest}"`,
  'Accept-Ranges': 'bytes',
  'Cache-Control': 'max-age=31536000',
});

/** The other host gets no token and nothing else that came with the request (registry.md §2.4). */
function redirect(call: RegistryCall, base: string): Reply {
  const path = locate(call, `/v2/${call.repository}/blobs/${call.reference}`);
  return emptyReply(307, { ...commonHeaders, Location: `${base.replace(/\/$/, '')}${path}` });
}
