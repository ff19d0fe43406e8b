import { createServer } from 'node:http';
import { createVirtualClock, type VirtualClock } from '../kubelet/virtual-clock.js';
import { dialMock } from './dial-mock.js';
import { closeServer, listen } from './listen.js';
import { createMock, type OpenRegistry } from './mock-registry.js';
import { type NodeParts, nodeParts } from './node-parts.js';
import { realNames } from './realm.js';
import type { World } from './world.js';

/** A mock registry with the nodes of a world connected to it, on one virtual clock. */
export interface CheckSession extends AsyncDisposable {
  readonly clock: VirtualClock;
  /** Time zero. */
  readonly start: Date;
  readonly node: (name: string) => NodeParts;
}

/**
 * Starts the registries of a world on a free port and connects its nodes, by the registries' real names.
 *
 * @param hosts registry hosts that manifests name: those that the world does not list are open when it says so
 */
export async function openSession(
  world: World,
  hosts: readonly string[],
  start: Date,
): Promise<CheckSession> {
  const clock = createVirtualClock(start);
  const open = openRegistries(world, hosts);
  const mock = await startMock(world, open, clock);
  const stop = mock.stop;
  try {
    const nodes = connectNodes(world, open, mock, clock, start);
    return {
      clock,
      start,
      node: (name) => nodes.get(name)!,
      async [Symbol.asyncDispose]() {
        for (const { runtime } of nodes.values()) runtime.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function connectNodes(
  world: World,
  open: readonly OpenRegistry[],
  mock: StartedMock,
  clock: VirtualClock,
  start: Date,
): ReadonlyMap<string, NodeParts> {
  const trusted = open.map(({ host }) => ({ host, tls: 'trusted' as const }));
  const dial = dialMock([...world.registries, ...trusted], mock, { now: start });
  const options = { world, dial, now: clock.now, registryState: registryStateOf(world, clock) };
  return new Map(world.nodes.map((node) => [node.name, nodeParts(node, options)]));
}

/** The registries that answer because of `--undeclared public` or `private`. */
function openRegistries(
  { registries, undeclared }: World,
  hosts: readonly string[],
): readonly OpenRegistry[] {
  if (undeclared === 'error') return [];
  const declared = new Set(registries.map(({ host }) => host));
  return hosts.filter((host) => !declared.has(host)).map((host) => ({ host, mode: undeclared }));
}

interface StartedMock {
  readonly address: string;
  readonly port: number;
  readonly stop: () => Promise<void>;
}

const loopback = '127.0.0.1';

async function startMock(
  world: World,
  open: readonly OpenRegistry[],
  clock: VirtualClock,
): Promise<StartedMock> {
  // Nothing to connect to: no image names a registry that the world knows.
  if (world.registries.length + open.length === 0)
    return { address: loopback, port: 0, stop: async () => undefined };
  const mock = createMock({
    world,
    open,
    realm: realNames,
    now: clock.now,
    throttles: false,
    opensFiles: false,
    // Ordered latency passes on the virtual clock, which stands still during a pull.
    sleep: async () => undefined,
  });
  const server = createServer(mock.listener);
  mock.configure(server);
  const { port } = await listen(server, 0, loopback);
  return { address: loopback, port, stop: () => closeServer(server).then(() => mock.close()) };
}

/**
 * What changes at the registries while the clock runs: accounts that end. Where requests themselves change what comes
 * next (ordered faults, pull limits), nothing is named and nothing reused (DESIGN §3.7).
 */
function registryStateOf(world: World, clock: VirtualClock): () => string | undefined {
  if (requestsCount(world)) return () => undefined;
  const ends = world.registries
    .flatMap(({ robots }) =>
      robots.flatMap(({ expires }) => (expires === undefined ? [] : [Date.parse(expires)])),
    )
    .sort((a, b) => a - b);
  if (ends.length === 0) return () => '';
  return () => String(ends.filter((end) => end <= clock.now().getTime()).length);
}

/** Whether an answer of the world's registries depends on how many requests came before. */
export const requestsCount = ({ registries }: World): boolean =>
  registries.some(({ faults, limits }) => faults.length > 0 || limits.pulls !== undefined);
