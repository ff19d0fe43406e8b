import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceAccount } from '../cluster/objects.js';
import type { NodeFacts } from '../diagnosis/facts.js';
import type { KubeletConfigurationDocument } from '../kubelet/configuration.js';
import { createKeyringSource, type KeyringSource } from '../kubelet/keyring-source.js';
import type { KubeletLogLine } from '../kubelet/kubelet-log.js';
import { createNodeDockerConfig } from '../kubelet/node-docker-config.js';
import type { Dial, Runtime } from '../runtime/pull.js';
import { type KubeletRelease, kubeletRelease } from '../versions/kubelet.js';
import { readKubeletConfig } from './kubelet-config.js';
import { nodeMirrors } from './node-mirrors.js';
import { nodeProviders, providerFacts } from './node-providers.js';
import { nodeRuntime } from './node-runtime.js';
import { nodeStore } from './node-store.js';
import { createPuller, type NodeImages, type Puller } from './pull-reuse.js';
import { createServiceAccountApi } from './service-account-api.js';
import type { World, WorldNode } from './world.js';

/** What all pods of one node share: everything but its images, of which each pod gets a fresh copy. */
export interface NodeParts {
  readonly node: WorldNode;
  readonly release: KubeletRelease;
  readonly runtime: Runtime;
  readonly puller: Puller;
  /** The images before any pod. */
  readonly images: NodeImages;
  readonly keyrings: KeyringSource;
  readonly configuration: KubeletConfigurationDocument;
  readonly facts: NodeFacts;
}

export interface NodePartsOptions {
  readonly world: World;
  readonly dial: Dial;
  readonly now: () => Date;
  /** See {@link createPuller}. */
  readonly registryState: () => string | undefined;
  readonly cluster?: NodeCluster;
}

/** @param node its name */
export type NodeLog = (line: KubeletLogLine, node: string) => void;

/** What a node has to do with the cluster and the person that watches it. Everything may be absent. */
export interface NodeCluster {
  /** The ServiceAccounts of the manifests. */
  readonly findServiceAccount?: (namespace: string, name: string) => ServiceAccount | undefined;
  /** Takes what the kubelets log: why a credential provider or the node's docker config gave nothing. */
  readonly log?: NodeLog;
  /** Whether pods share what credential providers answered; `pod` (each alone) by default. */
  readonly providerCaches?: 'node' | 'pod';
}

/** @throws {@link WorldError} when a file that the node names cannot be used */
export function nodeParts(node: WorldNode, options: NodePartsOptions): NodeParts {
  const { world, dial, now, registryState } = options;
  const release = kubeletRelease(node.kubernetesVersion);
  // What may be refused comes first: a runtime has to be closed.
  const configuration = readKubeletConfig(node, release);
  const keyrings = nodeKeyrings(node, release, configuration, options);
  const runtime = nodeRuntime(node, { dial, now, sleep: async () => undefined });
  return {
    node,
    release,
    runtime,
    puller: createPuller(runtime, registryState),
    images: { store: nodeStore(node, world), state: '' },
    keyrings,
    configuration,
    facts: {
      name: node.name,
      platform: node.platform,
      kubernetesVersion: node.kubernetesVersion,
      images: node.images,
      runtime: node.runtime,
      mirrors: nodeMirrors(node, world),
      providers: providerFacts(node, { release, configuration }),
    },
  };
}

function nodeKeyrings(
  node: WorldNode,
  release: KubeletRelease,
  configuration: KubeletConfigurationDocument,
  { now, cluster = {} }: NodePartsOptions,
): KeyringSource {
  const { findServiceAccount = () => undefined, providerCaches: caches = 'pod' } = cluster;
  const log = (line: KubeletLogLine) => cluster.log?.(line, node.name);
  const api = createServiceAccountApi({ findServiceAccount, now });
  const providers = nodeProviders(node, { release, configuration, api, now, log, caches });
  return createKeyringSource({
    release,
    node: createNodeDockerConfig({ paths: dockerConfigPaths(node), now, log }),
    ...(providers && { providers }),
  });
}

/** A folder stands for the kubelet's root; the other places where a kubelet looks belong to this machine, not to the node. */
function dockerConfigPaths({ dockerConfig: path }: WorldNode): readonly string[] {
  if (path === undefined) return [];
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? ['config.json', '.dockercfg'].map((name) => join(path, name)) : [path];
}
