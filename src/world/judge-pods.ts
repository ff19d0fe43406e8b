import type { DeclaredSecret } from '../cluster/declared-secrets.js';
import type { Cluster } from '../cluster/load-cluster.js';
import { pullSecretsOfPod } from '../cluster/pull-secrets.js';
import { createKubelet } from '../kubelet/kubelet.js';
import { settlePods } from '../kubelet/settle.js';
import { createSyncLoop } from '../kubelet/sync-loop.js';
import type { PodPullSecrets } from '../kubelet/sync-pod.js';
import type { ReportedPod } from '../report/check-report.js';
import { type CheckSession, openSession, requestsCount } from './check-session.js';
import { imageKnowledge } from './image-knowledge.js';
import type { AdmittedPod } from './pod-facts.js';
import { podImageService } from './pod-image-service.js';
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
}

/** So many pods wait for the network together. More only cost memory: registry and runtime share this process. */
const batchSize = 32;

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
  const alone = requestsCount(options.world);
  for (const group of chunks(placements, alone ? 1 : Number.POSITIVE_INFINITY)) {
    await using session = await openSession(options.world, options.hosts, options.start);
    for (const batch of chunks(group, batchSize)) await judgeBatch(batch, session, shared, judged);
  }
  return judged;
}

interface Shared {
  readonly options: JudgeOptions;
  readonly knowledge: ReturnType<typeof imageKnowledge>;
  readonly facts: ReportFacts;
  readonly declared: ReadonlyMap<string, DeclaredSecret>;
}

function sharedParts(options: JudgeOptions): Shared {
  const { cluster, world } = options;
  return {
    options,
    knowledge: imageKnowledge(world),
    facts: reportFacts(cluster, world),
    declared: new Map(
      cluster.declaredSecrets.map((secret) => [`${secret.namespace}/${secret.name}`, secret]),
    ),
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
  const secrets = secretsOf(loaded, shared);
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

/** A secret that only an operator will write has a name and no content: nothing can be said about pulls with it. */
function secretsOf({ pod, namespace }: AdmittedPod, { options, declared }: Shared): PodPullSecrets {
  const { cluster } = options;
  const promised = (pod.spec.imagePullSecrets ?? [])
    .map(({ name }) => declared.get(`${namespace}/${name}`))
    .find((secret) => secret !== undefined && cluster.findSecret(namespace, secret.name) === undefined);
  const secrets = pullSecretsOfPod(
    pod,
    (space, name) => cluster.findSecret(space, name)?.object ?? placeholder(declared, space, name),
  );
  if (promised === undefined) return secrets;
  const unknown = `the content of secret "${promised.name}" is not in the files (${promised.by} will write it): add the Secret itself to the input`;
  return { ...secrets, unknown };
}

/** Stands for a promised secret, so that it does not count as missing. It is never read. */
function placeholder(declared: Shared['declared'], namespace: string, name: string) {
  return declared.has(`${namespace}/${name}`) ? { metadata: { namespace, name } } : undefined;
}

function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
