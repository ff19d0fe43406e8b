/**
 * Go compares and cuts strings as bytes. A byte string holds one byte per character (U+0000 to U+00FF), so that `<`,
 * `slice` and regular expressions do what Go does.
 *
 * Bytes that are no UTF-8 become lone surrogates U+DC80 to U+DCFF in text (as in Python's `surrogateescape`) and find
 * back from there: nothing is lost on the way.
 */
export type ByteString = string;

/** The UTF-8 bytes of `text`. */
export function toByteString(text: string): ByteString {
  if (isAscii(text)) return text;
  // Split by the surrogates that stand alone: with the flag `u`, half of a character is none.
  return text
    .split(/([\udc80-\udcff])/u)
    .map((part, index) =>
      index % 2 === 1
        ? String.fromCharCode(part.charCodeAt(0) - 0xdc00)
        : Buffer.from(part, 'utf8').toString('latin1'),
    )
    .join('');
}

/** The text of UTF-8 bytes. */
export function fromByteString(bytes: ByteString): string {
  if (isAscii(bytes)) return bytes;
  return bytes.replace(highSequence, (match) =>
    match.length === 1
      ? String.fromCharCode(0xdc00 + match.charCodeAt(0))
      : Buffer.from(match, 'latin1').toString('utf8'),
  );
}

export function byteStringOf(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Text that can be written in UTF-8: what stands for a single byte becomes U+FFFD, as Go prints it. */
export function wellFormed(text: string): string {
  return /[\ud800-\udfff]/.test(text) ? text.replace(/\p{Surrogate}/gu, '\ufffd') : text;
}

/** One character of UTF-8 above ASCII, or one stray byte. */
const highSequence =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

const isAscii = (text: string) => !/[^\x00-\x7f]/.test(text);
