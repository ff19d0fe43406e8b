import type { RequestListener } from 'node:http';
import type { JournalEntry } from '../access/journal.js';
import { jwksPath, type MockRegistry, tokenPath } from './mock-registry.js';
import { type RunningServer, runServer, type ServerOptions } from './run-server.js';
import { type RegistrySetup, servedMock } from './served-mock.js';
import type { World } from './world.js';
import { readWorldInput } from './world-input.js';

export interface StartOptions extends RegistrySetup, ServerOptions {}

/** A registry that serves real clients until it is stopped. */
export interface RunningRegistry extends RunningServer {
  /** The last exchanges, at least {@link journalLength} of them, oldest first, secrets masked. */
  readonly requests: readonly JournalEntry[];
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
export async function serveWorld(
  world: World,
  options: Omit<StartOptions, 'world'>,
): Promise<RunningRegistry> {
  const requests: JournalEntry[] = [];
  const mock = servedMock(world, {
    ...options,
    journal: (entry) => {
      requests.push(entry);
      if (requests.length >= 2 * journalLength) requests.splice(0, journalLength);
      options.journal?.(entry);
    },
  });
  const running = await runServer(
    {
      ...mock,
      listener: listenerOf(mock),
      names: world.registries.map(({ host }) => host),
      publicUrl: options.publicUrl,
    },
    options,
  );
  return { ...running, requests };
}

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
