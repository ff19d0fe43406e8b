import type { IncomingMessage } from 'node:http';
import { type BasicCredentials, parseBasicAuthorization } from '../wire/basic-authorization.js';
import { InvalidScope, parseScopes, type ResourceScope } from '../wire/scope.js';
import { findIllegalName } from './grant.js';
import { TokenRefusal } from './token-refusal.js';

/** GET, as token.md describes it. What else is in the query is not looked at: credentials there count for nothing (S39). */
export interface GetTokenRequest {
  readonly service: string;
  readonly scopes: readonly ResourceScope[];
  /** Ask for a refresh token as well. */
  readonly offline: boolean;
  readonly client: string | undefined;
}

/** The parameters of a GET request. @throws TokenRefusal */
export function readTokenQuery(url: string): GetTokenRequest {
  const query = new URLSearchParams(url.split('?').slice(1).join('?'));
  return {
    service: requiredOnce(query, 'service'),
    scopes: readScopes(query),
    offline: once(query, 'offline_token') === 'true',
    client: once(query, 'client_id'),
  };
}

/** POST, as oauth.md describes it. */
export interface PostTokenRequest {
  readonly service: string;
  readonly scopes: readonly ResourceScope[];
  readonly offline: boolean;
  readonly client: string;
  readonly grant:
    | { readonly type: 'password'; readonly username: string; readonly password: string }
    | { readonly type: 'refresh_token'; readonly refreshToken: string };
}

/** The fields of a POST form. @throws TokenRefusal */
export function readTokenForm(form: URLSearchParams): PostTokenRequest {
  return {
    grant: readGrant(form),
    service: requiredOnce(form, 'service'),
    client: requiredOnce(form, 'client_id'),
    scopes: readScopes(form),
    offline: once(form, 'access_type') === 'offline',
  };
}

function readGrant(form: URLSearchParams): PostTokenRequest['grant'] {
  const type = requiredOnce(form, 'grant_type');
  switch (type) {
    case 'password':
      return { type, username: requiredOnce(form, 'username'), password: requiredOnce(form, 'password') };
    case 'refresh_token':
      return { type, refreshToken: requiredOnce(form, 'refresh_token') };
    default:
      throw new TokenRefusal('unsupported-grant', {
        message: 'grant_type must be password or refresh_token',
      });
  }
}

/**
 * The credentials of a GET request: `undefined` without an Authorization header. Anything but one readable Basic header
 * is refused, never taken for anonymous: who meant to log in must learn that it failed.
 */
export function readBasicCredentials(request: IncomingMessage): BasicCredentials | 'unreadable' | undefined {
  // Node keeps the first of several Authorization headers; the raw list shows them all.
  const names = request.rawHeaders.filter((_, index) => index % 2 === 0);
  const sent = names.filter((name) => name.toLowerCase() === 'authorization').length;
  if (sent === 0) return undefined;
  return (sent === 1 && parseBasicAuthorization(request.headers.authorization ?? '')) || 'unreadable';
}

function readScopes(parameters: URLSearchParams): readonly ResourceScope[] {
  try {
    const scopes = parseScopes(parameters.getAll('scope'));
    const illegal = findIllegalName(scopes);
    if (illegal === undefined) return scopes;
    throw new InvalidScope(`${JSON.stringify(illegal)} is no repository name`);
  } catch (error) {
    if (!(error instanceof InvalidScope)) throw error;
    throw new TokenRefusal('invalid-request', { message: error.message });
  }
}

function requiredOnce(parameters: URLSearchParams, name: string): string {
  const value = once(parameters, name) ?? '';
  if (value !== '') return value;
  throw new TokenRefusal('invalid-request', { message: `${name} is missing` });
}

/** RFC 6749 §3.2: a parameter must not be given more than once. */
function once(parameters: URLSearchParams, name: string): string | undefined {
  const values = parameters.getAll(name);
  if (values.length > 1)
    throw new TokenRefusal('invalid-request', { message: `${name} is given more than once` });
  return values[0];
}
