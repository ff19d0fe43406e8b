import type { Journal } from '../access/journal.js';
import { createRegistryApp } from '../registry/create-registry-app.js';
import { createMock, jwksPath, type MockRegistry, tokenPath } from './mock-registry.js';
import { servedNames } from './realm.js';
import type { World } from './world.js';
import { readWorldInput, type WorldInput } from './world-input.js';

/** What {@link createRegistry} and {@link startRegistry} are made of. */
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

/** An Express app: what `http.createServer` and supertest take. */
export type RegistryApp = ReturnType<typeof createRegistryApp>;

/**
 * The registry of a world as an Express app, `/token` and `/.well-known/jwks.json` included, for supertest or a server
 * of your own.
 *
 * ```ts
 * await request(createRegistry({ world: 'classroom' })).get('/v2/').expect(401);
 * ```
 *
 * @throws {@link WorldError} when the world has mistakes
 */
export function createRegistry(setup: RegistrySetup = {}): RegistryApp {
  return appOf(servedMock(readWorldInput(setup.world, 'classroom'), setup));
}

/** The parts of a served registry, for {@link startRegistry}. */
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

export const appOf = (mock: MockRegistry): RegistryApp =>
  createRegistryApp(mock.registry, (app) => {
    app.all(tokenPath, (request, response) => mock.token(request, response));
    app.all(jwksPath, (request, response) => mock.jwks(request, response));
  });
