/** What a handler answers with. Handlers never see the response object; {@link writeReply} is the one writer. */
export interface Reply {
  readonly status: number;
  /** Header names as they go on the wire. An array is sent as repeated headers. */
  readonly headers: Readonly<Record<string, string | number | readonly string[]>>;
  /** Absent: no body. Its length becomes `Content-Length`. */
  readonly body?: Uint8Array | string;
}

/** The part of Node's `ServerResponse` that a reply needs. */
export interface ReplyTarget {
  writeHead(status: number, headers: Record<string, string | number | readonly string[]>): unknown;
  end(body?: Uint8Array | string): unknown;
}

/**
 * Writes a reply. HEAD gets the headers of GET, `Content-Length` included, and no body; 204 and 304 get neither
 * (registry.md §2.2, §13).
 */
export function writeReply(method: string, reply: Reply, target: ReplyTarget): void {
  const headers = { ...reply.headers };
  const hasBody = reply.status !== 204 && reply.status !== 304;
  const named = Object.keys(headers).some((name) => name.toLowerCase() === 'content-length');
  if (hasBody && !named) headers['Content-Length'] = byteLength(reply.body);
  target.writeHead(reply.status, headers);
  if (hasBody && method !== 'HEAD' && reply.body !== undefined) target.end(reply.body);
  else target.end();
}

function byteLength(body: Uint8Array | string | undefined): number {
  if (body === undefined) return 0;
  return typeof body === 'string' ? new TextEncoder().encode(body).length : body.length;
}
