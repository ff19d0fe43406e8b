import { goQuote } from '../image/go-quote.js';
import { type ByteString, fromByteString, toByteString } from './byte-string.js';
import { ipProblem, isIpv4 } from './go-ip.js';

/** The parts of a URL that registry keys are made of. */
export interface GoUrl {
  /** With port, case kept, percent-escapes of non-ASCII bytes decoded. */
  readonly host: ByteString;
  /** Percent-decoded; empty or with a leading slash. */
  readonly path: ByteString;
}

/** A text that Go's `net/url` refuses. The message is Go's: `parse "https://reg .io": invalid character " " in host name`. */
export class InvalidUrl extends Error {
  override readonly name = 'InvalidUrl';
  /** The message without the URL, which may hold a password. */
  readonly reason: string;
  constructor(url: ByteString, reason: string) {
    super(`parse ${quoted(url)}: ${reason}`);
    this.reason = reason;
  }
}

/**
 * Reads a URL of scheme `https://` or `http://` as Go 1.26's `net/url` does (kubelet.md §2.3): query, fragment and user
 * info are checked and dropped. `new URL()` would lower-case, drop default ports and resolve dots.
 *
 * @throws {@link InvalidUrl}
 */
export function parseGoUrl(text: string): GoUrl {
  const [, host, path = ''] = ordinary.exec(text) ?? [];
  if (host !== undefined) return { host, path };
  const bytes = toByteString(text);
  const hash = bytes.indexOf('#');
  const beforeFragment = hash < 0 ? bytes : bytes.slice(0, hash);
  const url = describeFailure(beforeFragment, () => parseWithoutFragment(beforeFragment));
  if (hash >= 0) describeFailure(bytes, () => decodePercent(bytes.slice(hash + 1), isAnything));
  return url;
}

/** Nothing to decode, to drop or to refuse: nearly every key and every image. */
const ordinary = /^https?:\/\/([A-Za-z0-9.*_-]*(?::[0-9]*)?)(\/[A-Za-z0-9.*_/-]*)?$/;

class UrlProblem extends Error {}

/** Go names the text that it was reading: without the fragment, unless the fragment is the trouble. */
function describeFailure<T>(bytes: ByteString, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UrlProblem)) throw error;
    throw new InvalidUrl(bytes, error.message);
  }
}

function parseWithoutFragment(bytes: ByteString): GoUrl {
  if (/[\x00-\x1f\x7f]/.test(bytes)) throw new UrlProblem('net/url: invalid control character in URL');
  const [beforeQuery = ''] = bytes.slice(bytes.indexOf('//') + 2).split('?', 1);
  const slash = beforeQuery.indexOf('/');
  const authority = slash < 0 ? beforeQuery : beforeQuery.slice(0, slash);
  const at = authority.lastIndexOf('@');
  const host = parseHost(authority.slice(at + 1));
  if (at >= 0) checkUserInfo(authority.slice(0, at));
  return { host, path: slash < 0 ? '' : decodePercent(beforeQuery.slice(slash), isAnything) };
}

function checkUserInfo(userInfo: ByteString): void {
  if (!/^[A-Za-z0-9._:~!$&'()*+,;=%@-]*$/.test(userInfo)) throw new UrlProblem('net/url: invalid userinfo');
  const colon = userInfo.indexOf(':');
  const parts = colon < 0 ? [userInfo] : [userInfo.slice(0, colon), userInfo.slice(colon + 1)];
  for (const part of parts) decodePercent(part, isAnything);
}

function parseHost(host: ByteString): ByteString {
  const bracket = host.lastIndexOf('[');
  if (bracket > 0) throw new UrlProblem('invalid IP-literal');
  if (bracket === 0) return parseBracketedHost(host);
  // Since Go 1.26 an http URL has one colon in its authority at most: `a:b:5000` has the port ":b:5000".
  const colon = host.indexOf(':');
  if (colon >= 0) checkPort(host.slice(colon));
  return decodePercent(host, isHostByte);
}

function parseBracketedHost(host: ByteString): ByteString {
  const end = host.lastIndexOf(']');
  if (end < 0) throw new UrlProblem("missing ']' in host");
  const port = host.slice(end + 1);
  checkPort(port);
  const address = unescapeAddress(host.slice(1, end));
  const problem = ipProblem(address);
  if (problem !== undefined) throw new UrlProblem(`invalid host: ${problem}`);
  if (isIpv4(address)) throw new UrlProblem('invalid IP-literal');
  return `[${address}]${port}`;
}

/** Behind `%25` follows a zone, where blanks may be escaped. */
function unescapeAddress(address: ByteString): ByteString {
  const zone = address.indexOf('%25');
  if (zone < 0) return decodePercent(address, isHostByte);
  return decodePercent(address.slice(0, zone), isHostByte) + decodePercent(address.slice(zone), isZoneByte);
}

function checkPort(port: ByteString): void {
  if (!/^(?::[0-9]*)?$/.test(port)) throw new UrlProblem(`invalid port ${quoted(port)} after host`);
}

/** Which bytes may stand in a part, as they are or escaped. */
interface Part {
  readonly plain: (byte: string) => boolean;
  readonly escaped: (sequence: string, byte: string) => boolean;
}

const isAnything: Part = { plain: () => true, escaped: () => true };

const isInHost = (byte: string) => byte >= '\x80' || /[A-Za-z0-9\-_.~!"$&'()*+,;=:<>[\]]/.test(byte);

/** In a host only bytes above ASCII may be escaped, and the percent sign of a zone. */
const isHostByte: Part = {
  plain: isInHost,
  escaped: (sequence, byte) => byte >= '\x80' || sequence === '%25',
};

const isZoneByte: Part = {
  plain: isInHost,
  escaped: (sequence, byte) => sequence === '%25' || byte === ' ' || (byte < '\x80' && isInHost(byte)),
};

/** Percent-decodes; the first byte or sequence that may not stand there ends it. */
function decodePercent(text: ByteString, part: Part): ByteString {
  if (part === isAnything ? !text.includes('%') : /^[A-Za-z0-9.-]*$/.test(text)) return text;
  return text.replace(/%([0-9A-Fa-f]{2})|[\s\S]/g, (match, hex: string | undefined, offset: number) => {
    const byte = hex === undefined ? match : String.fromCharCode(Number.parseInt(hex, 16));
    if (match === '%' || (hex !== undefined && !part.escaped(match, byte))) {
      throw new UrlProblem(`invalid URL escape ${quoted(text.slice(offset, offset + 3))}`);
    }
    if (hex === undefined && !part.plain(byte)) {
      throw new UrlProblem(`invalid character ${quoted(byte)} in host name`);
    }
    return byte;
  });
}

const quoted = (bytes: ByteString) => goQuote(fromByteString(bytes));
