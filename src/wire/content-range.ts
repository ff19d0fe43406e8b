/** The bytes that one chunk of an upload claims to carry; `end` is included. */
export interface ChunkRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the `Content-Range` of an upload: `0-1023`, without unit and total, unlike HTTP's own form (registry.md §4.2).
 *
 * @returns `undefined` for anything else, also when it ends before it starts
 */
export function parseChunkRange(header: string): ChunkRange | undefined {
  const [, first, last] = /^(\d{1,15})-(\d{1,15})$/.exec(header) ?? [];
  const range = { start: Number(first), end: Number(last) };
  return range.end >= range.start ? range : undefined;
}

/** What an upload's headers mean for a session that holds `receivedBytes`. */
export type ChunkVerdict =
  /** Take the body; `lengthBytes` is what it must have, when the client said so. */
  | { readonly kind: 'accept'; readonly lengthBytes?: number }
  /** 416 RANGE_INVALID; the session stays as it is. */
  | { readonly kind: 'out-of-range'; readonly because: string }
  /** 400 SIZE_INVALID, before anything is stored. */
  | { readonly kind: 'size-differs'; readonly because: string };

/**
 * Judges PATCH and PUT of an upload by their headers (registry.md §4.2): a chunk starts where the last one ended and is
 * as long as it says; without `Content-Range` the body is a stream that goes to the end.
 */
export function judgeChunk(
  contentRange: string | undefined,
  contentLength: number | undefined,
  receivedBytes: number,
): ChunkVerdict {
  if (contentRange === undefined) return accept(contentLength);
  const range = parseChunkRange(contentRange);
  if (range === undefined) {
    return { kind: 'out-of-range', because: 'Content-Range is not of the form <start>-<end>' };
  }
  if (range.start !== receivedBytes) {
    const because = `the chunk starts at byte ${range.start}, the session continues at byte ${receivedBytes}`;
    return { kind: 'out-of-range', because };
  }
  const lengthBytes = range.end - range.start + 1;
  if (contentLength !== undefined && contentLength !== lengthBytes) {
    const because = `Content-Range covers ${lengthBytes} bytes, Content-Length says ${contentLength}`;
    return { kind: 'size-differs', because };
  }
  return accept(lengthBytes);
}

/** The `Range` header of a session: its last byte; an empty session prints `0-0`, as distribution does. */
export function formatUploadRange(receivedBytes: number): string {
  return `0-${Math.max(0, receivedBytes - 1)}`;
}

const accept = (lengthBytes: number | undefined): ChunkVerdict =>
  lengthBytes === undefined ? { kind: 'accept' } : { kind: 'accept', lengthBytes };
