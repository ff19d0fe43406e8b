import { goQuote } from '../image/go-quote.js';
import { type ByteString, fromByteString } from './byte-string.js';

/**
 * Why Go's `netip.ParseAddr` refuses what stands between the brackets of a host, in its words; `undefined` for an IP
 * address. Go 1.26 lets nothing else be bracketed.
 */
export function ipProblem(text: ByteString): string | undefined {
  const failure = /[.:%]/.test(text) ? addressFailure(text) : { message: 'unable to parse IP' };
  if (failure === undefined) return undefined;
  const at = failure.at === undefined || failure.at === '' ? '' : ` (at ${quoted(failure.at)})`;
  return `ParseAddr(${quoted(text)}): ${failure.message}${at}`;
}

/** True for an IPv4 address, which may not stand in brackets. */
export function isIpv4(text: ByteString): boolean {
  return !text.includes(':') && ipProblem(text) === undefined;
}

interface Failure {
  readonly message: string;
  /** What was left when reading stopped. */
  readonly at?: ByteString;
}

const quoted = (bytes: ByteString) => goQuote(fromByteString(bytes));

/** The first of `.`, `:` and `%` decides what the text is taken for. */
function addressFailure(text: ByteString): Failure | undefined {
  const first = /[.:%]/.exec(text)?.[0];
  if (first === '%') return { message: 'missing IPv6 address' };
  return first === '.' ? ipv4Failure(text) : ipv6Failure(text);
}

function ipv4Failure(text: ByteString): Failure | undefined {
  let dots = 0;
  let octet = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (/[0-9]/.test(character)) {
      if (octet === '0') return { message: 'IPv4 field has octet with leading zero' };
      octet += character;
      if (Number(octet) > 255) return { message: 'IPv4 field has value >255' };
    } else if (character === '.') {
      if (octet === '' || index === text.length - 1) {
        return { message: 'IPv4 field must have at least one digit', at: text.slice(index) };
      }
      if (dots === 3) return { message: 'IPv4 address too long' };
      dots += 1;
      octet = '';
    } else {
      return { message: 'unexpected character', at: text.slice(index) };
    }
  }
  return dots < 3 ? { message: 'IPv4 address too short' } : undefined;
}

function ipv6Failure(text: ByteString): Failure | undefined {
  const percent = text.indexOf('%');
  if (percent === text.length - 1) return { message: 'zone must be a non-empty string' };
  const address = percent < 0 ? text : text.slice(0, percent);
  if (address === '::') return undefined;
  const leading = address.startsWith('::');
  return groupsFailure(leading ? address.slice(2) : address, leading);
}

/** Reads up to eight groups of 16 bits; `elided` says that `::` was seen. */
function groupsFailure(address: ByteString, startsElided: boolean): Failure | undefined {
  let rest = address;
  let elided = startsElided;
  let groups = 0;
  while (groups < 8) {
    const digits = /^[0-9a-fA-F]*/.exec(rest)?.[0] ?? '';
    if (digits.length > 4) return { message: 'each group must have 4 or less digits', at: rest };
    if (digits === '')
      return { message: 'each colon-separated field must have at least one digit', at: rest };
    if (rest[digits.length] === '.') {
      const failure = embeddedFailure(rest, groups, elided);
      if (failure !== undefined) return failure;
      return lengthFailure(groups + 2, elided);
    }
    groups += 1;
    rest = rest.slice(digits.length);
    if (rest === '') break;
    if (rest[0] !== ':') return { message: 'unexpected character, want colon', at: rest };
    if (rest === ':') return { message: 'colon must be followed by more characters', at: rest };
    rest = rest.slice(1);
    if (rest[0] !== ':') continue;
    if (elided) return { message: 'multiple :: in address', at: rest };
    elided = true;
    rest = rest.slice(1);
    if (rest === '') break;
  }
  return rest === ''
    ? lengthFailure(groups, elided)
    : { message: 'trailing garbage after address', at: rest };
}

function embeddedFailure(rest: ByteString, groups: number, elided: boolean): Failure | undefined {
  if (!elided && groups !== 6) {
    return { message: 'embedded IPv4 address must replace the final 2 fields of the address', at: rest };
  }
  if (groups > 6) {
    return {
      message: 'too many hex fields to fit an embedded IPv4 at the end of the address',
      at: rest,
    };
  }
  return ipv4Failure(rest);
}

function lengthFailure(groups: number, elided: boolean): Failure | undefined {
  if (groups < 8) return elided ? undefined : { message: 'address string too short' };
  return elided ? { message: 'the :: must expand to at least one field of zeros' } : undefined;
}
