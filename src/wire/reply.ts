/** What a handler answers with. Handlers never see the response object; {@link writeReply} is the one writer. */
export interface Reply {
  readonly status: number;
  /**
   * Header names as they go on the wire. An array is sent as repeated headers. A `Content-Length` that a handler
   * names must be spelled so.
   */
  readonly headers: Readonly<Record<string, string | number | readonly string[]>>;
  /** Absent: no body, or `stream`. Its length becomes `Content-Length`. */
  readonly body?: Uint8Array | string;
  /** A body that is not in memory; never together with `body`. */
  readonly stream?: ReplyStream;
}

/** A body of known size that is sent piece by piece, so that a layer of any size costs constant memory. */
export interface ReplyStream {
  readonly sizeBytes: number;
  /** Sends exactly `sizeBytes` bytes and ends the target; releases what it holds, also when the target breaks. */
  sendTo(target: ReplyTarget): void;
  /** Releases what it holds: nobody will send it (HEAD). */
  cancel(): void;
}

/** The part of Node's `ServerResponse` that a reply needs. */
export interface ReplyTarget {
  writeHead(status: number, headers: Record<string, string | number | readonly string[]>): unknown;
  /** A promise, where one comes back, is waited for before the next chunk. */
  write(chunk: Uint8Array): unknown;
  end(body?: Uint8Array | string): unknown;
}

/**
 * Writes a reply. HEAD gets the headers of GET, `Content-Length` included, and no body; 204 and 304 get neither
 * (registry.md §2.2, §13).
 */
export function writeReply(method: string, reply: Reply, target: ReplyTarget): void {
  const hasBody = reply.status !== 204 && reply.status !== 304;
  target.writeHead(reply.status, hasBody ? withLength(reply) : { ...reply.headers });
  const sendsBody = hasBody && method !== 'HEAD';
  if (reply.stream !== undefined) sendsBody ? reply.stream.sendTo(target) : end(reply.stream, target);
  else if (sendsBody && reply.body !== undefined) target.end(reply.body);
  else target.end();
}

function withLength(reply: Reply): Record<string, string | number | readonly string[]> {
  // Spread only when needed: a registry answers the same manifest thousands of times from one Reply.
  if (reply.headers['Content-Length'] !== undefined) return reply.headers;
  return { ...reply.headers, 'Content-Length': reply.stream?.sizeBytes ?? byteLength(reply.body) };
}

function end(stream: ReplyStream, target: ReplyTarget): void {
  stream.cancel();
  target.end();
}

function byteLength(body: Uint8Array | string | undefined): number {
  if (body === undefined) return 0;
  return typeof body === 'string' ? new TextEncoder().encode(body).length : body.length;
}
