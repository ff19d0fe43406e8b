import type { Challenge } from '../wire/challenge.js';
import type { Credentials } from './auth-config.js';
import type { TlsSettings } from './connection.js';
import { quotedStart, registryWords } from './crio-registry-error.js';
import { decodeGoStruct, GoJsonError, type GoRecord, type GoStruct } from './go-struct.js';
import { type ClientContext, type ClientResponse, sendFollowing } from './http-client.js';
import { encodeQuery, formatHttpUrl, httpUrlProblem, parseHttpUrl, parseQuery } from './http-url.js';
import { PullError } from './pull-error.js';
import { readLimited } from './read-limited.js';

export interface CrioToken {
  readonly value: string;
  readonly expiresAt: Date;
}

export interface CrioTokenOptions {
  readonly challenge: Challenge;
  /** As they go into the query. */
  readonly scopes: readonly string[];
  readonly credentials: Credentials;
  readonly userAgent: string;
  readonly tls: TlsSettings;
  readonly context: ClientContext;
  readonly now: () => Date;
}

/** Tokens that say they live shorter are used for a minute all the same. */
const minimumLifetimeSeconds = 60;
const maxAnswerBytes = 1024 * 1024;

/**
 * Gets a Bearer token by GET, with Basic where user and password are known (containers/image, runtime.md §14.1). An answer
 * without a token is an empty token.
 *
 * @throws {@link PullError}
 */
export async function fetchCrioToken(options: CrioTokenOptions): Promise<CrioToken> {
  const { challenge, scopes, credentials, userAgent } = options;
  const { username, secret } = credentials;
  const { realm: realmText, service } = challenge.parameters;
  if (realmText === undefined) {
    throw new PullError('missing realm in bearer auth challenge', { kind: 'other' });
  }
  const problem = httpUrlProblem(realmText);
  if (problem !== undefined) throw new PullError(problem, { kind: 'other' });
  const realm = parseHttpUrl(realmText);
  const query = encodeQuery([
    ...parseQuery(realm.query),
    ...(username === '' ? [] : [['account', username] as const]),
    ...(service === undefined ? [] : [['service', service] as const]),
    ...scopes.map((scope) => ['scope', scope] as const),
  ]);
  const authorization = `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`;
  const response = await sendFollowing(
    {
      method: 'GET',
      url: { ...realm, query },
      headers: {
        'user-agent': userAgent,
        ...(username === '' || secret === '' ? {} : { authorization }),
      },
      tls: options.tls,
    },
    options.context,
  );
  if (response.status !== 200) throw await refused(response, realmText, options);
  return readToken(response, realmText, options);
}

async function refused(
  response: ClientResponse,
  realm: string,
  { context }: CrioTokenOptions,
): Promise<PullError> {
  const { status, statusLine } = response;
  const failure = { kind: 'token-refused', realm, status, anonymous: context.anonymous } as const;
  if (status === 401) {
    const { text } = await registryWords(response);
    return new PullError(`unable to retrieve auth token: invalid username/password: ${text}`, failure);
  }
  response.discard();
  const text =
    status === 429
      ? 'too many requests to registry'
      : `Requesting bearer token: received unexpected HTTP status: ${statusLine}`;
  return new PullError(text, failure);
}

const tokenStruct: GoStruct = {
  struct: '',
  typeName: String.raw`struct { Token string "json:\"token\""; AccessToken string "json:\"access_token\""; ExpiresIn int "json:\"expires_in\""; IssuedAt time.Time "json:\"issued_at\""; expirationTime time.Time }`,
  fields: { token: 'string', access_token: 'string', expires_in: 'int', issued_at: 'time' },
};

async function readToken(
  response: ClientResponse,
  realm: string,
  { context, now }: CrioTokenOptions,
): Promise<CrioToken> {
  const body = await readLimited(response.body, maxAnswerBytes);
  const answer = decode(body, response, {
    kind: 'token-refused',
    realm,
    status: null,
    anonymous: context.anonymous,
  });
  const { token, access_token: accessToken, expires_in: lifetime, issued_at: issuedAt } = answer;
  const issued = issuedAt === undefined ? now() : new Date((issuedAt as string).replace(',', '.'));
  const seconds = Math.max((lifetime as number | undefined) ?? 0, minimumLifetimeSeconds);
  return {
    value: ((token || accessToken) as string | undefined) ?? '',
    expiresAt: new Date(issued.getTime() + seconds * 1000),
  };
}

function decode(body: Buffer, response: ClientResponse, failure: PullError['failure']): GoRecord {
  try {
    return decodeGoStruct(body, tokenStruct);
  } catch (error) {
    if (!(error instanceof GoJsonError)) throw error;
    const url = formatHttpUrl(response.request.url);
    throw new PullError(
      `decoding bearer token (last URL "${url}", body start ${quotedStart(body)}): ${error.message}`,
      failure,
    );
  }
}
