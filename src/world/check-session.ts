import { createVirtualClock, type VirtualClock } from '../kubelet/virtual-clock.js';
import { createMockNetwork } from './mock-network.js';
import { type NodeCluster, type NodeParts, nodeParts } from './node-parts.js';
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
 * @param cluster what credential providers of the nodes may ask for
 */
export async function openSession(
  world: World,
  hosts: readonly string[],
  start: Date,
  cluster: NodeCluster = {},
): Promise<CheckSession> {
  const clock = createVirtualClock(start);
  const network = createMockNetwork(world, {
    now: clock.now,
    // A text with the time in it would never come twice, and no pod would settle.
    certificatesAt: () => start,
    throttles: false,
    // Ordered latency passes on the virtual clock, which stands still during a pull.
    sleep: async () => undefined,
  });
  await network.open(hosts);
  try {
    const options = {
      world,
      dial: network.dial,
      now: clock.now,
      registryState: registryStateOf(world, clock),
      cluster,
    };
    const nodes = new Map(world.nodes.map((node) => [node.name, nodeParts(node, options)]));
    return {
      clock,
      start,
      node: (name) => nodes.get(name)!,
      async [Symbol.asyncDispose]() {
        for (const { runtime } of nodes.values()) runtime.close();
        await network.close();
      },
    };
  } catch (error) {
    await network.close();
    throw error;
  }
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
