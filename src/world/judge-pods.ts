import type { Cluster } from '../cluster/load-cluster.js';
import { createKubelet } from '../kubelet/kubelet.js';
import { settlePods } from '../kubelet/settle.js';
import { createSyncLoop } from '../kubelet/sync-loop.js';
import type { ReportedPod } from '../report/check-report.js';
import { type CheckSession, openSession, requestsCount } from './check-session.js';
import { imageKnowledge } from './image-knowledge.js';
import type { NodeCluster, NodeLog } from './node-parts.js';
import type { AdmittedPod } from './pod-facts.js';
import { podImageService } from './pod-image-service.js';
import { type KnownSecrets, knownSecrets, pullSecretsOn } from './pod-secrets.js';
import { reportFacts } from './report-facts.js';
import { type ObservedPod, type ReportFacts, reportPod } from './report-pod.js';
import type { World } from './world.js';

/** A pod on a node that admits it. */
export interface Placement {
  readonly loaded: AdmittedPod;
  readonly node: string;
}

export interface JudgeOptions {
  readonly cluster: Cluster;
  readonly world: World;
  /** Registry hosts that the pods' images name. */
  readonly hosts: readonly string[];
  /** When the pods are created. */
  readonly start: Date;
  /** Seconds after creation at which the pods are looked at; absent: once they have settled. */
  readonly atSeconds?: number | undefined;
  readonly log?: NodeLog | undefined;
  /** See {@link ReportFacts.withSteps}. */
  readonly withSteps?: boolean | undefined;
}

/**
 * So many pods wait for the network together. More only cost memory and the time to collect it: registry and runtime
 * share this process.
 */
const batchSize = 8;

/**
 * Judges each placement alone, on a fresh copy of its node. Pods of one batch share a clock, which starts anew for the
 * next; where requests change what the registry answers (ordered faults, pull limits) each pod has registries of its own.
 */
export async function judgePods(
  placements: readonly Placement[],
  options: JudgeOptions,
): Promise<ReadonlyMap<Placement, ReportedPod>> {
  const judged = new Map<Placement, ReportedPod>();
  const shared = sharedParts(options);
  const nodeCluster = clusterOfNodes(options);
  const alone = requestsCount(options.world);
  for (const group of chunks(placements, alone ? 1 : Number.POSITIVE_INFINITY)) {
    await using session = await openSession(options.world, options.hosts, options.start, nodeCluster);
    for (const batch of chunks(group, batchSize)) await judgeBatch(batch, session, shared, judged);
  }
  return judged;
}

function clusterOfNodes({ cluster, log }: JudgeOptions): NodeCluster {
  const accounts = new Map(
    cluster.serviceAccounts.map(({ object }) => [
      `${object.metadata.namespace}/${object.metadata.name}`,
      object,
    ]),
  );
  return {
    findServiceAccount: (namespace, name) => accounts.get(`${namespace}/${name}`),
    ...(log && { log }),
  };
}

interface Shared {
  readonly options: JudgeOptions;
  readonly knowledge: ReturnType<typeof imageKnowledge>;
  readonly facts: ReportFacts;
  readonly secrets: KnownSecrets;
}

function sharedParts(options: JudgeOptions): Shared {
  const { cluster, world } = options;
  return {
    options,
    knowledge: imageKnowledge(world),
    facts: { ...reportFacts(cluster, world), withSteps: options.withSteps },
    secrets: knownSecrets(cluster),
  };
}

interface JudgedPod extends ObservedPod {
  readonly placement: Placement;
}

async function judgeBatch(
  batch: readonly Placement[],
  session: CheckSession,
  shared: Shared,
  judged: Map<Placement, ReportedPod>,
): Promise<void> {
  const pods = batch.map((placement) => podOnNode(placement, session, shared));
  const { atSeconds } = shared.options;
  if (atSeconds !== undefined) await letPass(pods, atSeconds, session);
  const look = (pod: JudgedPod) => judged.set(pod.placement, reportPod(pod, shared.facts, atSeconds));
  if (atSeconds !== undefined) pods.forEach(look);
  else await settlePods(pods, { setSeconds: session.clock.setSeconds, onSettled: look });
}

/** Each pod has a kubelet of its own, so that none waits for another. */
async function letPass(
  pods: readonly JudgedPod[],
  seconds: number,
  { clock, start }: CheckSession,
): Promise<void> {
  const loop = createSyncLoop<JudgedPod>({ ...clock, together: true });
  for (const pod of pods) loop.add(pod, start.getTime());
  await loop.runUntil(start.getTime() + seconds * 1000);
}

/** A pull takes no virtual time and is printed as this long. */
export const assumedPullMs = 1000;

function podOnNode(placement: Placement, session: CheckSession, shared: Shared): JudgedPod {
  const { loaded } = placement;
  const node = session.node(placement.node);
  const secrets = pullSecretsOn(loaded.pod, shared.secrets);
  const { runtime, puller, images } = node;
  const kubelet = createKubelet({
    kubernetesVersion: node.node.kubernetesVersion,
    imageService: podImageService({ runtime, puller, images, knowledge: shared.knowledge }),
    keyrings: node.keyrings,
    configuration: node.configuration,
    now: session.clock.now,
    assumedPullMs,
  });
  return { placement, loaded, node, kubelet, pod: loaded.pod, secrets, created: session.start };
}

function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
