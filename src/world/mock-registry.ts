import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { type BcryptPool, createBcryptPool } from '../access/bcrypt-pool.js';
import type { Journal } from '../access/journal.js';
import { createTokenKeys, type TokenKeys } from '../access/token-keys.js';
import { configureServer } from '../registry/configure-server.js';
import { createRegistryHandler, type RegistryHandler } from '../registry/create-registry-handler.js';
import { createMemoryStore } from '../registry/memory-store.js';
import { createTokenHandler, type TokenHandler } from '../token/token-handler.js';
import type { RealmRule } from './realm.js';
import { openRegistryParts, type PartsOptions, type RegistryParts, registryParts } from './registry-parts.js';
import { createTokenFault } from './token-fault.js';
import type { World } from './world.js';

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
  /** Waits, for ordered latency. */
  readonly sleep?: (ms: number) => Promise<void>;
  readonly onError?: (error: unknown) => void;
}

/** All registries of a world and their token endpoint, as request listeners: no socket yet. */
export interface MockRegistry {
  readonly registry: RegistryHandler;
  readonly token: TokenHandler;
  /** Both, told apart by path: `/token` and everything else. */
  readonly listener: RequestListener;
  /** What a server needs beside the listener. */
  configure(server: Server): void;
  close(): Promise<void>;
}

/** @throws when the world has no registry and none is open */
export function createMock(options: MockOptions): MockRegistry {
  const { now, journal, sleep } = options;
  const bcrypt = createBcryptPool();
  const parts = mockParts(options, bcrypt);
  const registry = createRegistryHandler({
    hosts: parts.map(({ host }) => host),
    now,
    ...(journal && { journal }),
    ...(sleep && { sleep }),
    ...(options.onError && { onError: options.onError }),
  });
  const token = createTokenHandler({
    services: parts.flatMap(({ service }) => (service === undefined ? [] : [service])),
    now,
    ...(journal && { journal }),
    fault: createTokenFault(options.world.registries, sleep),
  });
  return {
    registry,
    token,
    listener: dispatch(registry, token),
    configure: (server) => configureServer(server, registry),
    close: async () => {
      await registry.close();
      await Promise.all([bcrypt.close(), ...parts.map(({ host }) => host.store.close())]);
    },
  };
}

/** The path of the token endpoint, on the registry's own origin (STYLE: clients refuse foreign loopback realms). */
export const tokenPath = '/token';

const dispatch =
  (registry: RegistryHandler, token: TokenHandler): RequestListener =>
  (request: IncomingMessage, response: ServerResponse) =>
    isTokenPath(request.url ?? '') ? void token(request, response) : registry(request, response);

const isTokenPath = (url: string): boolean => url === tokenPath || url.startsWith(`${tokenPath}?`);

function mockParts(options: MockOptions, bcrypt: BcryptPool): readonly RegistryParts[] {
  const { now, throttles, realm, world, open = [] } = options;
  const partsOptions: PartsOptions = {
    realm,
    now,
    throttles,
    bcrypt,
    keys: sharedKeys(now),
    store: createMemoryStore,
  };
  return [
    ...world.registries.map((registry) => registryParts(registry, partsOptions)),
    ...open.map(({ host, mode }) => openRegistryParts(host, mode, createMemoryStore(), partsOptions)),
  ];
}

/** One key pair for all registries, made when the first one with tokens asks. */
function sharedKeys(now: () => Date): () => TokenKeys {
  let shared: TokenKeys | undefined;
  return () => {
    shared ??= createTokenKeys({ now });
    return shared;
  };
}
