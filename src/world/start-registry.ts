import { createServer, type Server } from 'node:http';
import type { JournalEntry } from '../access/journal.js';
import { appOf, type RegistrySetup, servedMock } from './create-registry.js';
import { closeServer, listen } from './listen.js';
import { type MockRegistry, tokenPath } from './mock-registry.js';
import type { World } from './world.js';
import { readWorldInput } from './world-input.js';

export interface StartOptions extends RegistrySetup {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
}

/** A registry that serves real clients until it is stopped. */
export interface RunningRegistry extends AsyncDisposable {
  /** `http://127.0.0.1:43121` */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** The last exchanges, at least {@link journalLength} of them, oldest first, secrets masked. */
  readonly requests: readonly JournalEntry[];
  /** Ends open connections and closes the port. Calling it twice is no mistake. */
  stop(): Promise<void>;
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
  // The registry and its tokens are answered ahead of Express, which costs more than all the rest.
  const server = createServer((request, response) =>
    isOurs(request.url ?? '') ? mock.listener(request, response) : app(request, response),
  );
  mock.configure(server);
  const host = options.host ?? '127.0.0.1';
  const { port } = await openAndListen(mock, server, options.port ?? 0, host);
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= closeServer(server).then(() => mock.close());
    return stopped;
  };
  return { url: urlOf(host, port), host, port, requests, stop, [Symbol.asyncDispose]: stop };
}

/** A folder that is in use and a port that is taken leave nothing open behind. */
async function openAndListen(mock: MockRegistry, server: Server, port: number, host: string) {
  try {
    await mock.opened();
    return await listen(server, port, host);
  } catch (error) {
    await mock.close();
    throw error;
  }
}

const isOurs = (url: string): boolean => url.startsWith('/v2') || url.startsWith(tokenPath);

/** A server on all addresses is reached at loopback. */
function urlOf(host: string, port: number): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
