import { createRegistryApp } from '../registry/create-registry-app.js';
import { jwksPath, type MockRegistry, tokenPath } from './mock-registry.js';
import { type RegistrySetup, servedMock } from './served-mock.js';
import { readWorldInput } from './world-input.js';

export type { RegistrySetup };

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

/** Puts Express around the parts of a registry. */
export const appOf = (mock: MockRegistry): RegistryApp =>
  createRegistryApp(mock.registry, (app) => {
    app.all(tokenPath, (request, response) => mock.token(request, response));
    app.all(jwksPath, (request, response) => mock.jwks(request, response));
  });
