import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { type BcryptPool, createBcryptPool } from '../access/bcrypt-pool.js';
import type { Journal } from '../access/journal.js';
import { configureServer } from '../registry/configure-server.js';
import type { ContentReader } from '../registry/content-store.js';
import { createRegistryHandler, type RegistryHandler } from '../registry/create-registry-handler.js';
import { createMemoryStore } from '../registry/memory-store.js';
import { createJwksHandler } from '../token/jwks-handler.js';
import type { RefreshTokens } from '../token/refresh-tokens.js';
import { createTokenHandler, type TokenHandler } from '../token/token-handler.js';
import type { RealmRule } from './realm.js';
import { openRegistryParts, type PartsOptions, type RegistryParts, registryParts } from './registry-parts.js';
import { createTokenFaults } from './token-fault.js';
import type { World, WorldRegistry } from './world.js';
import { registryFaults, type WorldFault } from './world-faults.js';
import { createWorldKeys, type WorldKeys } from './world-keys.js';
import { createWorldStores, type WorldStores } from './world-stores.js';

/** A registry that the world does not list and that answers all the same (`--undeclared`). */
export interface OpenRegistry {
  readonly host: string;
  readonly mode: 'public' | 'private';
}

export interface MockOptions {
  readonly world: Pick<World, 'registries'>;
  readonly open?: readonly OpenRegistry[];
  readonly realm: RealmRule;
  readonly now: () => Date;
  readonly journal?: Journal;
  readonly throttles: boolean;
  /** See {@link RegistryOptions.nameThatWins}. */
  readonly nameThatWins?: 'namespace' | 'host';
  /**
   * Whether key files and folders that the world names are opened, made and written: `serve`. `check` leaves no trace,
   * and only reads what was pushed to a `layout`.
   */
  readonly opensFiles: boolean;
  /** Those of the world's key files by default. */
  readonly keys?: WorldKeys;
  /** In memory by default. */
  readonly refreshTokens?: RefreshTokens;
  /** Waits, for ordered latency. */
  readonly sleep?: (ms: number) => Promise<void>;
  readonly onError?: (error: unknown) => void;
}

/** All registries of a world and their token endpoint, as request listeners: no socket yet. */
export interface MockRegistry {
  readonly registry: RegistryHandler;
  readonly token: TokenHandler;
  /** Publishes the keys that tokens are verified with. */
  readonly jwks: RequestListener;
  /** Both, told apart by path: `/token` and everything else. */
  readonly listener: RequestListener;
  /** What a server needs beside the listener. */
  configure(server: Server): void;
  /**
   * Resolves when every store is open; requests that come before wait.
   *
   * @throws StoreLocked when another process serves a folder of the world
   */
  opened(): Promise<void>;
  /** Orders a fault at the registry of this place in the world. */
  orderFault(registry: number, fault: WorldFault): void;
  /** Takes back every fault of the registry of this place, also those that the world orders. */
  clearFaults(registry: number): void;
  /** See {@link RegistryParts.amend}. */
  amend(registry: number, to: WorldRegistry): void;
  /** What the registry of this place holds now. */
  content(registry: number): ContentReader;
  close(): Promise<void>;
}

/**
 * @throws when the world has no registry and none is open; {@link WorldError} for a key file that cannot be used or made
 */
export function createMock(options: MockOptions): MockRegistry {
  const { now, journal, sleep, refreshTokens, opensFiles } = options;
  const bcrypt = createBcryptPool();
  const keys = options.keys ?? createWorldKeys({ now, durable: opensFiles });
  const stores = createWorldStores({ durable: opensFiles });
  const parts = mockParts(options, { bcrypt, keys, stores });
  const tokenFaults = createTokenFaults(options.world.registries, sleep);
  const registry = createRegistryHandler({
    hosts: parts.map(({ host }) => host),
    now,
    ...(options.nameThatWins && { nameThatWins: options.nameThatWins }),
    ...(journal && { journal }),
    ...(sleep && { sleep }),
    ...(options.onError && { onError: options.onError }),
  });
  const token = createTokenHandler({
    services: parts.flatMap(({ service }) => (service === undefined ? [] : [service])),
    now,
    ...(journal && { journal }),
    ...(refreshTokens && { refreshTokens }),
    fault: tokenFaults.strike,
  });
  return {
    registry,
    token,
    jwks: (request, response) => createJwksHandler({ jwks: keys.jwks() })(request, response),
    listener: dispatch(registry, token),
    configure: (server) => configureServer(server, registry),
    opened: stores.opened,
    orderFault: (registry, fault) => {
      for (const one of registryFaults([fault])) parts[registry]?.faults.order(one);
      tokenFaults.order(registry, [fault]);
    },
    clearFaults: (registry) => {
      parts[registry]?.faults.clear();
      tokenFaults.clear(registry);
    },
    amend: (registry, to) => parts[registry]?.amend(to),
    content: (registry) => parts[registry]!.host.store,
    close: async () => {
      await registry.close();
      await Promise.all([bcrypt.close(), ...parts.map(({ host }) => host.store.close())]);
    },
  };
}

/** The path of the token endpoint, on the registry's own origin (STYLE: clients refuse foreign loopback realms). */
export const tokenPath = '/token';

/** Where registries that verify tokens may fetch the keys (RFC 7517; the path that OpenID providers made usual). */
export const jwksPath = '/.well-known/jwks.json';

const dispatch =
  (registry: RegistryHandler, token: TokenHandler): RequestListener =>
  (request: IncomingMessage, response: ServerResponse) =>
    isTokenPath(request.url ?? '') ? void token(request, response) : registry(request, response);

const isTokenPath = (url: string): boolean => url === tokenPath || url.startsWith(`${tokenPath}?`);

interface SharedParts {
  readonly bcrypt: BcryptPool;
  readonly keys: WorldKeys;
  readonly stores: WorldStores;
}

function mockParts(
  { now, throttles, realm, world, open = [] }: MockOptions,
  { bcrypt, keys, stores }: SharedParts,
): readonly RegistryParts[] {
  const partsOptions: PartsOptions = {
    realm,
    now,
    throttles,
    bcrypt,
    keys: keys.keysOf,
    store: stores.storeOf,
  };
  return [
    ...world.registries.map((registry) => registryParts(registry, partsOptions)),
    ...open.map(({ host, mode }) => openRegistryParts(host, mode, createMemoryStore(), partsOptions)),
  ];
}
