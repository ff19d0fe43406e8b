import {
  type Auths,
  type DockerConfig,
  decodeDockerConfigJson,
  decodeDockercfg,
  InvalidDockerConfig,
} from './docker-config.js';

/** The folders in which a kubelet looks for a docker config of its own. */
export interface NodeConfigFolders {
  /** `--root-dir`, by default `/var/lib/kubelet`. */
  readonly kubeletRoot: string;
  readonly working: string;
  readonly home: string;
}

/**
 * Where the kubelet looks for node credentials, in its order (kubelet.md §2.8): the first file that exists and parses wins,
 * nothing is merged. `DOCKER_CONFIG` plays no part.
 */
export function nodeConfigPaths({ kubeletRoot, working, home }: NodeConfigFolders): readonly string[] {
  const configs = [kubeletRoot, working, `${home}/.docker`, '/.docker'];
  const legacy = [kubeletRoot, working, home, ''];
  return [
    ...configs.map((folder) => `${folder}/config.json`),
    ...legacy.map((folder) => `${folder}/.dockercfg`),
  ];
}

/**
 * Reads a node's docker config; the format follows from the file's name.
 *
 * @throws {@link InvalidDockerConfig} always with the same text, which the kubelet only logs before it tries the next file
 */
export function readNodeConfig(path: string, content: Uint8Array | string): Auths {
  try {
    return authsOf(path.endsWith('.dockercfg') ? decodeDockercfg(content) : decodeDockerConfigJson(content));
  } catch (error) {
    if (!(error instanceof InvalidDockerConfig)) throw error;
    throw new InvalidDockerConfig('error occurred while trying to unmarshal json');
  }
}

/** Without prototype, so that no registry name is special. */
function authsOf({ entries }: DockerConfig): Auths {
  const named = entries.map(
    ({ key, username, password, email }) => [key, { username, password, email }] as const,
  );
  return Object.assign(Object.create(null), Object.fromEntries(named));
}
