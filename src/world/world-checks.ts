import { nearestNames } from '../cluster/nearest-names.js';
import { parseImageName } from '../image/reference.js';
import { dockerHub } from './docker-hub.js';
import { type Path, printPath, type ShapeMistake } from './shape-check.js';
import type { NodeDocument, RegistryDocument, WorldDocument } from './world-schema.js';

/** What one key of a well-shaped world file says about another: the mistakes that a shape cannot see. */
export function checkWorld(world: WorldDocument): ShapeMistake[] {
  const registries = world.registries ?? [];
  const nodes = world.nodes ?? [];
  return [
    ...duplicates(registries, (registry) => registry.host, ['registries'], 'host'),
    ...registries.flatMap((registry, index) => checkRegistry(registry, ['registries', index])),
    ...duplicates(nodes, (node) => node.name, ['nodes'], 'name'),
    ...nodes.flatMap((node, index) => checkNode(node, ['nodes', index])),
  ];
}

function checkRegistry(registry: RegistryDocument, path: Path): ShapeMistake[] {
  const repositories = registry.repositories ?? [];
  return [
    ...checkHost(registry.host, [...path, 'host']),
    ...checkOpenRegistry(registry, path),
    ...checkBasicRegistry(registry, path),
    ...checkSigningKey(registry, path),
    ...duplicates(repositories, (repository) => repository.name, [...path, 'repositories'], 'name'),
    ...checkAccounts(registry, path),
    ...checkGroups(registry, path),
    ...checkAccess(registry, path),
  ];
}

function checkHost(host: string, path: Path): ShapeMistake[] {
  if ((dockerHub.aliases as readonly string[]).includes(host))
    return [
      mistake(path, `"${host}" is Docker Hub: write "${dockerHub.host}"; its other names come with it`),
    ];
  if (registryOf(host) === host) return [];
  return [
    mistake(
      path,
      `"${host}" can never be the registry of an image: "${host}/app" is read as the Docker Hub image ` +
        `"docker.io/${host}/app". A registry's name has a dot or a port, or is "localhost"`,
    ),
  ];
}

function registryOf(host: string): string {
  const { repository } = parseImageName(`${host}/app`);
  return repository.slice(0, repository.indexOf('/'));
}

function checkOpenRegistry(registry: RegistryDocument, path: Path): ShapeMistake[] {
  if (registry.auth !== 'none') return [];
  return (registry.repositories ?? []).flatMap((repository, index) =>
    repository.visibility === 'private'
      ? [
          mistake(
            [...path, 'repositories', index, 'visibility'],
            `"${repository.name}" cannot be private: with "auth: none" the registry asks nobody who they are. ` +
              'Use "auth: token" or "auth: basic", or make it public',
          ),
        ]
      : [],
  );
}

function checkBasicRegistry(registry: RegistryDocument, path: Path): ShapeMistake[] {
  const accounts = (registry.users?.length ?? 0) + (registry.robots?.length ?? 0);
  if (registry.auth !== 'basic' || accounts > 0 || registry.htpasswd !== undefined) return [];
  return [
    mistake(
      [...path, 'auth'],
      `"auth: basic" of ${registry.host} has no users: nobody could ever log in. Add "users" or "htpasswd"`,
    ),
  ];
}

function checkSigningKey({ auth = 'token', signingKey }: RegistryDocument, path: Path): ShapeMistake[] {
  if (auth === 'token' || signingKey === undefined) return [];
  return [
    mistake([...path, 'signingKey'], `it signs tokens, and "auth: ${auth}" has none: use "auth: token"`),
  ];
}

/** bcrypt reads 72 bytes and drops the rest: two passwords would open one account (registry.md §7, S24). */
const passwordBytes = 72;

function checkAccounts(registry: RegistryDocument, path: Path): ShapeMistake[] {
  const users = registry.users ?? [];
  const robots = registry.robots ?? [];
  const taken = new Set(users.map((user) => user.name));
  return [
    ...duplicates(users, (user) => user.name, [...path, 'users'], 'name'),
    ...duplicates(robots, (robot) => robot.name, [...path, 'robots'], 'name'),
    ...users.flatMap((user, index) => checkPassword(user, [...path, 'users', index])),
    ...robots.flatMap((robot, index) => checkPassword(robot, [...path, 'robots', index])),
    ...robots.flatMap((robot, index) =>
      taken.has(robot.name)
        ? [mistake([...path, 'robots', index, 'name'], `"${robot.name}" is already the name of a user`)]
        : [],
    ),
  ];
}

