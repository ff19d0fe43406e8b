import type { Journal } from '../access/journal.js';
import { createMock, type MockRegistry } from './mock-registry.js';
import { servedNames } from './realm.js';
import type { World } from './world.js';
import type { WorldInput } from './world-input.js';

/** What a registry for real clients is made of. */
export interface RegistrySetup {
  /** Registries, users, repositories; the bundled classroom when absent. */
  readonly world?: WorldInput;
  /** Wall clock by default; tokens are issued and checked by it. */
  readonly now?: () => Date;
  /** Told every exchange once it is answered, secrets masked. */
  readonly journal?: Journal;
  /** How clients reach the server when it is not where it listens: `https://registry.lab.example`. */
  readonly publicUrl?: string;
  /** Told what no handler expected: bugs of ours. */
  readonly onError?: (error: unknown) => void;
}

/** The parts of a served registry, without a framework around them. */
export function servedMock(world: World, setup: Omit<RegistrySetup, 'world'>): MockRegistry {
  return createMock({
    world,
    realm: servedNames(
      world.registries.map(({ host }) => host),
      setup.publicUrl,
    ),
    now: setup.now ?? (() => new Date()),
    throttles: true,
    opensFiles: true,
    ...(setup.journal && { journal: setup.journal }),
    ...(setup.onError && { onError: setup.onError }),
  });
}
