import { isTooLong } from '../access/password.js';
import type { Cluster } from '../cluster/load-cluster.js';
import type { Pod } from '../cluster/objects.js';
import type { PullSecret } from '../credentials/credential.js';
import { createKeyring, KeyringError } from '../credentials/keyring.js';
import { InvalidImageName, parseImageName } from '../image/reference.js';
import { maskUsername } from '../wire/mask.js';
import { imagesOf } from './check.js';
import { dockerHub } from './docker-hub.js';
import { canonicalHost } from './image-knowledge.js';
import { userRule } from './world-schema.js';

/** What `pullsim init` knows of the world from manifests alone. */
export interface WorldDraft {
  readonly registries: readonly RegistryDraft[];
  /** `prod/regcred (ExternalSecret regcred)`: their accounts are not in the files. */
  readonly promised: readonly string[];
  readonly node: NodeDraft;
}

interface RegistryDraft {
  readonly host: string;
  readonly users: readonly UserDraft[];
  /** Why an account of a secret is not among the users. */
  readonly leftOut: readonly string[];
  readonly repositories: readonly RepositoryDraft[];
}

interface UserDraft {
  readonly name: string;
  readonly password: string;
  /** `prod/regcred`; the first one that has the account. */
  readonly secret: string;
  /** Secrets that have another password for the account. */
  readonly disagreeing: readonly string[];
}

interface RepositoryDraft {
  readonly name: string;
  readonly visibility: 'public' | 'private';
  readonly tags: readonly string[];
  readonly digests: readonly string[];
}

interface NodeDraft {
  /** Images with imagePullPolicy Never. */
  readonly never: readonly string[];
  /** `disk: ssd`, from node selectors. */
  readonly labels: readonly string[];
}

/** Reads out of manifests which registries, repositories, tags, digests and accounts they take for granted. */
export function draftWorld(cluster: Pick<Cluster, 'pods' | 'secrets' | 'declaredSecrets'>): WorldDraft {
  const byHost = new Map<string, Map<string, MutableRepository>>();
  for (const image of cluster.pods.flatMap(imagesOf)) addImage(image, byHost);
  const secrets = cluster.secrets.map(({ object }) => object);
  return {
    registries: sorted(byHost).map(([host, repositories]) => draftRegistry(host, repositories, secrets)),
    promised: cluster.declaredSecrets.map(({ namespace, name, by }) => `${namespace}/${name} (${by})`),
    node: draftNode(cluster.pods.flatMap((loaded) => (loaded.admitted ? [loaded.pod] : []))),
  };
}

interface MutableRepository {
  readonly tags: Set<string>;
  readonly digests: Set<string>;
}

/** A name that the kubelet refuses belongs to no registry: `check` tells what is wrong with it. */
function addImage(image: string, byHost: Map<string, Map<string, MutableRepository>>): void {
  const name = readName(image);
  if (name === undefined) return;
  const slash = name.repository.indexOf('/');
  const host = canonicalHost(name.repository.slice(0, slash));
  const repositories = getOrMake(byHost, host, () => new Map<string, MutableRepository>());
  const path = name.repository.slice(slash + 1);
  const repository = getOrMake(repositories, path, () => ({ tags: new Set(), digests: new Set() }));
  // With a digest the tag is not asked for.
  if (name.digest !== '') repository.digests.add(name.digest);
  else repository.tags.add(name.tag);
}

function readName(image: string): ReturnType<typeof parseImageName> | undefined {
  if (image === '') return undefined;
  try {
    return parseImageName(image);
  } catch (error) {
    if (error instanceof InvalidImageName) return undefined;
    throw error;
  }
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
}

const sorted = <V>(map: ReadonlyMap<string, V>): readonly (readonly [string, V])[] =>
  [...map].sort(([one], [other]) => (one < other ? -1 : 1));

function draftRegistry(
  host: string,
  repositories: ReadonlyMap<string, MutableRepository>,
  secrets: readonly PullSecret[],
): RegistryDraft {
  const names = [...repositories.keys()].map((path) => `${host}/${path}`);
  return {
    host,
    ...draftUsers(secrets.flatMap((secret) => loginsOf(secret, names))),
    repositories: sorted(repositories).map(([name, { tags, digests }]) => ({
      name,
      visibility: host === dockerHub.host && name.startsWith('library/') ? 'public' : 'private',
      tags: [...tags].sort(),
      digests: [...digests].sort(),
    })),
  };
}

interface Login {
  readonly name: string;
  readonly password: string;
  readonly secret: string;
}

/** What a secret would send for these repositories. One that cannot be decoded sends nothing. */
function loginsOf(secret: PullSecret, repositories: readonly string[]): readonly Login[] {
  const { namespace = 'default', name = '' } = secret.metadata;
  try {
    const keyring = createKeyring({ secrets: [secret] });
    return repositories
      .flatMap((repository) => keyring.lookup(repository))
      .map(({ username, password }) => ({ name: username, password, secret: `${namespace}/${name}` }));
  } catch (error) {
    if (error instanceof KeyringError) return [];
    throw error;
  }
}

function draftUsers(logins: readonly Login[]): Pick<RegistryDraft, 'users' | 'leftOut'> {
  const byName = new Map<string, Login[]>();
  for (const login of logins) getOrMake(byName, login.name, () => []).push(login);
  const users: UserDraft[] = [];
  const leftOut = new Set<string>();
  for (const [name, [first, ...others]] of byName) {
    if (first === undefined) continue;
    const problem = problemOf(first);
    if (problem !== undefined) leftOut.add(problem);
    else users.push({ ...first, name, disagreeing: disagreeing(first, others) });
  }
  return { users, leftOut: [...leftOut] };
}

const disagreeing = (first: Login, others: readonly Login[]): readonly string[] => [
  ...new Set(others.filter(({ password }) => password !== first.password).map(({ secret }) => secret)),
];

function problemOf({ name, password, secret }: Login): string | undefined {
  if (name === '' || password === '') return `secret ${secret} has an entry without user name or password`;
  if (maskUsername(name) !== name || !userRule.pattern.test(name))
    return `the user name in secret ${secret} is none that a world can have`;
  return isTooLong(password)
    ? `the password of "${name}" in secret ${secret} is longer than 72 bytes, all that bcrypt reads: a token, which will end`
    : undefined;
}

function draftNode(pods: readonly Pod[]): NodeDraft {
  const never = pods.flatMap(({ spec }) =>
    [...spec.containers, ...(spec.initContainers ?? [])]
      .filter(({ imagePullPolicy }) => imagePullPolicy === 'Never')
      .flatMap(({ image }) => image ?? []),
  );
  const labels = pods.flatMap(({ spec }) =>
    Object.entries(spec.nodeSelector ?? {})
      .filter(([key]) => !key.startsWith('kubernetes.io/'))
      .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`),
  );
  return { never: [...new Set(never)], labels: [...new Set(labels)] };
}
