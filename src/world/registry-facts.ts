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
  const pullersOf = pullerFinder(registry, users);
  return {
    host,
    auth,
    users,
    repositories: repositories.map((repository) => repositoryFacts(repository, pullersOf)),
  };
}

/** Asked for few repositories of a world, and a thousand users times a thousand repositories take a while: on demand. */
function repositoryFacts(
  repository: WorldRepository,
  pullersOf: (name: string) => readonly string[],
): RegistryFacts['registries'][number]['repositories'][number] {
  const { name, visibility, tags, digests } = repository;
  if (visibility === 'public') return { name, visibility, tags, digests };
  let pullers: readonly string[] | undefined;
  return {
    name,
    visibility,
    tags,
    digests,
    get pullers() {
      pullers ??= pullersOf(name);
      return pullers;
    },
  };
}

function pullerFinder(registry: WorldRegistry, users: readonly string[]) {
  const rules = compileAccessRules(registry.access);
  const groupsOf = (user: string) =>
    Object.entries(registry.groups)
      .filter(([, members]) => members.includes(user))
      .map(([group]) => group);
  return (repository: string): readonly string[] =>
    users.filter(
      (name) =>
        rules.decide(
          { kind: 'user', name, groups: groupsOf(name) },
          { name: repository, visibility: 'private' },
          'pull',
        ).allow,
    );
}
