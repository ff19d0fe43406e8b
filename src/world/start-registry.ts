import type { JournalEntry } from '../access/journal.js';
import { appOf, type RegistrySetup, servedMock } from './create-registry.js';
import { tokenPath } from './mock-registry.js';
import { type RunningServer, runServer, type ServerOptions } from './run-server.js';
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
  const app = appOf(mock);
  const running = await runServer(
    {
      ...mock,
      // The registry and its tokens are answered ahead of Express, which costs more than all the rest.
      listener: (request, response) =>
        isOurs(request.url ?? '') ? mock.listener(request, response) : app(request, response),
      names: world.registries.map(({ host }) => host),
      publicUrl: options.publicUrl,
    },
    options,
  );
  return { ...running, requests };
}

const isOurs = (url: string): boolean => url.startsWith('/v2') || url.startsWith(tokenPath);
