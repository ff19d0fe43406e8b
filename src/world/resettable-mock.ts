import { configureServer } from '../registry/configure-server.js';
import type { RegistryHandler } from '../registry/create-registry-handler.js';
import type { MockRegistry } from './mock-registry.js';

/** A mock that can go back to how it began, behind a server that stays. */
export interface ResettableMock extends MockRegistry {
  /** Everything that was pushed, ordered and issued since the start is gone; folders keep what is in them. */
  reset(): Promise<void>;
}

/** @param make makes the parts from the world; called at once and at each reset */
export function resettableMock(make: () => MockRegistry): ResettableMock {
  let current = make();
  const registry: RegistryHandler = Object.assign(
    (...[request, response]: Parameters<RegistryHandler>) => current.registry(request, response),
    {
      checkContinue: (...[request, response]: Parameters<RegistryHandler>) =>
        current.registry.checkContinue(request, response),
      close: () => current.registry.close(),
    },
  );
  return {
    registry,
    token: (request, response) => current.token(request, response),
    jwks: (request, response) => current.jwks(request, response),
    listener: (request, response) => current.listener(request, response),
    configure: (server) => configureServer(server, registry),
    opened: () => current.opened(),
    orderFault: (index, fault) => current.orderFault(index, fault),
    clearFaults: (index) => current.clearFaults(index),
    amend: (index, to) => current.amend(index, to),
    content: (index) => current.content(index),
    close: () => current.close(),
    async reset() {
      // A folder has one writer: the old one lets go before the new one takes it.
      await current.close();
      current = make();
      await current.opened();
    },
  };
}
