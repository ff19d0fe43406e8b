import { readFileSync } from 'node:fs';
import { InvalidDockerConfig } from '../credentials/docker-config.js';
import type { NodeCredentials } from '../credentials/keyring.js';
import { readNodeConfig } from '../credentials/node-config.js';
import type { NodeFacts } from '../diagnosis/facts.js';
import type { KubeletConfigurationDocument } from '../kubelet/configuration.js';
import { createKeyringSource, type KeyringSource } from '../kubelet/keyring-source.js';
import type { Dial, Runtime } from '../runtime/pull.js';
import { type KubeletRelease, kubeletRelease } from '../versions/kubelet.js';
import { readKubeletConfig } from './kubelet-config.js';
import { nodeRuntime } from './node-runtime.js';
import { nodeStore } from './node-store.js';
import { createPuller, type NodeImages, type Puller } from './pull-reuse.js';
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
}

/** @throws {@link WorldError} when a file that the node names cannot be used */
export function nodeParts(node: WorldNode, { world, dial, now, registryState }: NodePartsOptions): NodeParts {
  const release = kubeletRelease(node.kubernetesVersion);
  const runtime = nodeRuntime(node, { dial, now, sleep: async () => undefined });
  const credentials = nodeCredentials(node);
  return {
    node,
    release,
    runtime,
    puller: createPuller(runtime, registryState),
    images: { store: nodeStore(node, world), state: '' },
    keyrings: createKeyringSource({ release, ...(credentials && { node: credentials }) }),
    configuration: readKubeletConfig(node, release),
    facts: {
      name: node.name,
      platform: node.platform,
      kubernetesVersion: node.kubernetesVersion,
      images: node.images,
      runtime: node.runtime,
    },
  };
}

/** A file that the kubelet cannot parse is only logged: the node then has no credentials (kubelet.md §2.8). */
function nodeCredentials({ dockerConfig }: WorldNode): NodeCredentials | undefined {
  if (dockerConfig === undefined) return undefined;
  try {
    return { auths: readNodeConfig(dockerConfig, readFileSync(dockerConfig)), file: dockerConfig };
  } catch (error) {
    if (error instanceof InvalidDockerConfig) return undefined;
    throw error;
  }
}
