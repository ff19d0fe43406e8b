import type { IncomingMessage } from 'node:http';
import type { Authentication, Identity } from '../access/decision.js';
import { maskUsername } from '../wire/mask.js';
import type { RefreshTokens } from './refresh-tokens.js';
import type { TokenExchange } from './token-exchange.js';
import { TokenRefusal } from './token-refusal.js';
import { type PostTokenRequest, readBasicCredentials } from './token-request.js';
import type { TokenService } from './token-service.js';

/** What finding out who asks needs of the request at hand. */
export interface SignInContext {
  readonly service: TokenService;
  readonly request: IncomingMessage;
  readonly exchange: TokenExchange;
  readonly refreshTokens: RefreshTokens;
  readonly now: Date;
}

/** Who asks, and how to make the refresh token that an offline client wants. */
export interface SignIn {
  readonly identity: Identity;
  /** `undefined` for anonymous, who has nothing to come back with. */
  newRefreshToken(client: string | undefined): Promise<string | undefined>;
}

/** The identity of a GET request: one Basic header, or anonymous. @throws TokenRefusal */
export async function signInByBasic(context: SignInContext): Promise<SignIn> {
  const credentials = readBasicCredentials(context.request);
  if (credentials === undefined) return anonymous(context);
  context.exchange.authentication = 'basic';
  if (credentials === 'unreadable')
    throw badCredentials(context.service, 'the Authorization header is not one readable Basic header');
  return signInByPassword(context, credentials.username, credentials.password);
}

/** The identity of a POST request: its password or its refresh token. @throws TokenRefusal */
export async function signInByGrant(
  context: SignInContext,
  { grant, client }: PostTokenRequest,
): Promise<SignIn> {
  context.exchange.authentication = grant.type;
  if (grant.type === 'password') return signInByPassword(context, grant.username, grant.password);
  return signInByRefreshToken(context, grant.refreshToken, client);
}

function anonymous({ service, exchange }: SignInContext): SignIn {
  exchange.identity = 'anonymous';
  if (service.anonymous !== 'refused')
    return { identity: { kind: 'anonymous' }, newRefreshToken: async () => undefined };
  throw new TokenRefusal('bad-credentials', {
    message: 'authentication required',
    because: 'this registry gives no tokens to anonymous clients',
    realm: service.issuer,
  });
}

async function signInByPassword(context: SignInContext, username: string, password: string): Promise<SignIn> {
  const { service, request, exchange, refreshTokens, now } = context;
  const authentication = await service.policy.authenticate(username, password, request.socket.remoteAddress);
  if (!authentication.ok && authentication.retryAfterSeconds !== undefined)
    throw new TokenRefusal('too-many-logins', {
      message: 'too many failed logins: try again later',
      because: authentication.because,
      retryAfterSeconds: authentication.retryAfterSeconds,
    });
  const user = userOf(authentication, exchange);
  if (user === undefined) throw badCredentials(service, authentication.because);
  return {
    identity: user,
    newRefreshToken: (client) =>
      refreshTokens.issue({ user: user.name, service: service.service, client }, now),
  };
}

/** A refresh token is worth what its user is now: one that was disabled since gets nothing (CVE-2025-23208). */
async function signInByRefreshToken(context: SignInContext, token: string, client: string): Promise<SignIn> {
  const { service, exchange, refreshTokens, now } = context;
  const lookup = await refreshTokens.find(token, { service: service.service, client }, now);
  if (!lookup.ok) throw invalidRefreshToken(lookup.because);
  const authentication = service.policy.identify(lookup.found.user);
  const user = userOf(authentication, exchange);
  if (user === undefined) throw invalidRefreshToken(authentication.because);
  const newRefreshToken = async () => {
    const replacement = await lookup.found.rotate(now);
    if (replacement === undefined)
      throw invalidRefreshToken('the refresh token was replaced by another request');
    return replacement;
  };
  return { identity: user, newRefreshToken };
}

function userOf(authentication: Authentication, exchange: TokenExchange) {
  if (!authentication.ok || authentication.identity.kind !== 'user') return undefined;
  exchange.identity = maskUsername(authentication.identity.name);
  return authentication.identity;
}

/** The same words for an unknown user, a wrong password and a disabled account (registry.md S22). */
const badCredentials = (service: TokenService, because: string): TokenRefusal =>
  new TokenRefusal('bad-credentials', {
    message: 'incorrect username or password',
    because,
    realm: service.issuer,
  });

const invalidRefreshToken = (because: string): TokenRefusal =>
  new TokenRefusal('invalid-refresh-token', { message: 'the refresh token is not valid here', because });
