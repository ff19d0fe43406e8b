import { basename, dirname, resolve } from 'node:path';
import type { ResolvedWorld } from '../world/resolve-world.js';
import type { WorldRegistry, WorldRepository } from '../world/world.js';
import type { ControlAddress } from './serve-options.js';

/** How clients call the server: where, and which certificate they must trust for it. */
interface Endpoint {
  readonly url: string;
  readonly address: string;
  readonly secure: boolean;
  /** File of the authority that was made for this server. */
  readonly ca: string | undefined;
}

/**
 * What `serve` prints once it answers: what there is, and commands to paste. Passwords are not in it.
 *
 * @param ca where the certificate was written that clients must trust
 */
export function describeServer(
  { world, from }: ResolvedWorld,
  url: string,
  { ca, control }: { readonly ca?: string | undefined; readonly control?: ControlAddress | undefined } = {},
): string {
  const endpoint = {
    url,
    address: url.replace(/^https?:\/\//, ''),
    secure: url.startsWith('https:'),
    ca: ca === undefined ? undefined : resolve(ca),
  };
  const count = world.registries.length;
  const [first] = world.registries;
  const name = from.kind === 'none' ? 'no world file' : from.name;
  return [
    `pullsim serves ${count} ${count === 1 ? 'registry' : 'registries'} at ${url} (world: ${name})`,
    ...(endpoint.ca === undefined ? [] : [`its clients must trust ${endpoint.ca}, made for this run`]),
    ...(control === undefined ? [] : [`control API at ${control.url}, bearer token ${control.token}`]),
    '',
    ...world.registries.flatMap(describeRegistry),
    ...(first === undefined ? [] : describeCommands(first, endpoint)),
    ...world.registries.slice(1, 2).flatMap((registry) => describeOther(registry, endpoint)),
    'Stop with Ctrl-C.',
    '',
  ].join('\n');
}

function describeRegistry(registry: WorldRegistry): string[] {
  const users = [...registry.users, ...registry.robots].map(({ name }) => name);
  if (registry.htpasswd !== undefined) users.push(`those of ${basename(registry.htpasswd)}`);
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
function describeCommands(registry: WorldRegistry, endpoint: Endpoint): string[] {
  const open = imageOf(registry, 'public');
  const closed = imageOf(registry, 'private');
  const user = registry.users[0]?.name;
  return [
    `${registry.host} is what clients get that call this address:`,
    `  curl -i ${curlFlags(endpoint)}${endpoint.url}/v2/`,
    ...(open === undefined ? [] : publicCommands(open, endpoint)),
    ...(user === undefined ? [] : loginCommands(user, endpoint)),
    ...(closed === undefined || user === undefined ? [] : privateCommands(closed, user, endpoint)),
    '',
  ];
}

function publicCommands(image: string, endpoint: Endpoint): string[] {
  const name = `${endpoint.address}/${image}`;
  return [
    `  skopeo inspect ${podmanFlags(endpoint)}docker://${name}`,
    `  podman pull ${podmanFlags(endpoint)}${name}`,
    ...dockerTrust(endpoint),
    `  docker pull ${name}`,
    `  ctr images pull ${ctrFlags(endpoint)}${name}`,
  ];
}

const loginCommands = (user: string, endpoint: Endpoint): string[] => [
  `  printf %s "$PASSWORD" | docker login --username ${user} --password-stdin ${endpoint.address}`,
  `  printf %s "$PASSWORD" | podman login ${podmanFlags(endpoint)}--username ${user} --password-stdin ${endpoint.address}`,
];

/** `ctr --user NAME` without a password asks for it. */
const privateCommands = (image: string, user: string, endpoint: Endpoint): string[] => [
  `  podman pull ${podmanFlags(endpoint)}${endpoint.address}/${image}`,
  `  ctr images pull ${ctrFlags(endpoint)}--user ${user} ${endpoint.address}/${image}`,
];

/** The others are told apart by `Host`, or by the `?ns=` that containerd's mirrors send. */
function describeOther({ host }: WorldRegistry, endpoint: Endpoint): string[] {
  return [
    'The others go by their own names:',
    `  curl -i ${curlFlags(endpoint)}-H 'Host: ${host}' ${endpoint.url}/v2/`,
    `  containerd, in /etc/containerd/certs.d/${host}/hosts.toml:`,
    `    [host."${endpoint.url}"]`,
    '      capabilities = ["pull", "resolve"]',
    ...(endpoint.ca === undefined ? [] : [`      ca = "${endpoint.ca}"`]),
    '',
  ];
}

const curlFlags = ({ ca }: Endpoint): string => (ca === undefined ? '' : `--cacert ${ca} `);

/** A certificate of the user's own needs no flag: its authority is known, or the user knows how to make it so. */
function podmanFlags({ secure, ca }: Endpoint): string {
  if (!secure) return '--tls-verify=false ';
  return ca === undefined ? '' : `--cert-dir ${dirname(ca)} `;
}

function ctrFlags({ secure, ca }: Endpoint): string {
  if (!secure) return '--plain-http ';
  return ca === undefined ? '' : `--tlscacert ${ca} `;
}

/** docker has no flag for it. Over plain http it trusts loopback alone. */
const dockerTrust = ({ address, ca }: Endpoint): string[] =>
  ca === undefined
    ? []
    : [`  sudo install -D -m 644 ${ca} /etc/docker/certs.d/${address}/ca.crt    # once, for docker`];

function imageOf(registry: WorldRegistry, visibility: WorldRepository['visibility']): string | undefined {
  const repository = registry.repositories.find(
    (candidate) => candidate.visibility === visibility && Object.keys(candidate.tags).length > 0,
  );
  const [tag] = Object.keys(repository?.tags ?? {});
  return repository === undefined ? undefined : `${repository.name}:${tag}`;
}
