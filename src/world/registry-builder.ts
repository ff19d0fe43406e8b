import { type RunningRegistry, type StartOptions, startRegistry } from './start-registry.js';
import type { RegistryDocument, WorldDocument } from './world-schema.js';

/** What a repository has beside its name. */
export interface RepositoryOptions {
  /** `latest` by default; each is an image for linux/amd64 and linux/arm64 unless `platforms` says otherwise. */
  readonly tags?: readonly string[];
  readonly platforms?: readonly string[];
  /** Private repositories: who may pull; every user of the registry by default. */
  readonly pull?: readonly string[];
}

/** Describes a registry step by step. Each step gives back a new description; the one before stays as it was. */
export interface RegistryBuilder {
  withUser(name: string, password: string): RegistryBuilder;
  withPublicRepository(name: string, options?: Omit<RepositoryOptions, 'pull'>): RegistryBuilder;
  withPrivateRepository(name: string, options?: RepositoryOptions): RegistryBuilder;
  withFault(fault: NonNullable<RegistryDocument['faults']>[number]): RegistryBuilder;
  /** Any other key of a registry in a world file. */
  with(keys: Partial<RegistryDocument>): RegistryBuilder;
  /** The world with this registry alone: what `check` takes, too. */
  world(): Pick<WorldDocument, 'apiVersion' | 'kind' | 'registries'>;
  start(options?: Omit<StartOptions, 'world'>): Promise<RunningRegistry>;
}

/**
 * Describes a registry for tests.
 *
 * ```ts
 * await using registry = await registryBuilder('registry.example.com')
 *   .withUser('ci', 'secret')
 *   .withPrivateRepository('team/app', { tags: ['1.0'], pull: ['ci'] })
 *   .start();
 * ```
 *
 * @param host the name in image references
 */
export const registryBuilder = (host: string): RegistryBuilder => build({ host });

type RepositoryDocument = NonNullable<RegistryDocument['repositories']>[number];
type AccessDocument = NonNullable<RegistryDocument['access']>[number];

function build(registry: RegistryDocument): RegistryBuilder {
  const { users = [], repositories = [], faults = [], access } = registry;
  const world = () => ({
    apiVersion: 'pullsim/v1' as const,
    kind: 'World' as const,
    registries: [completeAccess(registry)],
  });
  return {
    withUser: (name, password) => build({ ...registry, users: [...users, { name, password }] }),
    withPublicRepository: (name, options) =>
      build({ ...registry, repositories: [...repositories, repository(name, 'public', options)] }),
    withPrivateRepository: (name, options = {}) =>
      build({
        ...registry,
        repositories: [...repositories, repository(name, 'private', options)],
        ...(options.pull && { access: [...(access ?? []), rule(name, options.pull)] }),
      }),
    withFault: (fault) => build({ ...registry, faults: [...faults, fault] }),
    with: (keys) => build({ ...registry, ...keys }),
    world,
    start: (options = {}) => startRegistry({ ...options, world: world() }),
  };
}

const repository = (
  name: string,
  visibility: 'public' | 'private',
  { tags = ['latest'], platforms }: RepositoryOptions = {},
): RepositoryDocument => ({
  name,
  visibility,
  tags: Object.fromEntries(
    tags.map((tag) => [tag, platforms === undefined ? {} : { platforms: [...platforms] }]),
  ),
});

const rule = (repositoryName: string, users: readonly string[]): AccessDocument => ({
  users: [...users],
  repositories: [repositoryName],
  actions: ['pull'],
});

/** A list of rules keeps everybody else out, also of private repositories that say nothing: those are for every user. */
function completeAccess(registry: RegistryDocument): RegistryDocument {
  const { access, users = [], repositories = [] } = registry;
  if (access === undefined || users.length === 0) return registry;
  const ruled = new Set(access.flatMap((one) => one.repositories));
  const open = repositories.filter(({ name, visibility }) => visibility !== 'public' && !ruled.has(name));
  const everybody = users.map(({ name }) => name);
  return { ...registry, access: [...access, ...open.map(({ name }) => rule(name, everybody))] };
}
