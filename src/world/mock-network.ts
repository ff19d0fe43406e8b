import { createServer } from 'node:http';
import type { Dial } from '../runtime/pull.js';
import { dialMock } from './dial-mock.js';
import { closeServer, listen } from './listen.js';
import { createMock, type OpenRegistry } from './mock-registry.js';
import { realNames } from './realm.js';
import { wireNames } from './wire-names.js';
import type { World } from './world.js';

/** The registries of a world, reached by their real names. */
export interface MockNetwork {
  /** Connects to what was opened so far; every other host is unknown. */
  readonly dial: Dial;
  /**
   * Starts the registries of the world, and those of the hosts that the world does not list when it says that they are
   * `public` or `private`. May be called again for more hosts.
   */
  open(hosts: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export interface MockNetworkOptions {
  /** The clock of the registries. */
  readonly now: () => Date;
  /** When expired certificates are looked at; `now` by default. */
  readonly certificatesAt?: () => Date;
  /** Waits, for ordered latency. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** Whether logins are throttled where the world says so. */
  readonly throttles: boolean;
}

export function createMockNetwork(world: World, options: MockNetworkOptions): MockNetwork {
  const opened = new Set<string>();
  const dials = new Map<string, Dial>();
  const stops: (() => Promise<void>)[] = [];
  const nowhere = dialMock([], { address: loopback, port: 0 }, { now: options.now });

  const start = async (registries: World['registries'], open: readonly OpenRegistry[]) => {
    if (registries.length + open.length === 0) return;
    const mock = await startMock(registries, open, options);
    stops.push(mock.stop);
    const hosts = [...registries, ...open.map(({ host }) => ({ host, tls: 'trusted' as const }))];
    const dial = dialMock(hosts, mock, { now: options.certificatesAt ?? options.now });
    for (const { host } of hosts)
      for (const authority of wireNames(host).authorities) dials.set(authority.toLowerCase(), dial);
  };

  return {
    dial: (target) => (dials.get(target.host.toLowerCase()) ?? nowhere)(target),
    async open(hosts) {
      const declared = world.registries.filter(({ host }) => !opened.has(host));
      for (const { host } of declared) opened.add(host);
      const open = openRegistries(world, hosts).filter(({ host }) => !opened.has(host));
      for (const { host } of open) opened.add(host);
      await start(declared, open);
    },
    async close() {
      for (const stop of stops.splice(0)) await stop();
    },
  };
}

/** The registries that answer because of `--undeclared public` or `private`. */
function openRegistries({ undeclared }: World, hosts: readonly string[]): readonly OpenRegistry[] {
  return undeclared === 'error' ? [] : hosts.map((host) => ({ host, mode: undeclared }));
}

interface StartedMock {
  readonly address: string;
  readonly port: number;
  readonly stop: () => Promise<void>;
}

const loopback = '127.0.0.1';

async function startMock(
  registries: World['registries'],
  open: readonly OpenRegistry[],
  { now, sleep, throttles }: MockNetworkOptions,
): Promise<StartedMock> {
  const mock = createMock({
    world: { registries },
    open,
    realm: realNames,
    // A mirror that was declared is a registry with users of its own.
    nameThatWins: 'host',
    now,
    throttles,
    opensFiles: false,
    ...(sleep && { sleep }),
  });
  const server = createServer(mock.listener);
  mock.configure(server);
  const { port } = await listen(server, 0, loopback);
  return { address: loopback, port, stop: () => closeServer(server).then(() => mock.close()) };
}
