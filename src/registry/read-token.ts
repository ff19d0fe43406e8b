import type { Action, Decision, Identity, RepositoryAccess } from '../access/decision.js';
import type { AccessEntry, TokenVerification } from '../access/token-verification.js';
import { anonymous, type Caller, type Identification } from './caller.js';
import type { Identify } from './identify.js';
import type { RegistryAuth, Visibility } from './registry-host.js';

type TokenAuth = Extract<RegistryAuth, { kind: 'token' }>;

/** Tokens are a few hundred bytes; so many are kept verified. */
const maxCachedTokens = 4096;

/** How long a verified token is believed without looking again; well below the 60 s of leeway that times have. */
const cacheSeconds = 5;

interface CachedToken {
  readonly identification: Identification;
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * Reads bearer tokens. A signature costs a hundred times what the rest of a manifest GET costs, and clients send the
 * same token many times, so verified tokens are remembered for a few seconds; refused ones never are.
 */
export function createTokenReader(auth: TokenAuth, visibility: (repository: string) => Visibility): Identify {
  const cache = new Map<string, CachedToken>();
  return ({ authorization, now }) => {
    // `Bearer` with two blanks, another scheme and no header at all are the same: nobody (registry.md §8.2).
    const token = authorization === undefined ? undefined : bearerToken(authorization);
    if (token === undefined) return withoutToken;
    const nowMs = now.getTime();
    const cached = cache.get(token);
    if (cached !== undefined && nowMs >= cached.fromMs && nowMs < cached.untilMs)
      return cached.identification;
    const verification = auth.verify(token, now);
    if (!verification.ok) return { kind: 'refused', authentication: 'bearer', because: verification.because };
    const identification = identificationOf(verification, auth, visibility);
    if (cache.size >= maxCachedTokens) cache.clear();
    cache.set(token, { identification, fromMs: nowMs, untilMs: believedUntil(verification, nowMs) });
    return identification;
  };
}

/** The token of `Bearer <token>`: the scheme in any case, exactly one blank. */
function bearerToken(authorization: string): string | undefined {
  if (authorization.slice(0, 7).toLowerCase() !== 'bearer ') return undefined;
  const token = authorization.slice(7);
  return token === '' || token.includes(' ') ? undefined : token;
}

const believedUntil = (verification: TokenVerification & { ok: true }, nowMs: number) =>
  Math.min(nowMs + cacheSeconds * 1000, Math.max(verification.expiresAtSeconds * 1000, nowMs));

const needsToken: Decision = { allow: false, because: 'no bearer token came with the request' };

const withoutToken: Identification = {
  kind: 'caller',
  caller: {
    identity: anonymous,
    authentication: 'none',
    loggedIn: false,
    may: () => needsToken,
    mayListCatalog: () => needsToken,
    couldPull: () => false,
    maySee: () => false,
  },
};

function identificationOf(
  { subject, access }: TokenVerification & { ok: true },
  auth: TokenAuth,
  visibility: (repository: string) => Visibility,
): Identification {
  const identity: Identity = subject === '' ? anonymous : { kind: 'user', name: subject, groups: [] };
  const granted = grantedActions(access);
  const accountMayPull = (name: string) =>
    decideByAccount(auth, subject, { name, visibility: visibility(name) }, 'pull').allow;
  const caller: Caller = {
    identity,
    authentication: 'bearer',
    loggedIn: true,
    may: (repository, action) =>
      action === 'move-tag'
        ? decideByAccount(auth, subject, { name: repository, visibility: visibility(repository) }, action)
        : decide(granted.get(`repository:${repository}`), repository, action),
    mayListCatalog: () => decide(granted.get('registry:catalog'), 'the catalog', '*'),
    couldPull: (name) => auth.policy !== undefined && accountMayPull(name),
    maySee: (name) => accountMayPull(name),
  };
  return { kind: 'caller', caller };
}

/** Exact names only: no prefix, no pattern, whatever a token says (registry.md §8.10.5). The class has no say. */
function grantedActions(access: readonly AccessEntry[]): ReadonlyMap<string, ReadonlySet<string>> {
  const granted = new Map<string, Set<string>>();
  for (const { type, name, actions } of access) {
    const key = `${type}:${name}`;
    const known = granted.get(key) ?? new Set();
    for (const action of actions) known.add(action);
    granted.set(key, known);
  }
  return granted;
}

/** `*` in a token satisfies any action. */
function decide(actions: ReadonlySet<string> | undefined, resource: string, action: Action): Decision {
  const allow = actions !== undefined && (actions.has(action) || actions.has('*'));
  return allow
    ? { allow, because: `the token grants ${action} on ${resource}` }
    : { allow, because: `the token does not grant ${action} on ${resource}` };
}

/** A token cannot say who may move a tag (S16) or what a catalog shows, so the account behind it is asked. */
function decideByAccount(
  { policy }: TokenAuth,
  subject: string,
  repository: RepositoryAccess,
  action: Action,
): Decision {
  if (policy === undefined) return { allow: true, because: 'this registry knows tokens, not accounts' };
  const account = policy.identify(subject);
  if (!account.ok) return { allow: false, because: account.because };
  return policy.decide(account.identity, repository, action);
}
