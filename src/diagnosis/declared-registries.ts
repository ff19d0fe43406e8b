import type { RegistryFacts } from './facts.js';

/** A registry that the world file declares. */
export type DeclaredRegistry = RegistryFacts['registries'][number];
export type DeclaredRepository = DeclaredRegistry['repositories'][number];

/** Host and path of a repository name: `docker.io/library/nginx` → `docker.io`, `library/nginx`. */
export function splitRepository(repository: string): { readonly host: string; readonly path: string } {
  const slash = repository.indexOf('/');
  return { host: repository.slice(0, Math.max(slash, 0)), path: repository.slice(slash + 1) };
}

/** The registry that serves a repository, if the world declares it. */
export const registryOf = (facts: RegistryFacts, repository: string): DeclaredRegistry | undefined =>
  facts.registries.find(({ host }) => host === splitRepository(repository).host);

/** A repository of that name, if the world declares it. */
export const repositoryOf = (
  registry: DeclaredRegistry | undefined,
  repository: string,
): DeclaredRepository | undefined =>
  registry?.repositories.find(({ name }) => name === splitRepository(repository).path);

/** Whether the world knows that a declared registry has no such repository. */
export const isAbsent = (registry: DeclaredRegistry, repository: string): boolean =>
  repositoryOf(registry, repository) === undefined;

/** The account that most likely was meant: one that may pull the repository. */
export function likelyUser(registry: DeclaredRegistry | undefined, repository: string): string | undefined {
  const pullers = repositoryOf(registry, repository)?.pullers;
  if (pullers !== undefined) return pullers[0];
  return registry?.users.length === 1 ? registry.users[0] : undefined;
}
