import type { DeclaredSecret } from '../cluster/declared-secrets.js';
import type { Cluster } from '../cluster/load-cluster.js';
import { pullSecretsOfPod } from '../cluster/pull-secrets.js';
import { diagnose } from '../diagnosis/diagnose.js';
import type { ClusterFacts, RegistryFacts } from '../diagnosis/facts.js';
import { createKubelet, type Kubelet } from '../kubelet/kubelet.js';
import { type PodEvent, type StoredEvent, scheduledEvent } from '../kubelet/pod-event.js';
import { podOutcome } from '../kubelet/pod-outcome.js';
import { settlePods } from '../kubelet/settle.js';
import type { PodPullSecrets } from '../kubelet/sync-pod.js';
import type { ReportedEvent, ReportedPod } from '../report/check-report.js';
import { reportFinding, reportSource } from '../report/report-finding.js';
import { podPrinterRelease } from '../versions/kubectl.js';
import { type CheckSession, openSession, requestsCount } from './check-session.js';
import { imageKnowledge } from './image-knowledge.js';
import type { NodeParts } from './node-parts.js';
import { type AdmittedPod, podFacts } from './pod-facts.js';
import { podImageService } from './pod-image-service.js';
import { registryFacts } from './registry-facts.js';
import { reportImage } from './report-image.js';
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
  readonly cluster: ClusterFacts;
  readonly registries: RegistryFacts;
  readonly declared: ReadonlyMap<string, DeclaredSecret>;
}

function sharedParts(options: JudgeOptions): Shared {
  const { cluster, world } = options;
  return {
    options,
    knowledge: imageKnowledge(world),
    cluster: {
      secrets: cluster.secrets,
      serviceAccounts: cluster.serviceAccounts,
      refusedSecrets: cluster.refusedSecrets,
      alwaysPullImages: world.alwaysPullImages,
    },
    registries: registryFacts(world),
    declared: new Map(
      cluster.declaredSecrets.map((secret) => [`${secret.namespace}/${secret.name}`, secret]),
    ),
  };
}

interface JudgedPod {
  readonly placement: Placement;
  readonly node: NodeParts;
  readonly kubelet: Kubelet;
  readonly pod: AdmittedPod['pod'];
  readonly secrets: PodPullSecrets;
}

async function judgeBatch(
  batch: readonly Placement[],
  session: CheckSession,
  shared: Shared,
  judged: Map<Placement, ReportedPod>,
): Promise<void> {
  await settlePods(
    batch.map((placement) => podOnNode(placement, session, shared)),
    {
      setSeconds: session.clock.setSeconds,
      onSettled: (pod) => judged.set(pod.placement, reportPod(pod, session, shared)),
    },
  );
}

/** A pull takes no virtual time and is printed as this long. */
const assumedPullMs = 1000;

function podOnNode(placement: Placement, session: CheckSession, shared: Shared): JudgedPod {
  const { loaded } = placement;
  const node = session.node(placement.node);
  const { runtime, puller, images } = node;
  const kubelet = createKubelet({
    kubernetesVersion: node.node.kubernetesVersion,
    imageService: podImageService({ runtime, puller, images, knowledge: shared.knowledge }),
    keyrings: node.keyrings,
    configuration: node.configuration,
    now: session.clock.now,
    assumedPullMs,
  });
  return { placement, node, kubelet, pod: loaded.pod, secrets: secretsOf(loaded, shared) };
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

function reportPod(judged: JudgedPod, { start }: CheckSession, shared: Shared): ReportedPod {
  const { placement, node, kubelet, pod, secrets } = judged;
  const { loaded } = placement;
  const release = podPrinterRelease(shared.options.world.kubernetesVersion);
  const outcome = podOutcome(kubelet.stateOf(pod)!, kubelet.statusOf(pod), release);
  const { cluster, registries } = shared;
  const { findings, explanations } = diagnose(
    podFacts({ loaded, secrets, outcome, node, cluster, registries }),
  );
  return {
    namespace: loaded.namespace,
    name: loaded.name,
    owner: loaded.owner,
    source: reportSource(loaded.written.source),
    node: node.node.name,
    phase: outcome.phase,
    status: outcome.status,
    ready: outcome.ready,
    images: outcome.images.map((image, index) =>
      reportImage(image, loaded.written, loaded.specPath, explanations[index] ?? null),
    ),
    events: [...boundEvents(loaded, node), ...reportEvents(kubelet.eventsOf(pod), start)],
    findings: findings.map(reportFinding),
  };
}

/** A pod that names its node itself was not scheduled. */
const boundEvents = ({ pod, namespace, name }: AdmittedPod, { node }: NodeParts): ReportedEvent[] =>
  pod.spec.nodeName ? [] : [reportEvent(scheduledEvent(namespace, name, node.name), 1, 0, 0)];

function reportEvents(events: readonly StoredEvent[], start: Date): ReportedEvent[] {
  const startSeconds = Math.floor(start.getTime() / 1000);
  return events.map((event) =>
    reportEvent(event, event.count, event.firstSeconds - startSeconds, event.lastSeconds - startSeconds),
  );
}

const reportEvent = (
  { type, reason, message, fieldPath }: PodEvent,
  count: number,
  firstAtSeconds: number,
  atSeconds: number,
): ReportedEvent => ({
  type,
  reason,
  message,
  ...(fieldPath !== undefined && { fieldPath }),
  count,
  atSeconds,
  firstAtSeconds,
});

function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
