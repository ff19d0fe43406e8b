/**
 * The little of ASN.1 DER that X.509 certificates need (X.690). Values are whole elements: tag, length, content.
 */
export type Der = Uint8Array;

export const sequence = (...members: readonly Der[]): Der => element(0x30, concat(members));
export const set = (...members: readonly Der[]): Der => element(0x31, concat(members));
export const boolean = (value: boolean): Der => element(0x01, Uint8Array.of(value ? 0xff : 0));
export const nil = (): Der => element(0x05, new Uint8Array());
export const octetString = (content: Uint8Array): Der => element(0x04, content);
export const utf8String = (text: string): Der => element(0x0c, new TextEncoder().encode(text));

/** A non-negative integer from its big-endian bytes. */
export function integer(bytes: Uint8Array): Der {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Uint8Array.of(0) : bytes.subarray(start);
  return element(0x02, (digits[0] ?? 0) >= 0x80 ? concat([Uint8Array.of(0), digits]) : digits);
}

/** Whole bytes by default; `unusedBits` counts the bits of the last byte that do not belong. */
export const bitString = (content: Uint8Array, unusedBits = 0): Der =>
  element(0x03, concat([Uint8Array.of(unusedBits), content]));

/** `1.2.840.10045.4.3.2` */
export function objectIdentifier(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5). Fractions of a second are dropped. */
export function time(date: Date): Der {
  const digits = `${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  const short = date.getUTCFullYear() < 2050;
  return element(short ? 0x17 : 0x18, new TextEncoder().encode(short ? digits.slice(2) : digits));
}

/** `[number]`: `constructed` around whole elements, or in place of a primitive's own tag. */
export const contextSpecific = (number: number, content: Uint8Array, constructed: boolean): Der =>
  element((constructed ? 0xa0 : 0x80) | number, content);

/** One element read back. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
}

/**
 * Splits the elements that stand one behind the other in `bytes`; the content of a SEQUENCE, for example.
 *
 * @throws RangeError for lengths that reach beyond the bytes
 */
export function readElements(bytes: Uint8Array): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { start, length } = readLength(bytes, at + 1);
    if (start + length > bytes.length) throw new RangeError('DER element is cut short');
    elements.push({ tag: bytes[at] ?? 0, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return elements;
}

function readLength(bytes: Uint8Array, at: number): { start: number; length: number } {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return { start: at + 1, length: first };
  const count = first & 0x7f;
  if (count === 0 || count > 4) throw new RangeError('DER length is not one that certificates have');
  const length = bytes.subarray(at + 1, at + 1 + count).reduce((sum, byte) => sum * 256 + byte, 0);
  return { start: at + 1 + count, length };
}

function element(tag: number, content: Uint8Array): Der {
  return concat([Uint8Array.of(tag), lengthOf(content), content]);
}

function lengthOf({ length }: Uint8Array): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const bytes = bigEndian(length);
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}

const bigEndian = (value: number): number[] =>
  value === 0 ? [] : [...bigEndian(Math.floor(value / 256)), value % 256];

const base128 = (value: number): number[] => {
  const high = value < 128 ? [] : base128(Math.floor(value / 128)).map((byte) => byte | 0x80);
  return [...high, value % 128];
};

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
