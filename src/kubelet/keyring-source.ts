import type { Pod } from '../cluster/objects.js';
import type { Credential, PullSecret } from '../credentials/credential.js';
import {
  createKeyring,
  type Keyring,
  type NodeCredentials,
  type ProviderCredentials,
} from '../credentials/keyring.js';
import type { KubeletRelease } from '../versions/kubelet.js';
import { CredentialsUnknown } from './image-request.js';
import type { PodPullSecrets } from './sync-pod.js';

/**
 * Where the kubelet gets a pod's credentials. One source may serve many kubelets of the same node configuration: it
 * builds one keyring for each different list of secrets.
 */
export interface KeyringSource {
  /** @throws KeyringError when a secret cannot be decoded, CredentialsUnknown when `secrets.unknown` is set */
  credentials(repository: string, pod: Pod, secrets: PodPullSecrets): Promise<readonly Credential[]>;
  /** The keyring of secrets and node configuration, without what plugins answer. Throws as `credentials` does. */
  keyring(secrets: PodPullSecrets): Keyring;
  /** Answers may change from look-up to look-up. */
  readonly asksPlugins: boolean;
}

export interface KeyringSourceOptions {
  /** Decides the order of node configuration and plugins. */
  readonly release: Pick<KubeletRelease, 'nodeAndProviders'>;
  /** The node's own docker config; a function is asked each time and answers with the same object while nothing changed. */
  readonly node?: NodeCredentials | (() => NodeCredentials | undefined);
  /**
   * Asks the credential provider plugins whose patterns match, in the order of their configuration; called where the
   * kubelet calls them (kubelet.md §8.2). Absent: the node has none. A plugin that fails contributes nothing: this
   * must not reject.
   */
  readonly providers?: (repository: string, pod: Pod) => Promise<readonly ProviderCredentials[]>;
}

/** More different secret lists than this on one node are not kept. */
const maxKeyrings = 10_000;

export function createKeyringSource(options: KeyringSourceOptions): KeyringSource {
  const { providers: ask, release } = options;
  const readNode = typeof options.node === 'function' ? options.node : () => options.node as NodeCredentials;
  const listKey = createListKey();
  const keyrings = new Map<string, () => Keyring>();
  let node: NodeCredentials | undefined;

  const build = (secrets: readonly PullSecret[], providers: readonly ProviderCredentials[]) =>
    createKeyring({ secrets, providers, nodeAndProviders: release.nodeAndProviders, ...(node && { node }) });

  const refreshNode = () => {
    const read = readNode();
    if (read !== node) keyrings.clear();
    node = read;
  };

  const keyring = ({ found, unknown }: PodPullSecrets) => {
    if (unknown !== undefined) throw new CredentialsUnknown(unknown);
    refreshNode();
    const key = listKey(found);
    let built = keyrings.get(key);
    if (built === undefined) {
      if (keyrings.size >= maxKeyrings) keyrings.clear();
      built = buildOnce(() => build(found, []));
      keyrings.set(key, built);
    }
    return built();
  };

  return {
    keyring,
    asksPlugins: ask !== undefined,
    async credentials(repository, pod, secrets) {
      const own = keyring(secrets);
      const answers = (await ask?.(repository, pod)) ?? [];
      return (answers.length === 0 ? own : build(secrets.found, answers)).lookup(repository);
    },
  };
}

/** A secret that cannot be decoded fails each time with the same error. */
function buildOnce(build: () => Keyring): () => Keyring {
  try {
    const keyring = build();
    return () => keyring;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** Lists of the same secret objects share a key: an edited secret is another object. */
function createListKey(): (secrets: readonly PullSecret[]) => string {
  const ids = new WeakMap<PullSecret, number>();
  let next = 0;
  return (secrets) =>
    secrets
      .map((secret) => {
        const known = ids.get(secret);
        if (known !== undefined) return known;
        ids.set(secret, ++next);
        return next;
      })
      .join(' ');
}
