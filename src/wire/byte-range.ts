/** What a `Range` header asks of a blob. Positions count from 0; `end` is included. */
export type ByteRange =
  /** No usable range: answer 200 with everything. */
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  /** Answer 416. */
  | { readonly kind: 'unsatisfiable' };

/**
 * Reads a `Range` header against a blob of `sizeBytes` (registry.md §4.1): one range gives a part, clipped to the size;
 * several, another unit, or an empty blob give the whole; malformed, reversed and far ranges are refused.
 */
export function parseByteRange(header: string | undefined, sizeBytes: number): ByteRange {
  const [, list] = /^bytes=(.*)$/i.exec(header?.trim() ?? '') ?? [];
  if (list === undefined) return { kind: 'whole' };
  const ranges = list.split(',').map((text) => /^(\d{0,15})-(\d{0,15})$/.exec(text.trim()));
  if (ranges.some((range) => range === null || range[0] === '-')) return { kind: 'unsatisfiable' };
  if (ranges.length > 1 || sizeBytes === 0) return { kind: 'whole' };
  const [, first = '', last = ''] = ranges[0] ?? [];
  return first === '' ? suffix(Number(last), sizeBytes) : fromStart(Number(first), last, sizeBytes);
}

/** `bytes 500-1499/2048`, for a 206. */
export function formatContentRange(part: { start: number; end: number }, sizeBytes: number): string {
  return `bytes ${part.start}-${part.end}/${sizeBytes}`;
}

/** The `Content-Range` of a 416, which tells the size. */
export function formatUnsatisfiedRange(sizeBytes: number): string {
  return `bytes */${sizeBytes}`;
}

function suffix(length: number, sizeBytes: number): ByteRange {
  if (length === 0) return { kind: 'unsatisfiable' };
  return { kind: 'part', start: Math.max(0, sizeBytes - length), end: sizeBytes - 1 };
}

function fromStart(start: number, last: string, sizeBytes: number): ByteRange {
  const end = last === '' ? sizeBytes - 1 : Number(last);
  if (start >= sizeBytes || end < start) return { kind: 'unsatisfiable' };
  return { kind: 'part', start, end: Math.min(end, sizeBytes - 1) };
}
