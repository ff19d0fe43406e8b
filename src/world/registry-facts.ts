import { compileAccessRules } from '../access/access-rules.js';
import type { RegistryFacts } from '../diagnosis/facts.js';
import type { World, WorldRegistry, WorldRepository } from './world.js';

/** What rules may know of the world's registries: names, no secrets. */
export const registryFacts = ({ registries }: Pick<World, 'registries'>): RegistryFacts => ({
  registries: registries.map(factsOf),
});

function factsOf(registry: WorldRegistry): RegistryFacts['registries'][number] {
  const { host, auth, repositories } = registry;
  const users = [...registry.users, ...registry.robots].map(({ name }) => name);
  const usersWho = userFinder(registry, users);
  return {
    host,
    auth,
    users,
    repositories: repositories.map((repository) => repositoryFacts(repository, usersWho)),
  };
}

/** Asked for few repositories of a world, and a thousand users times a thousand repositories take a while: on demand. */
function repositoryFacts(
  repository: WorldRepository,
  usersWho: UserFinder,
): RegistryFacts['registries'][number]['repositories'][number] {
  const { name, visibility, tags, digests } = repository;
  if (visibility === 'public') return { name, visibility, tags, digests };
  let pullers: readonly string[] | undefined;
  let pushers: readonly string[] | undefined;
  return {
    name,
    visibility,
    tags,
    digests,
    get pullers() {
      pullers ??= usersWho('pull', name);
      return pullers;
    },
    get pushers() {
      pushers ??= usersWho('push', name);
      return pushers;
    },
  };
}

/** Users who may do something in a repository. */
type UserFinder = (action: 'pull' | 'push', repository: string) => readonly string[];

function userFinder(registry: WorldRegistry, users: readonly string[]): UserFinder {
  const rules = compileAccessRules(registry.access);
  const groupsOf = (user: string) =>
    Object.entries(registry.groups)
      .filter(([, members]) => members.includes(user))
      .map(([group]) => group);
  return (action, repository) =>
    users.filter(
      (name) =>
        rules.decide(
          { kind: 'user', name, groups: groupsOf(name) },
          { name: repository, visibility: 'private' },
          action,
        ).allow,
    );
}
