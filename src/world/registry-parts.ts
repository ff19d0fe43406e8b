import { createAccessPolicy } from '../access/access-policy.js';
import { AccountError } from '../access/accounts.js';
import type { BcryptPool } from '../access/bcrypt-pool.js';
import type { AccessPolicy } from '../access/decision.js';
import { HtpasswdError } from '../access/htpasswd.js';
import { createLoginThrottle, type LoginThrottle } from '../access/login-throttle.js';
import type { TokenKeys } from '../access/token-keys.js';
import type { ContentStore } from '../registry/content-store.js';
import { createFaultBoard, type FaultBoard } from '../registry/fault-board.js';
import { defaultLimits, type Limits } from '../registry/limits.js';
import type { RealmRequest, RegistryAuth, RegistryHost } from '../registry/registry-host.js';
import type { TokenService } from '../token/token-service.js';
import { openPolicy } from './open-policy.js';
import { seededStore } from './seeded-store.js';
import { wireNames } from './wire-names.js';
import type { WorldRegistry } from './world.js';
import { registryFaults } from './world-faults.js';
import { WorldError } from './world-file.js';

/** What the parts of one registry are made with. */
export interface PartsOptions {
  /** Token endpoint for a client of registry `host`. */
  readonly realm: (host: string, request: RealmRequest) => string;
  readonly now: () => Date;
  /** Keys of a registry; all may share one pair. */
  readonly keys: (registry: WorldRegistry) => TokenKeys;
  readonly store: (registry: WorldRegistry) => ContentStore;
  /** Shared by all registries. */
  readonly bcrypt: BcryptPool;
  /** Login throttling works where the world asks for it; `check` never throttles. */
  readonly throttles: boolean;
}

/** One registry of a world, ready to be served: the registry itself and, for token auth, its token service. */
export interface RegistryParts {
  readonly host: RegistryHost;
  readonly service?: TokenService;
  readonly faults: FaultBoard;
  /**
   * Takes the repositories, accounts and rules of the registry as it is now declared; what was pushed and issued stays.
   *
   * @throws {@link WorldError} when the accounts cannot be used; nothing has changed then
   */
  readonly amend: (registry: WorldRegistry) => void;
}

/** `iss` of the tokens of every registry. */
const issuer = 'pullsim';

export function registryParts(registry: WorldRegistry, options: PartsOptions): RegistryParts {
  const throttle = throttleOf(registry, options);
  let visibility = visibilityOf(registry);
  let policy = policyOf(registry, options, throttle);
  const faults = createFaultBoard(registryFaults(registry.faults));
  const { host, repositories } = registry;
  // What is served has its images planted, and some of them deleted, already.
  const seeds = registry.served === undefined ? repositories : [];
  const store = seededStore(options.store(registry), { host, repositories: seeds });
  const visibilityNow = (repository: string) => visibility(repository);
  return {
    faults,
    amend: (amended) => {
      policy = policyOf(amended, options, throttle);
      visibility = visibilityOf(amended);
      store.declare(amended.repositories);
    },
    ...authParts(
      registry,
      livePolicy(() => policy),
      visibilityNow,
      options,
      (auth) => ({
        host,
        aliases: wireNames(host).aliases,
        auth,
        store,
        visibility: visibilityNow,
        catalog: registry.catalog,
        delete: registry.delete,
        limits: registryLimits(registry.limits),
        faults,
      }),
    ),
  };
}

/** A registry that the world does not list and that has every image. */
export function openRegistryParts(
  host: string,
  mode: 'public' | 'private',
  store: ContentStore,
  options: Pick<PartsOptions, 'realm' | 'keys'>,
): RegistryParts {
  const faults = createFaultBoard();
  const registry = { host, auth: 'token' } as WorldRegistry;
  return {
    faults,
    amend: () => undefined,
    ...authParts(
      registry,
      openPolicy(mode),
      () => mode,
      options,
      (auth) => ({
        host,
        aliases: wireNames(host).aliases,
        auth,
        store: seededStore(store, { host, repositories: [], everything: true }),
        visibility: () => mode,
      }),
    ),
  };
}

function authParts(
  registry: WorldRegistry,
  policy: AccessPolicy,
  visibility: (repository: string) => 'public' | 'private',
  options: Pick<PartsOptions, 'realm' | 'keys'>,
  host: (auth: RegistryAuth) => RegistryHost,
): Pick<RegistryParts, 'host' | 'service'> {
  switch (registry.auth) {
    case 'none':
      return { host: host({ kind: 'none' }) };
    case 'basic':
      return { host: host({ kind: 'basic', realm: registry.host, policy }) };
    case 'token': {
      const { service } = wireNames(registry.host);
      const keys = options.keys(registry);
      return {
        host: host({
          kind: 'token',
          service,
          realm: (request) => options.realm(registry.host, request),
          verify: keys.verifier({ issuer, service }),
          policy,
        }),
        service: { service, registry: registry.host, issuer, policy, visibility, keys },
      };
    }
    default:
      return registry.auth satisfies never;
  }
}

/** @throws {@link WorldError} when accounts or the password file cannot be used */
function policyOf(
  registry: WorldRegistry,
  { now, bcrypt }: PartsOptions,
  throttle: LoginThrottle | undefined,
): AccessPolicy {
  const { users, robots, groups, access, htpasswd, host } = registry;
  try {
    return createAccessPolicy({ users, robots, groups, access, htpasswd, now, bcrypt, throttle });
  } catch (error) {
    if (error instanceof AccountError || error instanceof HtpasswdError)
      throw new WorldError([{ message: `registry ${host}: ${error.message}` }]);
    throw error;
  }
}

/** The policy of the moment. */
const livePolicy = (policy: () => AccessPolicy): AccessPolicy => ({
  authenticate: (...args) => policy().authenticate(...args),
  identify: (...args) => policy().identify(...args),
  decide: (...args) => policy().decide(...args),
  decideCatalog: (...args) => policy().decideCatalog(...args),
});

/** Repositories that the world does not list are private: existence must not leak (registry.md §8.2). */
function visibilityOf({ repositories, auth }: WorldRegistry): (repository: string) => 'public' | 'private' {
  const declared = new Map(repositories.map(({ name, visibility }) => [name, visibility]));
  const other = auth === 'none' ? 'public' : 'private';
  return (repository) => declared.get(repository) ?? other;
}

function throttleOf({ limits }: WorldRegistry, { throttles, now }: PartsOptions) {
  const { logins } = limits;
  return throttles && logins !== undefined ? createLoginThrottle({ ...logins, now }) : undefined;
}

/** Docker Hub's window (registry.md §6). */
const pullWindowSeconds = 21_600;

function registryLimits({ logins: _, pulls, slowBody, ...sizes }: WorldRegistry['limits']): Partial<Limits> {
  return {
    ...sizes,
    ...(slowBody && { body: bodyPace(slowBody) }),
    ...(pulls && { pulls: { windowSeconds: pullWindowSeconds, ...pulls } }),
  };
}

function bodyPace({
  windowSeconds,
  minBytes,
}: NonNullable<WorldRegistry['limits']['slowBody']>): Limits['body'] {
  const { windowMs, minBytesPerWindow } = defaultLimits.body;
  return {
    windowMs: windowSeconds === undefined ? windowMs : windowSeconds * 1000,
    minBytesPerWindow: minBytes ?? minBytesPerWindow,
  };
}
