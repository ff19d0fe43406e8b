import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Journal } from '../access/journal.js';
import { errorBody } from '../wire/error-codes.js';
import { type Reply, writeReply } from '../wire/reply.js';
import { formatScopes, type ResourceScope } from '../wire/scope.js';
import { issueAccessToken } from './access-token.js';
import { decideGrant } from './grant.js';
import { createMemoryRefreshStore } from './memory-refresh-store.js';
import { readForm } from './read-form.js';
import { createRefreshTokens, type RefreshTokens } from './refresh-tokens.js';
import { replyTarget } from './reply-target.js';
import { type SignIn, type SignInContext, signInByBasic, signInByGrant } from './sign-in.js';
import { createTokenExchange, journalEntry, type TokenExchange } from './token-exchange.js';
import { oauthRefusal, registryRefusal, TokenRefusal, tokenHeaders } from './token-refusal.js';
import { readTokenForm, readTokenQuery } from './token-request.js';
import { indexServices, type TokenService, type TokenServices } from './token-service.js';

export interface TokenHandlerOptions {
  readonly services: readonly TokenService[];
  readonly journal?: Journal;
  readonly now: () => Date;
  /** Cryptographically secure bytes. */
  readonly random?: (bytes: number) => Uint8Array;
  /** Kept in memory by default. */
  readonly refreshTokens?: RefreshTokens;
  /** Answer POST with this status instead of serving it: 404, 405 and 400 make containerd fall back to GET, 403 does not. */
  readonly postStatus?: number;
  /** A fault to order: its answer goes out before anybody looks at the request. May wait, to play a slow server. */
  readonly fault?: (request: IncomingMessage) => TokenFault | undefined | Promise<TokenFault | undefined>;
}

export interface TokenFault {
  /** Its name in the journal. */
  readonly id: string;
  /** Absent: the fault was the waiting. */
  readonly reply?: Reply;
}

/** Answers requests for the token endpoint, whatever path it is mounted at. Settles when the answer was handed over. */
export type TokenHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * The token endpoint: GET as token.md, POST as oauth.md describe it (registry.md §8.3, §8.4). One endpoint serves all
 * registries of a server; `service` tells them apart. Never rejects.
 *
 * @throws RangeError for two services of one name, and for tokens that live less than a minute
 */
export function createTokenHandler(options: TokenHandlerOptions): TokenHandler {
  const { random = randomBytes } = options;
  const endpoint: Endpoint = {
    ...options,
    random,
    services: indexServices(options.services),
    refreshTokens:
      options.refreshTokens ?? createRefreshTokens({ store: createMemoryRefreshStore(), random }),
  };
  return async (request, response) => {
    const exchange = createTokenExchange();
    const reply = await answer(endpoint, request, exchange).catch((error: unknown) =>
      failed(error, exchange),
    );
    options.journal?.(journalEntry(request, reply, exchange, options.now()));
    if (!response.destroyed) writeReply(request.method ?? 'GET', reply, replyTarget(response));
  };
}

interface Endpoint extends Omit<TokenHandlerOptions, 'services'> {
  readonly services: TokenServices;
  readonly random: (bytes: number) => Uint8Array;
  readonly refreshTokens: RefreshTokens;
}

async function answer(endpoint: Endpoint, request: IncomingMessage, exchange: TokenExchange): Promise<Reply> {
  const fault = await endpoint.fault?.(request);
  if (fault !== undefined) exchange.fault = fault.id;
  if (fault?.reply !== undefined)
    return notJudged(fault.reply, `the fault ${fault.id} was ordered`, request, exchange);
  switch (request.method) {
    case 'GET':
      return answerGet(endpoint, request, exchange).catch(refusedAs(registryRefusal, exchange));
    case 'POST':
      return answerPost(endpoint, request, exchange).catch(refusedAs(oauthRefusal, exchange));
    default:
      // HEAD too: a token that nobody reads should not exist.
      return notJudged(statusOnly(405), `the token endpoint has no ${request.method}`, request, exchange);
  }
}

