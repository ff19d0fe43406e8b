import { formatBasicChallenge, formatBearerChallenge } from '../wire/challenge.js';
import type { Reply } from '../wire/reply.js';
import { formatScopes, type ResourceScope } from '../wire/scope.js';
import type { RealmRequest, RegistryAuth } from './registry-host.js';
import { errorReply } from './replies.js';

/** Why a token did not do; absent when there was none (registry.md §8.2). */
export type TokenProblem = 'invalid_token' | 'insufficient_scope';

/**
 * 401 with the challenge, the answer to every missing right (registry.md §0.5): real clients fetch a token or give up
 * in words that people know, which they do not after a 403.
 */
export function challengeReply(
  auth: RegistryAuth,
  scopes: readonly ResourceScope[],
  problem: TokenProblem | undefined,
  realmRequest: () => RealmRequest,
): Reply {
  if (auth.kind !== 'token') {
    const realm = auth.kind === 'basic' ? auth.realm : 'pullsim';
    return unauthorized(formatBasicChallenge(realm), null);
  }
  const challenge = formatBearerChallenge({
    realm: auth.realm(realmRequest()),
    service: auth.service,
    ...(scopes.length > 0 && { scope: formatScopes(scopes) }),
    ...(problem !== undefined && { error: problem }),
  });
  return unauthorized(challenge, scopes.length > 0 ? scopes.flatMap(wantedAccess) : null);
}

const unauthorized = (challenge: string, detail: unknown) =>
  errorReply('UNAUTHORIZED', { detail, headers: { 'WWW-Authenticate': challenge } });

/** One entry per action, with the names of distribution's Go struct. */
const wantedAccess = ({ type, name, actions }: ResourceScope) =>
  actions.map((action) => ({ Type: type, Class: '', Name: name, Action: action }));
