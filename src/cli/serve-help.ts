import type { ResolvedWorld } from '../world/resolve-world.js';
import type { WorldRegistry, WorldRepository } from '../world/world.js';

/** What `serve` prints once it answers: what there is, and commands to paste. Passwords are not in it. */
export function describeServer({ world, from }: ResolvedWorld, url: string): string {
  const address = url.replace(/^https?:\/\//, '');
  const count = world.registries.length;
  const [first] = world.registries;
  const name = from.kind === 'none' ? 'no world file' : from.name;
  return [
    `pullsim serves ${count} ${count === 1 ? 'registry' : 'registries'} at ${url} (world: ${name})`,
    '',
    ...world.registries.flatMap(describeRegistry),
    ...(first === undefined ? [] : describeCommands(first, address)),
    ...world.registries.slice(1, 2).flatMap((registry) => describeOther(registry, address)),
    'Stop with Ctrl-C.',
    '',
  ].join('\n');
}

function describeRegistry(registry: WorldRegistry): string[] {
  const users = [...registry.users, ...registry.robots].map(({ name }) => name);
  const who = users.length > 0 ? `users: ${users.join(', ')}` : 'no users';
  return [
    `  ${registry.host}   auth: ${registry.auth}${registry.auth === 'none' ? '' : `, ${who}`}`,
    ...registry.repositories.map((repository) => `    ${describeRepository(repository)}`),
    '',
  ];
}

function describeRepository({ name, visibility, tags }: WorldRepository): string {
  const names = Object.keys(tags);
  const shown = names.slice(0, 6).join(', ') + (names.length > 6 ? ', …' : '');
  return `${visibility.padEnd(8)}${name}${shown === '' ? '' : `: ${shown}`}`;
}

/** The first registry is the one for clients that call this server by its address. */
function describeCommands(registry: WorldRegistry, address: string): string[] {
  const open = imageOf(registry, 'public');
  const closed = imageOf(registry, 'private');
  const user = registry.users[0]?.name;
  return [
    `${registry.host} is what clients get that call this address:`,
    `  curl -i http://${address}/v2/`,
    ...(open === undefined ? [] : publicCommands(`${address}/${open}`)),
    ...(user === undefined ? [] : loginCommands(user, address)),
    ...(closed === undefined || user === undefined ? [] : privateCommands(`${address}/${closed}`, user)),
    '',
  ];
}

const publicCommands = (image: string): string[] => [
  `  skopeo inspect --tls-verify=false docker://${image}`,
  `  podman pull --tls-verify=false ${image}`,
  `  docker pull ${image}`,
  `  ctr images pull --plain-http ${image}`,
];

const loginCommands = (user: string, address: string): string[] => [
  `  printf %s "$PASSWORD" | docker login --username ${user} --password-stdin ${address}`,
  `  printf %s "$PASSWORD" | podman login --tls-verify=false --username ${user} --password-stdin ${address}`,
];

/** `ctr --user NAME` without a password asks for it. */
const privateCommands = (image: string, user: string): string[] => [
  `  podman pull --tls-verify=false ${image}`,
  `  ctr images pull --plain-http --user ${user} ${image}`,
];

/** The others are told apart by `Host`, or by the `?ns=` that containerd's mirrors send. */
function describeOther({ host }: WorldRegistry, address: string): string[] {
  return [
    'The others go by their own names:',
    `  curl -i -H 'Host: ${host}' http://${address}/v2/`,
    `  containerd, in /etc/containerd/certs.d/${host}/hosts.toml:`,
    `    [host."http://${address}"]`,
    '      capabilities = ["pull", "resolve"]',
    '',
  ];
}

function imageOf(registry: WorldRegistry, visibility: WorldRepository['visibility']): string | undefined {
  const repository = registry.repositories.find(
    (candidate) => candidate.visibility === visibility && Object.keys(candidate.tags).length > 0,
  );
  const [tag] = Object.keys(repository?.tags ?? {});
  return repository === undefined ? undefined : `${repository.name}:${tag}`;
}
