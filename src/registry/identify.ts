import { parseBasicAuthorization } from '../wire/basic-authorization.js';
import { anonymous, type Caller, type Identification } from './caller.js';
import type { Awaitable } from './content-store.js';
import { createTokenReader } from './read-token.js';
import type { RegistryAuth, RegistryHost, Visibility } from './registry-host.js';

/** What identifying needs of a request. */
export interface Credentials {
  /** The `Authorization` header; `undefined` when absent or sent more than once. */
  readonly authorization: string | undefined;
  /** The client's address, for login throttling. */
  readonly address: string;
  /** The registry's clock. */
  readonly now: Date;
}

/** Finds out who is asking, as one registry host does it. */
export type Identify = (credentials: Credentials) => Awaitable<Identification>;

export function createIdentify(host: RegistryHost): Identify {
  const { auth } = host;
  const visibility = host.visibility ?? (() => 'private');
  switch (auth.kind) {
    case 'token':
      return createTokenReader(auth, visibility);
    case 'basic':
      return createBasicIdentify(auth, visibility);
    case 'none':
      return () => everyone;
    default:
      return auth satisfies never;
  }
}

const everyone: Identification = {
  kind: 'caller',
  caller: {
    identity: anonymous,
    authentication: 'none',
    loggedIn: true,
    may: () => ({ allow: true, because: 'this registry asks nobody who they are' }),
    mayListCatalog: () => ({ allow: true, because: 'this registry asks nobody who they are' }),
    couldPull: () => false,
    maySee: () => true,
  },
};

function createBasicIdentify(
  auth: Extract<RegistryAuth, { kind: 'basic' }>,
  visibility: (repository: string) => Visibility,
): Identify {
  const callerOf = (identity: Caller['identity'], loggedIn: boolean): Identification => ({
    kind: 'caller',
    caller: {
      identity,
      authentication: loggedIn ? 'basic' : 'none',
      loggedIn,
      may: (name, action) => auth.policy.decide(identity, { name, visibility: visibility(name) }, action),
      mayListCatalog: () => auth.policy.decideCatalog(identity),
      couldPull: () => false,
      maySee: (name) => auth.policy.decide(identity, { name, visibility: visibility(name) }, 'pull').allow,
    },
  });
  const nobody = callerOf(anonymous, false);
  return async ({ authorization, address }) => {
    if (authorization === undefined) return nobody;
    const given = parseBasicAuthorization(authorization);
    if (given === undefined) {
      return refused('the Authorization header is not "Basic" with a user name and a password in base64');
    }
    const outcome = await auth.policy.authenticate(given.username, given.password, address);
    if (outcome.ok) return callerOf(outcome.identity, true);
    return refused(outcome.because, outcome.retryAfterSeconds);
  };
}

function refused(because: string, retryAfterSeconds?: number): Identification {
  const throttled = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return { kind: 'refused', authentication: 'basic', because, ...throttled };
}
