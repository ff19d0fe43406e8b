import type { ContainerdProfile } from '../versions/containerd.js';
import { type Challenge, parseChallenge } from '../wire/challenge.js';
import type { Credentials } from './auth-config.js';
import type { ClientContext, ClientResponse } from './http-client.js';
import { formatHttpUrl, type HttpUrl } from './http-url.js';
import { PullError } from './pull-error.js';
import {
  fetchToken,
  type Token,
  type TokenClient,
  type TokenOptions,
  tokenOptionsOf,
} from './token-request.js';
import { headerLines } from './transport.js';

/**
 * Learns from 401 answers how to authorise the next request to a URL host (containerd's `dockerAuthorizer`, runtime.md
 * §6.2). It starts knowing nothing: the first request is always anonymous.
 */
export interface Authorizer {
  /**
   * The `Authorization` header for this URL; `undefined` while its host has not challenged.
   *
   * @throws {@link PullError} when no token can be had
   */
  authorize(url: HttpUrl, scope: string): Promise<string | undefined>;
  /**
   * Considers the last of the answers, a 401.
   *
   * @returns whether a retry makes sense
   * @throws {@link PullError} when it makes none and the reason is better than the 401 itself
   */
  addResponses(responses: readonly ClientResponse[]): boolean;
}

export interface AuthorizerOptions {
  readonly profile: ContainerdProfile;
  readonly credentials: (host: string) => Credentials;
  readonly context: ClientContext;
  readonly now: () => Date;
  readonly tokenClient: TokenClient;
}

export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const handlers = new Map<string, Handler>();
  return {
    async authorize(url, scope) {
      return handlers.get(url.host)?.authorization(scope);
    },
    addResponses(responses) {
      const last = responses[responses.length - 1];
      if (last === undefined) return false;
      const host = last.request.url.host;
      for (const challenge of challengesOf(last)) {
        if (isRefusedAgain(challenge, responses)) {
          // What refused on one host of the list is not offered to the next one with the same address.
          handlers.delete(host);
          throw refusal(challenge, last);
        }
        const handler = handlerFor(challenge, host, handlers.get(host), options);
        if (handler === undefined) continue;
        handlers.set(host, handler);
        return true;
      }
      return false;
    },
  };
}

/** How one URL host is answered. */
interface Handler {
  authorization(scope: string): Promise<string>;
}

/** Strongest first; only the first challenge of a header line is seen. Digest is known and of no use. */
const schemeOrder = ['bearer', 'digest', 'basic'];

const challengesOf = (response: ClientResponse): Challenge[] =>
  headerLines(response, 'www-authenticate')
    .map(parseChallenge)
    .filter((challenge) => challenge !== undefined)
    .filter(({ scheme }) => schemeOrder.includes(scheme))
    .sort((a, b) => schemeOrder.indexOf(a.scheme) - schemeOrder.indexOf(b.scheme));

function handlerFor(
  challenge: Challenge,
  host: string,
  known: Handler | undefined,
  options: AuthorizerOptions,
): Handler | undefined {
  if (challenge.scheme === 'bearer') {
    const renew = options.profile.renewsRefusedTokens && isRefused(challenge);
    return known !== undefined && !renew ? known : bearerHandler(challenge, host, options);
  }
  return challenge.scheme === 'basic' ? basicHandler(host, options) : undefined;
}

/** A challenge with `error=`: a new token may help, in releases that try one. */
const isRefused = ({ scheme, parameters: { error = '' } }: Challenge) => scheme === 'bearer' && error !== '';

/** The same request was refused before, so no token helps. */
function isRefusedAgain(challenge: Challenge, responses: readonly ClientResponse[]): boolean {
  const [previous, last] = responses.slice(-2);
  return (
    isRefused(challenge) && previous !== undefined && last !== undefined && isSameRequest(previous, last)
  );
}

const refusal = ({ parameters: { error = '' } }: Challenge, { request }: ClientResponse) =>
  new PullError(
    `server message: ${error}: authorization failed`,
    { kind: 'insufficient-scope', host: request.url.host, error, anonymous: request.anonymous },
    'Unknown',
    { authorizationFailed: true },
  );

const isSameRequest = ({ request: a }: ClientResponse, { request: b }: ClientResponse) =>
  a.method === b.method && formatHttpUrl(a.url) === formatHttpUrl(b.url);

function basicHandler(host: string, options: AuthorizerOptions): Handler | undefined {
  const { username, secret } = options.credentials(host);
  if (username !== '' && secret !== '') {
    const header = `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`;
    return { authorization: async () => header };
  }
  if (!options.profile.namesMissingBasicCredentials) return undefined;
  throw new PullError(
    'authorization failed: no basic auth credentials',
    { kind: 'no-basic-credentials', host },
    'Unknown',
    { authorizationFailed: true },
  );
}

function bearerHandler(challenge: Challenge, host: string, options: AuthorizerOptions): Handler {
  const common = tokenOptionsOf(challenge, options.credentials(host));
  const tokens = new Map<string, Promise<Token>>();
  const expired = (token: Token) =>
    options.profile.honoursTokenExpiry &&
    token.expiresAt !== undefined &&
    token.expiresAt.getTime() <= options.now().getTime();
  return {
    async authorization(scope) {
      const scopes = sortedScopes([scope, ...common.scopes]);
      const key = scopes.join(' ');
      const cached = await tokens.get(key);
      if (cached !== undefined && !expired(cached)) return `Bearer ${cached.value}`;
      const token = fetchBearer({ ...common, scopes }, options);
      tokens.set(key, token);
      return `Bearer ${(await token).value}`;
    },
  };
}

const fetchBearer = (options: TokenOptions, { profile, context, now, tokenClient }: AuthorizerOptions) =>
  fetchToken(options, tokenClient, { profile, context, now });

/** Sorted and without repetition, compared as strings: `pull` and `pull,push` of one repository are two scopes. */
const sortedScopes = (scopes: readonly string[]) =>
  [...new Set(scopes)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
