import type { AccessPolicy, Identity } from '../access/decision.js';

/**
 * The policy of a registry that the world does not list, under `--undeclared public` or `private`: `public` lets
 * everybody pull, `private` whoever sends a credential, whichever it is.
 */
export function openPolicy(mode: 'public' | 'private'): AccessPolicy {
  const because = `registries that the world does not list are ${mode}`;
  const named = (name: string): Identity => ({ kind: 'user', name, groups: [] });
  return {
    authenticate: async (username) => ({ ok: true, identity: named(username), because }),
    identify: (username) => ({
      ok: true,
      identity: username === '' ? { kind: 'anonymous' } : named(username),
      because,
    }),
    decide: (identity, _repository, action) => ({
      allow: action === 'pull' && (mode === 'public' || identity.kind === 'user'),
      because,
    }),
    decideCatalog: () => ({ allow: false, because }),
  };
}
