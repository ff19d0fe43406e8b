import type { Decision } from '../access/decision.js';
import type { ResourceScope } from '../wire/scope.js';
import type { Caller } from './caller.js';

/**
 * What a route asks of its caller (registry.md §8.2): `login` any valid credentials; `push` pull and push, since a
 * push-only token is refused by distribution; `catalog` `registry:catalog:*`.
 */
export type Need = 'login' | 'pull' | 'push' | 'delete' | 'catalog';

/** The scopes that a challenge names for a need; none for the ping. */
export function scopesOf(need: Need, repository: string): readonly ResourceScope[] {
  switch (need) {
    case 'login':
      return [];
    case 'catalog':
      return [{ type: 'registry', name: 'catalog', actions: ['*'] }];
    case 'push':
      return [{ type: 'repository', name: repository, actions: ['pull', 'push'] }];
    default:
      return [{ type: 'repository', name: repository, actions: [need] }];
  }
}

/** Whether the caller may do what the route does, and why. */
export function decideNeed(need: Need, caller: Caller, repository: string): Decision {
  switch (need) {
    case 'login':
      return caller.loggedIn ? loggedIn : notLoggedIn;
    case 'catalog':
      return caller.mayListCatalog();
    case 'push': {
      const pull = caller.may(repository, 'pull');
      return pull.allow ? caller.may(repository, 'push') : pull;
    }
    default:
      return caller.may(repository, need);
  }
}

const loggedIn: Decision = { allow: true, because: 'the credentials are good' };
const notLoggedIn: Decision = { allow: false, because: 'no credentials came with the request' };
