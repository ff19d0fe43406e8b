import { completeWorld } from './complete-world.js';
import { printPath } from './shape-check.js';
import type { World, WorldRegistry } from './world.js';
import { checkWorld } from './world-checks.js';
import { WorldError } from './world-file.js';
import type { RegistryDocument, WorldDocument } from './world-schema.js';

/** What may be added to a registry that is being served, as a world file would say it. */
export type RegistryAddition = Pick<
  RegistryDocument,
  'repositories' | 'users' | 'robots' | 'groups' | 'access'
>;

/**
 * A world with more in one of its registries. Repositories, accounts and groups of a name that is there already are put
 * in its place, with one exception: a repository keeps what is not named again, its visibility, tags and digests. Access rules come
 * after those that are there.
 *
 * @param addition of a shape that was checked
 * @throws {@link WorldError} when it would be no world any more: a rule that speaks of nobody, an account without password
 */
export function addToWorld(world: World, place: number, addition: RegistryAddition): World {
  const before = world.registries[place]!;
  const added = completed({ ...addition, host: before.host, auth: before.auth });
  const named = new Map(addition.repositories?.map((repository) => [repository.name, repository]));
  const after: WorldRegistry = {
    ...before,
    repositories: merged(before.repositories, added.repositories, (old, now) => ({
      ...now,
      visibility: named.get(now.name)?.visibility ?? old.visibility,
      tags: { ...old.tags, ...now.tags },
      digests: [...new Set([...old.digests, ...now.digests])],
    })),
    users: merged(before.users, added.users),
    robots: merged(before.robots, added.robots),
    groups: { ...before.groups, ...added.groups },
    ...(addition.access && { access: [...(before.access ?? []), ...addition.access] }),
  };
  checkRegistry(after);
  const registries = world.registries.map((registry, index) => (index === place ? after : registry));
  return { ...world, registries };
}

/** An addition with the defaults of a world file. It names no files, so any folder will do. */
function completed(registry: RegistryDocument): WorldRegistry {
  const document: WorldDocument = { apiVersion: 'pullsim/v1', kind: 'World', registries: [registry] };
  return completeWorld(document, '.').registries[0]!;
}

function merged<T extends { readonly name: string }>(
  before: readonly T[],
  added: readonly T[],
  replace: (old: T, now: T) => T = (_, now) => now,
): readonly T[] {
  const byName = new Map(before.map((item) => [item.name, item]));
  for (const now of added) {
    const old = byName.get(now.name);
    byName.set(now.name, old === undefined ? now : replace(old, now));
  }
  return [...byName.values()];
}

/** The places in the message are those of the registry as it would be. */
function checkRegistry(registry: WorldRegistry): void {
  const mistakes = checkWorld({ apiVersion: 'pullsim/v1', kind: 'World', registries: [registry] });
  if (mistakes.length === 0) return;
  const prefix = `${printPath(['registries', 0])}.`;
  throw new WorldError(mistakes.map(({ message }) => ({ message: message.replace(prefix, '') })));
}
