import { encodeDockerConfigJson } from '../credentials/encode-docker-config.js';
import type { World, WorldRegistry } from './world.js';

/** A pull secret as `kubectl create secret docker-registry` writes it. */
export interface PullSecretObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Secret';
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly type: 'kubernetes.io/dockerconfigjson';
  readonly data: { readonly '.dockerconfigjson': string };
}

export interface LoginOptions {
  /**
   * The registry key. By default the name of the registry that has the user, as manifests name it, and in
   * {@link check}; give `registry.address` for clients that connect to the port.
   */
  readonly server?: string;
}

export interface PullSecretOptions extends LoginOptions {
  /** `regcred` by default. */
  readonly name?: string;
  readonly namespace?: string;
}

/**
 * The docker config of one account of a world.
 *
 * @throws RangeError when no registry has the user; TypeError when only a hash of the password is known
 */
export function dockerConfigJsonOf(world: World, user: string, { server }: LoginOptions = {}): string {
  const registry = world.registries.find((candidate) => accountOf(candidate, user) !== undefined);
  const account = registry && accountOf(registry, user);
  if (registry === undefined || account === undefined)
    throw new RangeError(`no registry of the world has a user "${user}"`);
  if (account.password === undefined)
    throw new TypeError(`only a hash of the password of "${user}" is known, so no secret can be made`);
  return encodeDockerConfigJson(server ?? keyOf(registry.host), {
    username: user,
    password: account.password,
  });
}

/** @throws as {@link dockerConfigJsonOf} */
export function pullSecretOf(world: World, user: string, options: PullSecretOptions = {}): PullSecretObject {
  const { name = 'regcred', namespace } = options;
  const config = dockerConfigJsonOf(world, user, options);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(config).toString('base64') },
  };
}

const accountOf = ({ users, robots }: WorldRegistry, name: string) =>
  [...users, ...robots].find((account) => account.name === name);

/** The key that kubectl writes for Docker Hub; every other registry goes by its host. */
const keyOf = (host: string): string => (host === 'docker.io' ? 'https://index.docker.io/v1/' : host);
