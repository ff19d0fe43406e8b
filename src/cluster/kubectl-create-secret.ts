import { encodeDockerConfigJson } from '../credentials/encode-docker-config.js';
import { encodeBase64 } from '../wire/go-base64.js';
import type { Secret } from './objects.js';

/** The flags of `kubectl create secret docker-registry`. */
export interface DockerRegistrySecretFlags {
  readonly name: string;
  readonly namespace?: string;
  /** Stored verbatim. By default Docker Hub's `https://index.docker.io/v1/`. */
  readonly server?: string;
  readonly username?: string;
  readonly password?: string;
  readonly email?: string;
  /** The bytes of `--from-file`: taken as they are, in place of all other flags. */
  readonly configFile?: Uint8Array;
}

/** kubectl's refusal: the message is what it prints after `error: `. */
export class SecretFlagsError extends Error {
  override readonly name = 'SecretFlagsError';
}

/** kubectl's default for `--docker-server`. */
export const defaultDockerServer = 'https://index.docker.io/v1/';

/**
 * The Secret that `kubectl create secret docker-registry` writes (kubelet.md §4.5): one key with compact JSON, `auth`
 * beside user name and password. A user name with a colon cannot work: `auth` wins and is split at the first colon.
 *
 * @throws {@link SecretFlagsError} when neither a file nor user name, password and server are given
 */
export function dockerRegistrySecret(flags: DockerRegistrySecretFlags): Secret {
  const content = flags.configFile ?? new TextEncoder().encode(dockerConfigJson(flags));
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: flags.name, ...(flags.namespace === undefined ? {} : { namespace: flags.namespace }) },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': encodeBase64(content) },
  };
}

function dockerConfigJson(flags: DockerRegistrySecretFlags): string {
  const { server = defaultDockerServer, username = '', password = '', email = '' } = flags;
  if (server === '' || username === '' || password === '') {
    throw new SecretFlagsError(
      'either --from-file or the combination of --docker-username, --docker-password and --docker-server is required',
    );
  }
  return encodeDockerConfigJson(server, { username, password, email });
}