type Account = NonNullable<RegistryDocument['users']>[number];

function checkPassword(
  account: Pick<Account, 'name' | 'password' | 'passwordHash'>,
  path: Path,
): ShapeMistake[] {
  const { name, password, passwordHash } = account;
  if (password !== undefined && passwordHash !== undefined)
    return [mistake(path, `user "${name}" has both "password" and "passwordHash": keep one`)];
  if (password === undefined && passwordHash === undefined)
    return [mistake(path, `user "${name}" needs "password" or "passwordHash"`)];
  if (password === '') return [mistake([...path, 'password'], `the password of "${name}" is empty`)];
  if (password !== undefined && new TextEncoder().encode(password).length > passwordBytes)
    return [
      mistake(
        [...path, 'password'],
        `the password of "${name}" is longer than ${passwordBytes} bytes: bcrypt, which registries use, ignores the rest`,
      ),
    ];
  return [];
}

function checkGroups(registry: RegistryDocument, path: Path): ShapeMistake[] {
  return Object.entries(registry.groups ?? {}).flatMap(([group, members]) =>
    unknownNames(members, accountNames(registry), [...path, 'groups', group], 'user'),
  );
}

function checkAccess(registry: RegistryDocument, path: Path): ShapeMistake[] {
  return (registry.access ?? []).flatMap((rule, index) => {
    const inside = [...path, 'access', index];
    const groups = Object.keys(registry.groups ?? {});
    return [
      ...(rule.users === undefined && rule.groups === undefined
        ? [mistake(inside, 'the rule speaks of nobody: add "users" or "groups"')]
        : []),
      ...unknownNames(rule.users ?? [], accountNames(registry), [...inside, 'users'], 'user'),
      ...unknownNames(rule.groups ?? [], groups, [...inside, 'groups'], 'group'),
    ];
  });
}

/** `undefined` when an htpasswd file has names that the world file does not show. */
function accountNames(registry: RegistryDocument): readonly string[] | undefined {
  if (registry.htpasswd !== undefined) return undefined;
  return [...(registry.users ?? []), ...(registry.robots ?? [])].map((account) => account.name);
}

function unknownNames(
  names: readonly string[],
  known: readonly string[] | undefined,
  path: Path,
  what: string,
): ShapeMistake[] {
  if (known === undefined) return [];
  return names.flatMap((name, index) => {
    if (known.includes(name)) return [];
    const near = nearestNames(name, known)[0];
    const hint = near === undefined ? `add it to "${what}s"` : `did you mean "${near}"?`;
    return [mistake([...path, index], `there is no ${what} "${name}"; ${hint}`)];
  });
}

/** Settings that only one family of runtimes reads. */
const hostSettings = { containerd: 'hostsDir', 'cri-o': 'registriesConf' } as const;

function checkNode(node: NodeDocument, path: Path): ShapeMistake[] {
  const family = node.runtime === 'cri-o' ? 'cri-o' : 'containerd';
  const foreign = family === 'cri-o' ? hostSettings.containerd : hostSettings['cri-o'];
  return [
    ...(node[foreign] === undefined
      ? []
      : [
          mistake(
            [...path, foreign],
            `${family} does not read it; for ${family} it is "${hostSettings[family]}"`,
          ),
        ]),
    ...(node.images ?? []).flatMap((image, index) => checkImage(image, [...path, 'images', index])),
  ];
}

function checkImage(image: string, path: Path): ShapeMistake[] {
  try {
    parseImageName(image);
    return [];
  } catch (error) {
    return [mistake(path, (error as Error).message)];
  }
}

function duplicates<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  path: Path,
  key: string,
): ShapeMistake[] {
  const seen = new Map<string, number>();
  return items.flatMap((item, index) => {
    const name = nameOf(item);
    const first = seen.get(name);
    if (first === undefined) {
      seen.set(name, index);
      return [];
    }
    return [mistake([...path, index, key], `"${name}" is already ${printPath([...path, first])}`)];
  });
}

const mistake = (path: Path, says: string): ShapeMistake => ({
  path,
  atKey: false,
  message: `${printPath(path)}: ${says}`,
});
