import { InvalidUrl, parseGoUrl } from '../credentials/go-url.js';
import { goQuote } from '../image/go-quote.js';

/**
 * A URL cut at its delimiters and otherwise left as it was written. Runtimes send paths and queries as they are; WHATWG
 * `URL` would normalise them.
 */
export interface HttpUrl {
  /** Lower case; empty when the text has none. */
  readonly scheme: string;
  /** Host and port as written. */
  readonly host: string;
  readonly path: string;
  /** Without `?`; empty when there is none. */
  readonly query: string;
}

export function parseHttpUrl(text: string): HttpUrl {
  const [withoutFragment = ''] = text.split('#', 1);
  const schemeMatch = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(withoutFragment);
  const scheme = schemeMatch?.[1]?.toLowerCase() ?? '';
  const rest = withoutFragment.slice(schemeMatch?.[0].length ?? 0);
  const [hierarchy = '', query = ''] = cut(rest, '?');
  if (!hierarchy.startsWith('//')) return { scheme, host: '', path: hierarchy, query };
  const slash = hierarchy.indexOf('/', 2);
  const authority = slash < 0 ? hierarchy.slice(2) : hierarchy.slice(2, slash);
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  return { scheme, host, path: slash < 0 ? '' : hierarchy.slice(slash), query };
}

/** Why Go would not parse this URL: `parse "https://a b": invalid character " " in host name`. */
export function httpUrlProblem(text: string): string | undefined {
  if (text.startsWith(':')) return `parse ${goQuote(text)}: missing protocol scheme`;
  if (!/^https?:\/\//i.test(text)) return undefined;
  try {
    parseGoUrl(text);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidUrl) return error.message;
    throw error;
  }
}

export function formatHttpUrl(url: HttpUrl): string {
  const start = url.scheme === '' ? '' : `${url.scheme}:`;
  const authority = url.host === '' && url.scheme === '' ? '' : `//${url.host}`;
  return `${start}${authority}${url.path}${url.query === '' ? '' : `?${url.query}`}`;
}

/** Path and query as they go on the request line. */
export const requestTarget = (url: HttpUrl): string =>
  `${url.path === '' ? '/' : url.path}${url.query === '' ? '' : `?${url.query}`}`;

/** Where a `Location` points, seen from `base` (RFC 3986 §5.2, as Go's `URL.ResolveReference`). */
export function resolveHttpUrl(base: HttpUrl, location: string): HttpUrl {
  const target = parseHttpUrl(location);
  if (target.scheme !== '') return target;
  if (target.host !== '') return { ...target, scheme: base.scheme };
  if (target.path === '') return { ...base, query: target.query === '' ? base.query : target.query };
  const path = target.path.startsWith('/')
    ? target.path
    : `${base.path.slice(0, base.path.lastIndexOf('/') + 1)}${target.path}`;
  return { scheme: base.scheme, host: base.host, path: withoutDotSegments(path), query: target.query };
}

/** Host name without port and brackets. */
export function hostName(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host);
  if (bracketed?.[1] !== undefined) return bracketed[1];
  return host.replace(/:\d*$/, '');
}

/** Port as written, empty when there is none. */
export const hostPort = (host: string): string => /:(\d*)$/.exec(host.replace(/^\[[^\]]*\]/, ''))?.[1] ?? '';

/** Query parameters in order, decoded as Go's `url.ParseQuery` does; what cannot be decoded is left out. */
export function parseQuery(query: string): [name: string, value: string][] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .flatMap((pair): [string, string][] => {
      const [name = '', value = ''] = cut(pair, '=');
      try {
        return [[decodeFormText(name), decodeFormText(value)]];
      } catch {
        return [];
      }
    });
}

/** Go's `url.Values.Encode`: names sorted, the values of one name in the order given. Also the body of a form. */
export function encodeQuery(pairs: readonly (readonly [name: string, value: string])[]): string {
  return [...pairs]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${escapeFormText(name)}=${escapeFormText(value)}`)
    .join('&');
}

const decodeFormText = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));

/** Go's `url.QueryEscape`: everything but letters, digits and `-_.~`; a space is `+`. */
const escapeFormText = (text: string) =>
  // Lone surrogates have no UTF-8; Buffer puts U+FFFD there, encodeURIComponent would throw.
  encodeURIComponent(/[\ud800-\udfff]/.test(text) ? Buffer.from(text).toString() : text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');

function withoutDotSegments(path: string): string {
  if (!/\/\.\.?(\/|$)/.test(path)) return path;
  const segments: string[] = [];
  for (const segment of path.split('/').slice(1)) {
    if (segment === '..') segments.pop();
    else if (segment !== '.') segments.push(segment);
  }
  if (/\/\.\.?$/.test(path)) segments.push('');
  return `/${segments.join('/')}`;
}

function cut(text: string, separator: string): [string, string?] {
  const index = text.indexOf(separator);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + separator.length)];
}
