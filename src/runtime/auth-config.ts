import { goQuote } from '../image/go-quote.js';
import { decodeBase64 } from '../wire/go-base64.js';
import { httpUrlProblem, parseHttpUrl } from './http-url.js';
import type { AuthConfig } from './pull.js';
import { PullError } from './pull-error.js';

/** What a runtime sends when a registry asks who it is. An empty secret means anonymous. */
export interface Credentials {
  readonly username: string;
  /** Password, or, without a user name, a refresh token. */
  readonly secret: string;
}

export const anonymous: Credentials = { username: '', secret: '' };

/**
 * The credentials of a CRI AuthConfig for the host that asked (containerd's `ParseAuth`, runtime.md §3).
 *
 * @param host authority of the URL that answered 401
 * @throws {@link PullError} for an `auth` that is no base64 of `user:password`, and an address that is no URL
 */
export function credentialsFor(auth: AuthConfig | null | undefined, host: string): Credentials {
  if (auth === null || auth === undefined) return anonymous;
  // Only crictl and other callers set it; the kubelet never does (runtime.md §13).
  if (auth.serverAddress && serverHost(auth.serverAddress) !== host) return anonymous;
  if (auth.username) return { username: auth.username, secret: auth.password ?? '' };
  if (auth.identityToken) return { username: '', secret: auth.identityToken };
  return auth.auth ? decodeAuth(auth.auth) : anonymous;
}

/** Go's `url.Parse(address).Host`: a bare `registry.example.com` is a path and has none. */
function serverHost(address: string): string {
  const problem = httpUrlProblem(address);
  if (problem !== undefined) throw authProblem(`parse server address: ${problem}`);
  return parseHttpUrl(address).host;
}

function decodeAuth(auth: string): Credentials {
  const text = decodeAsContainerd(auth);
  const colon = text.indexOf(':');
  if (colon < 0) throw authProblem(`invalid decoded auth: ${goQuote(text)}`);
  return { username: text.slice(0, colon), secret: text.slice(colon + 1).replace(/^\0+|\0+$/g, '') };
}

/** containerd decodes into a buffer of the length that unpadded text would need; what is left of it stays zero. */
function decodeAsContainerd(auth: string): string {
  try {
    const bytes = decodeBase64(auth);
    const zeros = Math.max(0, Math.floor(auth.length / 4) * 3 - bytes.length);
    return `${new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)}${'\0'.repeat(zeros)}`;
  } catch (error) {
    throw authProblem((error as Error).message);
  }
}

const authProblem = (text: string) => new PullError(text, { kind: 'other' });
