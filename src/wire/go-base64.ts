const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const pad = 0x3d;

/** Base64 that Go refuses. The message is Go's: `illegal base64 data at input byte 4`. */
export class CorruptBase64 extends Error {
  override readonly name = 'CorruptBase64';
  /** Byte offset as Go counts it. */
  readonly offset: number;
  constructor(offset: number) {
    super(`illegal base64 data at input byte ${offset}`);
    this.offset = offset;
  }
}

/**
 * Decodes standard base64 as Go's `StdEncoding` (padded) or `RawStdEncoding` (unpadded) do (kubelet.md §2.2): `\r` and
 * `\n` are skipped anywhere, URL-safe characters and other blanks are errors, unused trailing bits are not checked.
 * `atob` would forgive white space and missing padding.
 *
 * @throws {@link CorruptBase64} with the offset that Go reports
 */
export function decodeBase64(text: string, form: 'padded' | 'unpadded' = 'padded'): Uint8Array {
  const source = new TextEncoder().encode(text);
  const decoded = new Uint8Array(Math.ceil((source.length * 3) / 4));
  let { at, length } = decodeWholeGroups(source, decoded);
  while (at < source.length) {
    const group = readGroup(source, at, form === 'padded');
    for (let index = 0; index < group.bytes; index += 1) {
      decoded[length + index] = (group.bits >> (16 - 8 * index)) & 0xff;
    }
    length += group.bytes;
    at = group.end;
  }
  return decoded.subarray(0, length);
}

/** The quick way through groups of four characters, up to the first that is odd. */
function decodeWholeGroups(source: Uint8Array, decoded: Uint8Array): { at: number; length: number } {
  let at = 0;
  let length = 0;
  for (; at + 4 <= source.length; at += 4) {
    const [a, b, c, d] = [
      sextet(source, at),
      sextet(source, at + 1),
      sextet(source, at + 2),
      sextet(source, at + 3),
    ];
    if ((a | b | c | d) > 63) break;
    decoded[length] = (a << 2) | (b >> 4);
    decoded[length + 1] = ((b & 15) << 4) | (c >> 2);
    decoded[length + 2] = ((c & 3) << 6) | d;
    length += 3;
  }
  return { at, length };
}

/** Padded standard base64. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const bits = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const characters = [18, 12, 6, 0].map((shift) => alphabet.charAt((bits >> shift) & 63)).join('');
    const missing = Math.max(0, at + 3 - bytes.length);
    text += characters.slice(0, 4 - missing) + '='.repeat(missing);
  }
  return text;
}

interface Group {
  /** 24 bits, filled from the top. */
  readonly bits: number;
  /** How many bytes of them count. */
  readonly bytes: number;
  /** Where the next group starts. */
  readonly end: number;
}

/** Four characters, or what the end and the padding leave of them. */
function readGroup(source: Uint8Array, start: number, padded: boolean): Group {
  let bits = 0;
  let count = 0;
  let at = start;
  while (count < 4) {
    const byte = source[at];
    if (byte === undefined) return endOfText(bits, count, at, padded);
    at += 1;
    const value = sextet(source, at - 1);
    if (value <= 63) {
      bits |= value << (18 - 6 * count);
      count += 1;
    } else if (padded && byte === pad) {
      checkPadding(source, at, count);
      return { bits, bytes: count - 1, end: source.length };
    } else if (!isNewline(byte)) {
      throw new CorruptBase64(at - 1);
    }
  }
  return { bits, bytes: 3, end: at };
}

/** Go counts back from the end by the characters of the open group, newlines or not. */
function endOfText(bits: number, count: number, at: number, padded: boolean): Group {
  if (count === 1 || (count > 1 && padded)) throw new CorruptBase64(at - count);
  return { bits, bytes: Math.max(0, count - 1), end: at };
}

/** `at` is behind the first `=`; only the rest of the padding and newlines may follow. */
function checkPadding(source: Uint8Array, at: number, count: number): void {
  if (count < 2) throw new CorruptBase64(at - 1);
  let end = at;
  if (count === 2) {
    end = skipNewlines(source, end);
    if (end === source.length) throw new CorruptBase64(end);
    if (source[end] !== pad) throw new CorruptBase64(end - 1);
    end += 1;
  }
  end = skipNewlines(source, end);
  if (end < source.length) throw new CorruptBase64(end);
}

function skipNewlines(source: Uint8Array, at: number): number {
  let end = at;
  while (isNewline(source[end])) end += 1;
  return end;
}

const isNewline = (byte: number | undefined) => byte === 0x0a || byte === 0x0d;

/** The value of each character; 0xff for those outside the alphabet. */
const sextets = Uint8Array.from({ length: 256 }, (_, code) => {
  const value = alphabet.indexOf(String.fromCharCode(code));
  return value < 0 ? 0xff : value;
});

const sextet = (source: Uint8Array, at: number): number => sextets[source[at] ?? 0] ?? 0xff;
