import { goQuote } from '../image/go-quote.js';
import { maskUserInfo } from '../wire/mask.js';
import { type ByteString, fromByteString, wellFormed } from './byte-string.js';
import type { EntryOutcome } from './credential.js';
import { BadPattern, isGlob, matchGlob } from './go-glob.js';
import { InvalidUrl, parseGoUrl } from './go-url.js';

/**
 * Brings a registry key of a docker config to the form in which the kubelet compares it (kubelet.md §2.3):
 * `https://index.docker.io/v1/` → `index.docker.io`, `reg.io/v2/team/app` → `reg.io/team/app`, `https://reg.io/v1` →
 * `reg.io/v1`.
 *
 * @throws {@link InvalidUrl} with Go's text; the kubelet then drops this entry and logs
 * `Entry "…" in dockercfg invalid (…), ignoring`
 */
export function indexKeyOf(key: string): string {
  const hasScheme = key.startsWith('https://') || key.startsWith('http://');
  const { host, path } = parseGoUrl(hasScheme ? key : `https://${key}`);
  // Only a whole segment counts: `/v1` alone stays a path.
  const effective = path.startsWith('/v1/') || path.startsWith('/v2/') ? path.slice(3) : path;
  return fromByteString(effective === '/' ? host : host + effective);
}

/**
 * Whether credentials under this index key serve this repository (kubelet.md §2.5): equal port texts, as many host
 * labels, each label a glob of the image's, and the key's path a plain prefix of the image's.
 *
 * Nothing is stripped, normalised or fallen back to: a key as written goes through {@link indexKeyOf} first, and
 * `repository` is what `parseImageName` gives, `docker.io/library/nginx`.
 *
 * ```ts
 * matchRegistryKey('*.example.com', 'eu.example.com/team/app')   // true
 * matchRegistryKey('reg.io', 'reg.io:443/app')                   // false: the port counts
 * matchRegistryKey('reg.io/team', 'reg.io/teammate/app')         // true: a prefix of characters, not of segments
 * ```
 */
export function matchRegistryKey(indexKey: string, repository: string): boolean {
  return explainMatch(indexKey, repository).kind === 'matched';
}

/** The step that decided a match, as far as one key and one repository can tell. */
export type MatchOutcome = Extract<
  EntryOutcome,
  {
    kind:
      | 'matched'
      | 'unreadable'
      | 'port-differs'
      | 'label-count-differs'
      | 'host-differs'
      | 'host-case-differs'
      | 'path-differs';
  }
>;

/** {@link matchRegistryKey} with the step that decided, in the kubelet's order: port, number of labels, path, labels. */
export function explainMatch(indexKey: string, repository: string): MatchOutcome {
  const key = readTarget(indexKey);
  if (typeof key === 'string') return { kind: 'unreadable', what: 'key', error: key };
  const image = readTarget(repository);
  if (typeof image === 'string') return { kind: 'unreadable', what: 'image', error: image };
  if (key.port !== image.port) {
    return { kind: 'port-differs', want: image.port, got: key.port, sameHost: hostsMatch(key, image) };
  }
  if (key.labels.length !== image.labels.length) {
    return { kind: 'label-count-differs', want: image.labels.length, got: key.labels.length };
  }
  if (!image.path.startsWith(key.path)) {
    return {
      kind: 'path-differs',
      path: wellFormed(fromByteString(key.path)),
      sameHost: hostsMatch(key, image),
    };
  }
  return explainHosts(key, image);
}

/** Host labels, port and path: what is compared. */
export interface MatchTarget {
  readonly labels: readonly ByteString[];
  /** Empty when absent; `reg.io` and `reg.io:443` differ. */
  readonly port: ByteString;
  readonly path: ByteString;
}

/** Cuts an index key or a repository; the text of Go's parse error when it is no URL. */
export function readTarget(text: string): MatchTarget | string {
  try {
    const url = parseGoUrl(`https://${text}`);
    const { host, port } = splitHostPort(url.host);
    return { labels: host.split('.'), port, path: url.path };
  } catch (error) {
    if (error instanceof InvalidUrl) return error.message;
    throw error;
  }
}

/** A key's parse error without the user info that Go would print. */
export function maskedUrlError(key: string, error: InvalidUrl): string {
  if (maskUserInfo(key) === key) return error.message;
  // The reason may quote a piece of a password with a slash in it, which Go takes for a port.
  return `parse ${goQuote(maskUserInfo(key))}: ${error.reason.replace(/".*"/s, '"***"')}`;
}

/** Glob by glob; a malformed one matches nothing. */
export function labelMatches(glob: ByteString, label: ByteString): boolean {
  return isGlob(glob) ? matchesQuietly(glob, label) : glob === label;
}

function matchesQuietly(glob: ByteString, label: ByteString): boolean {
  try {
    return matchGlob(glob, label);
  } catch (error) {
    if (error instanceof BadPattern) return false;
    throw error;
  }
}

const hostsMatch = (key: MatchTarget, image: MatchTarget) =>
  key.labels.length === image.labels.length &&
  key.labels.every((label, index) => labelMatches(label, image.labels[index] ?? ''));

function explainHosts(key: MatchTarget, image: MatchTarget): MatchOutcome {
  for (const [index, label] of key.labels.entries()) {
    const wanted = image.labels[index] ?? '';
    try {
      if (isGlob(label) ? !matchGlob(label, wanted) : label !== wanted) return hostOutcome(key, image);
    } catch (error) {
      if (error instanceof BadPattern) return { kind: 'unreadable', what: 'key', error: error.message };
      throw error;
    }
  }
  return { kind: 'matched' };
}

function hostOutcome(key: MatchTarget, image: MatchTarget): MatchOutcome {
  const inLowerCase = (target: MatchTarget) => ({
    ...target,
    labels: target.labels.map((label) => label.toLowerCase()),
  });
  return { kind: hostsMatch(inLowerCase(key), inLowerCase(image)) ? 'host-case-differs' : 'host-differs' };
}

/** Go's `net.SplitHostPort`; where that fails, the whole is the host. */
function splitHostPort(authority: ByteString): { host: ByteString; port: ByteString } {
  if (!authority.includes(':')) return { host: authority, port: '' };
  const bracketed = /^\[([^[\]]*)\]:([^[\]:]*)$/.exec(authority);
  const plain = /^([^:[\]]*):([^:[\]]*)$/.exec(authority);
  const [, host = authority, port = ''] = bracketed ?? plain ?? [];
  return { host, port };
}
