import type { ContainerdProfile } from '../versions/containerd.js';
import type { Challenge } from '../wire/challenge.js';
import { describeTokenForm } from '../wire/mask.js';
import type { Credentials } from './auth-config.js';
import type { TlsSettings } from './connection.js';
import {
  type ClientContext,
  type ClientResponse,
  type SchemeFallback,
  sendFollowing,
} from './http-client.js';
import {
  encodeQuery,
  formatHttpUrl,
  type HttpUrl,
  httpUrlProblem,
  parseHttpUrl,
  parseQuery,
} from './http-url.js';
import { PullError, wrapError } from './pull-error.js';
import { decodeTokenAnswer, type TokenAnswer } from './token-answer.js';
import { readBody } from './transport.js';

/** What is asked of a token endpoint. */
export interface TokenOptions {
  readonly realm: HttpUrl;
  /** Empty when the challenge names none. */
  readonly service: string;
  readonly scopes: readonly string[];
  readonly credentials: Credentials;
}

export interface Token {
  readonly value: string;
  /** Absent: valid as long as this authorizer lives. */
  readonly expiresAt?: Date;
}

/** How token endpoints are spoken to: with the TLS settings of the registry host that named them. */
export interface TokenClient {
  readonly tls: TlsSettings;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly fallback?: SchemeFallback;
}

interface Environment {
  readonly profile: ContainerdProfile;
  readonly context: ClientContext;
  readonly now: () => Date;
}

/**
 * Reads a Bearer challenge.
 *
 * @throws {@link PullError} without a realm that is a URL
 */
export function tokenOptionsOf({ parameters }: Challenge, credentials: Credentials): TokenOptions {
  const { realm, service = '', scope } = parameters;
  if (realm === undefined) {
    throw new PullError('no realm specified for token auth challenge', { kind: 'other' });
  }
  const problem = httpUrlProblem(realm);
  if (problem !== undefined) {
    throw new PullError(`invalid token auth challenge realm: ${problem}`, { kind: 'other' });
  }
  return { realm: parseHttpUrl(realm), service, scopes: scope?.split(' ') ?? [], credentials };
}

/**
 * Gets a token (runtime.md §6.2): anonymously by GET; with a secret by an OAuth2 POST, and where the endpoint answers
 * 400, 401, 404 or 405 to that, by GET with Basic.
 *
 * @throws {@link PullError} `failed to fetch anonymous token: …` or `failed to fetch oauth token: …`
 */
export async function fetchToken(
  options: TokenOptions,
  client: TokenClient,
  environment: Environment,
): Promise<Token> {
  const isAnonymous = options.credentials.secret === '';
  try {
    return isAnonymous
      ? await getToken(options, client, environment)
      : await postToken(options, client, environment);
  } catch (error) {
    const kind = isAnonymous ? 'anonymous' : 'oauth';
    throw wrapError(`failed to fetch ${kind} token: `, error);
  }
}

async function postToken(
  options: TokenOptions,
  client: TokenClient,
  environment: Environment,
): Promise<Token> {
  const { username } = options.credentials;
  const response = await sendFollowing(
    {
      method: 'POST',
      url: options.realm,
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        'user-agent': environment.profile.userAgent,
        ...client.headers,
      },
      body: tokenForm(options),
      bodyCredential: describeTokenForm({
        grantType: username === '' ? 'refresh_token' : 'password',
        username,
      }),
      ...connectionOf(client),
    },
    environment.context,
  );
  if (mayTryGet(response.status, username)) {
    response.discard();
    return getToken(options, client, environment);
  }
  return readToken(response, options, environment, ({ accessToken }) => accessToken);
}

/** Registries without the POST form answer 404 (GCR), 401 (Artifactory), 400 (ACR) or 405. */
const mayTryGet = (status: number, username: string) =>
  [400, 401, 404].includes(status) || (status === 405 && username !== '');

function tokenForm({ service, scopes, credentials: { username, secret } }: TokenOptions): string {
  const grant: [string, string][] =
    username === ''
      ? [
          ['grant_type', 'refresh_token'],
          ['refresh_token', secret],
        ]
      : [
          ['grant_type', 'password'],
          ['username', username],
          ['password', secret],
        ];
  const scope: [string, string][] = scopes.length === 0 ? [] : [['scope', scopes.join(' ')]];
  return encodeQuery([['client_id', 'containerd-client'], ['service', service], ...grant, ...scope]);
}

async function getToken(
  options: TokenOptions,
  client: TokenClient,
  environment: Environment,
): Promise<Token> {
  const { realm, service, scopes, credentials } = options;
  const query = encodeQuery([
    ...parseQuery(realm.query),
    ...(service === '' ? [] : [['service', service] as const]),
    ...scopes.map((scope) => ['scope', scope] as const),
  ]);
  const basic = Buffer.from(`${credentials.username}:${credentials.secret}`).toString('base64');
  const response = await sendFollowing(
    {
      method: 'GET',
      url: { ...realm, query },
      headers: {
        'user-agent': environment.profile.userAgent,
        ...client.headers,
        ...(credentials.secret === '' ? {} : { authorization: `Basic ${basic}` }),
      },
      ...connectionOf(client),
    },
    environment.context,
  );
  return readToken(response, options, environment, ({ accessToken, token }) => accessToken || token);
}

const connectionOf = ({ tls, fallback }: TokenClient) => ({
  tls,
  ...(fallback === undefined ? {} : { fallback }),
});

async function readToken(
  response: ClientResponse,
  options: TokenOptions,
  { profile, context, now }: Environment,
  choose: (answer: TokenAnswer) => string,
): Promise<Token> {
  const refused = (status: number | null) =>
    ({
      kind: 'token-refused',
      realm: formatHttpUrl(options.realm),
      status,
      anonymous: context.anonymous,
    }) as const;
  if (response.status < 200 || response.status >= 400) {
    response.discard();
    throw new PullError(statusText(response, profile), refused(response.status));
  }
  const answer = await decode(response, refused(null));
  const value = choose(answer);
  if (value === '') {
    throw new PullError('authorization server did not include a token in the response', refused(null));
  }
  if (answer.expiresInSeconds <= 0) return { value };
  return { value, expiresAt: new Date(now().getTime() + answer.expiresInSeconds * 1000) };
}

function statusText({ request, statusLine }: ClientResponse, profile: ContainerdProfile): string {
  return profile.tokenStatusText === 'bare'
    ? `unexpected status: ${statusLine}`
    : `unexpected status from ${request.method} request to ${formatHttpUrl(request.url)}: ${statusLine}`;
}

async function decode(response: ClientResponse, refused: PullError['failure']): Promise<TokenAnswer> {
  const method = response.request.method === 'POST' ? 'POST' : 'GET';
  const answer = decodeTokenAnswer(await readBody(response), method);
  if ('problem' in answer) {
    throw new PullError(`unable to decode token response: ${answer.problem}`, refused);
  }
  return answer;
}
