import type { ServiceAccount } from '../cluster/objects.js';
import type { ImageService } from '../kubelet/image-service.js';
import { createKubelet, type Kubelet } from '../kubelet/kubelet.js';
import type { Dial } from '../runtime/pull.js';
import type { ImageKnowledge } from './image-knowledge.js';
import { assumedPullMs } from './judge-pods.js';
import { type NodeParts, nodeParts } from './node-parts.js';
import { podImageService } from './pod-image-service.js';
import type { World, WorldNode } from './world.js';

/** A node whose images and records all its pods share. */
export interface SimulatedNode {
  readonly parts: NodeParts;
  readonly kubelet: Kubelet;
  close(): void;
}

export interface SimulatedNodeOptions {
  readonly world: World;
  readonly dial: Dial;
  readonly now: () => Date;
  readonly knowledge: ImageKnowledge;
  /** A pull takes no time on a clock that stands still meanwhile. */
  readonly stoppedClock: boolean;
  readonly findServiceAccount: (namespace: string, name: string) => ServiceAccount | undefined;
  /** Stands for the node's container runtime. */
  readonly imageService?: ImageService | undefined;
}

/** @throws {@link WorldError} when a file that the node names cannot be used */
export function createSimulatedNode(node: WorldNode, options: SimulatedNodeOptions): SimulatedNode {
  const { world, dial, now, findServiceAccount, stoppedClock } = options;
  const parts = nodeParts(node, {
    world,
    dial,
    now,
    registryState: () => undefined,
    cluster: { findServiceAccount, providerCaches: 'node' },
  });
  const kubelet = createKubelet({
    kubernetesVersion: node.kubernetesVersion,
    imageService: options.imageService ?? sharedImageService(parts, options.knowledge),
    keyrings: parts.keyrings,
    configuration: parts.configuration,
    now,
    ...(stoppedClock && { assumedPullMs }),
  });
  return { parts, kubelet, close: () => parts.runtime.close() };
}

/** All pods see what one of them pulled. */
function sharedImageService({ runtime, images }: NodeParts, knowledge: ImageKnowledge): ImageService {
  return podImageService({
    runtime,
    images,
    knowledge,
    puller: async (image, auth, before) => ({
      result: await runtime.withStore(before.store).pull(image, { auth }),
      after: before,
    }),
  });
}