/** registry.md §8.3, from top to bottom. */
async function answerGet(
  endpoint: Endpoint,
  request: IncomingMessage,
  exchange: TokenExchange,
): Promise<Reply> {
  const asked = readTokenQuery(request.url ?? '');
  const context = contextOf(endpoint, asked.service, request, exchange);
  const signIn = await signInByBasic(context);
  const { token, expiresInSeconds, issuedAt } = issue(endpoint, context, signIn, asked.scopes);
  const refreshToken = asked.offline ? await signIn.newRefreshToken(asked.client) : undefined;
  return ok({
    token,
    access_token: token,
    expires_in: expiresInSeconds,
    issued_at: issuedAt,
    refresh_token: refreshToken,
  });
}

/** registry.md §8.4, from top to bottom. */
async function answerPost(
  endpoint: Endpoint,
  request: IncomingMessage,
  exchange: TokenExchange,
): Promise<Reply> {
  if (endpoint.postStatus !== undefined)
    return notJudged(statusOnly(endpoint.postStatus), 'POST is not served here', request, exchange);
  const asked = readTokenForm(await readForm(request));
  const context = contextOf(endpoint, asked.service, request, exchange);
  const signIn = await signInByGrant(context, asked);
  const { token, access, expiresInSeconds, issuedAt } = issue(endpoint, context, signIn, asked.scopes);
  const refreshToken = asked.offline ? await signIn.newRefreshToken(asked.client) : undefined;
  return ok({
    access_token: token,
    scope: formatScopes(access),
    expires_in: expiresInSeconds,
    issued_at: issuedAt,
    refresh_token: refreshToken,
  });
}

function contextOf(
  endpoint: Endpoint,
  name: string,
  request: IncomingMessage,
  exchange: TokenExchange,
): SignInContext {
  const service = endpoint.services.find(name);
  if (service === undefined) {
    const message = `no tokens are issued here for service ${JSON.stringify(name.slice(0, 100))}`;
    throw new TokenRefusal('invalid-request', { message });
  }
  exchange.registry = service.registry;
  return { service, request, exchange, refreshTokens: endpoint.refreshTokens, now: endpoint.now() };
}

/** Too few rights are no error: the token says what was granted, and the registry refuses the rest. */
function issue(
  { random }: Endpoint,
  { service, exchange, now }: SignInContext,
  { identity }: SignIn,
  scopes: readonly ResourceScope[],
) {
  const { access, because, allow } = decideGrant(service, identity, scopes);
  Object.assign(exchange, { because, decision: allow ? 'allow' : 'refuse' });
  if (scopes.length > 0) exchange.scope = formatScopes(scopes);
  return { ...issueAccessToken(service, identity, access, { now, random }), access };
}

/** Members that are undefined are left out. */
const ok = (body: Record<string, string | number | undefined>): Reply => ({
  status: 200,
  headers: tokenHeaders,
  body: `${JSON.stringify(body)}\n`,
});

const refusedAs =
  (write: (refusal: TokenRefusal) => Reply, exchange: TokenExchange) =>
  (error: unknown): Reply => {
    if (!(error instanceof TokenRefusal)) throw error;
    Object.assign(exchange, { because: error.message, decision: 'refuse' });
    return write(error);
  };

function notJudged(reply: Reply, because: string, request: IncomingMessage, exchange: TokenExchange): Reply {
  request.resume();
  Object.assign(exchange, { because, decision: 'none' });
  return reply;
}

const statusOnly = (status: number): Reply => ({
  status,
  headers: { ...tokenHeaders, ...(status === 405 ? { Allow: 'GET, POST' } : {}) },
  body: errorBody([{ code: 'UNSUPPORTED' }]),
});

/** A bug of ours. */
function failed(error: unknown, exchange: TokenExchange): Reply {
  const because = error instanceof Error ? error.message : String(error);
  Object.assign(exchange, { because, decision: 'none' });
  return { status: 500, headers: tokenHeaders, body: errorBody([{ code: 'UNKNOWN' }]) };
}
