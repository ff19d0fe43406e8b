import type { RequestListener } from 'node:http';
import type { JournalEntry } from '../access/journal.js';
import { addToWorld, type RegistryAddition } from './add-to-world.js';
import { jwksPath, type MockRegistry, tokenPath } from './mock-registry.js';
import {
  dockerConfigJsonOf,
  type LoginOptions,
  type PullSecretObject,
  type PullSecretOptions,
  pullSecretOf,
} from './registry-logins.js';
import { resettableMock } from './resettable-mock.js';
import { type RunningServer, runServer, type ServerOptions } from './run-server.js';
import { type RegistrySetup, servedMock } from './served-mock.js';
import type { World } from './world.js';
import type { WorldFault } from './world-faults.js';
import { readWorldInput } from './world-input.js';

export interface StartOptions extends RegistrySetup, ServerOptions {}

/** A registry that serves real clients until it is stopped. */
export interface RunningRegistry extends RunningServer {
  /** The last exchanges, at least {@link journalLength} of them, oldest first, secrets masked. */
  readonly requests: readonly JournalEntry[];
  /** `127.0.0.1:43121`: the registry key and image host for clients that connect to the port. */
  readonly address: string;
  /** A pull secret for a user of the world, as kubectl writes it; see {@link PullSecretOptions}. */
  pullSecret(user: string, options?: PullSecretOptions): PullSecretObject;
  /** A docker `config.json` with the login of a user. */
  dockerConfigJson(user: string, options?: LoginOptions): string;
  /**
   * Orders a fault from now on, as a world file does: `{ operation: 'manifest', status: 503, times: 1 }`.
   *
   * @param registry its host; the first one by default
   * @throws RangeError when the world has no such registry
   */
  fault(fault: WorldFault, registry?: string): void;
  /**
   * Takes back every fault of a registry, also those that the world orders.
   *
   * @param registry its host; the first one by default
   * @throws RangeError when the world has no such registry
   */
  clearFaults(registry?: string): void;
  /** Back to the start: requests are forgotten, and what was pushed, ordered and issued is gone. */
  reset(): Promise<void>;
}

/** A running registry whose world can be read, and added to. */
export interface ServedWorld extends RunningRegistry {
  /** The world as it is served now: with what was added, the faults that are ordered, and what was pushed. */
  world(): World;
  /**
   * Adds to one registry of the world, until {@link RunningRegistry.reset}. What was pushed, issued and ordered stays.
   *
   * @throws RangeError when the world has no such registry; {@link WorldError} when it would be no world any more
   */
  add(addition: RegistryAddition, registry?: string): void;
}

/** What {@link RunningRegistry.requests} keeps. */
export const journalLength = 10_000;

/**
 * Starts the registry of a world on a port of its own.
 *
 * ```ts
 * await using registry = await startRegistry({ world: 'classroom' });
 * await fetch(`${registry.url}/v2/`);            // 401, with a challenge
 * ```
 *
 * @throws {@link WorldError} when the world has mistakes; StoreLocked when another process serves a `layout` of it; the
 *   system's error when the port is taken (`EADDRINUSE`)
 */
export async function startRegistry(options: StartOptions = {}): Promise<RunningRegistry> {
  return serveWorld(readWorldInput(options.world, 'classroom'), options);
}

/** Starts the registry of a world that was read already. */
export async function serveWorld(world: World, options: Omit<StartOptions, 'world'>): Promise<ServedWorld> {
  let current = world;
  const requests: JournalEntry[] = [];
  const journal = (entry: JournalEntry) => {
    requests.push(entry);
    if (requests.length >= 2 * journalLength) requests.splice(0, journalLength);
    options.journal?.(entry);
  };
  const mock = resettableMock(() => servedMock(world, { ...options, journal }));
  const running = await runServer(
    {
      ...mock,
      listener: listenerOf(mock),
      names: world.registries.map(({ host }) => host),
      publicUrl: options.publicUrl,
    },
    options,
  );
  return {
    ...running,
    requests,
    address: running.url.replace(/^https?:\/\//, ''),
    pullSecret: (user, secret) => pullSecretOf(current, user, secret),
    dockerConfigJson: (user, login) => dockerConfigJsonOf(current, user, login),
    fault: (fault, registry) => {
      const place = placeOf(world, registry);
      mock.orderFault(place, fault);
      current = withFaults(current, place, (faults) => [...faults, fault]);
    },
    clearFaults: (registry) => {
      const place = placeOf(world, registry);
      mock.clearFaults(place);
      current = withFaults(current, place, () => []);
    },
    world: () => withContent(current, mock),
    add: (addition, registry) => {
      const place = placeOf(world, registry);
      const grown = addToWorld(current, place, addition);
      mock.amend(place, grown.registries[place]!);
      current = grown;
    },
    reset: async () => {
      current = world;
      await mock.reset();
      requests.length = 0;
    },
  };
}

function placeOf({ registries }: World, host: string | undefined): number {
  const place = host === undefined ? 0 : registries.findIndex((registry) => registry.host === host);
  if (place >= 0 && place < registries.length) return place;
  throw new RangeError(`the world has no registry "${host ?? ''}"`);
}

const withFaults = (
  world: World,
  place: number,
  change: (faults: readonly WorldFault[]) => readonly WorldFault[],
): World => ({
  ...world,
  registries: world.registries.map((registry, index) =>
    index === place ? { ...registry, faults: change(registry.faults) } : registry,
  ),
});

const withContent = (world: World, mock: MockRegistry): World => ({
  ...world,
  registries: world.registries.map((registry, index) => ({ ...registry, served: mock.content(index) })),
});

/**
 * The registry, its tokens and its keys are answered ahead of Express, which costs more than all the rest, also to load;
 * Express gets what else somebody asks for.
 */
function listenerOf(mock: MockRegistry): RequestListener {
  const loadApp = async () => (await import('./create-registry.js')).appOf(mock);
  let app: ReturnType<typeof loadApp> | undefined;
  return (request, response) => {
    const url = request.url ?? '';
    if (url.startsWith('/v2') || url.startsWith(tokenPath)) return mock.listener(request, response);
    if (url === jwksPath) return mock.jwks(request, response);
    app ??= loadApp();
    void app.then((express) => express(request, response));
  };
}
