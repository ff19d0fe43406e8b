import type { Pod } from '../cluster/objects.js';
import { diagnose } from '../diagnosis/diagnose.js';
import type { ClusterFacts, RegistryFacts } from '../diagnosis/facts.js';
import { walkThrough } from '../diagnosis/walk-through.js';
import { describeEvents } from '../kubelet/describe-events.js';
import { eventTimeToLiveMs } from '../kubelet/event-correlator.js';
import type { Kubelet } from '../kubelet/kubelet.js';
import { type StoredEvent, scheduledEvent } from '../kubelet/pod-event.js';
import { podOutcome } from '../kubelet/pod-outcome.js';
import type { PodPullSecrets } from '../kubelet/sync-pod.js';
import type { ReportedEvent, ReportedPod } from '../report/check-report.js';
import { reportFinding, reportSource } from '../report/report-finding.js';
import { kubectlRelease, podPrinterRelease } from '../versions/kubectl.js';
import type { NodeParts } from './node-parts.js';
import { type AdmittedPod, podFacts } from './pod-facts.js';
import { reportImage } from './report-image.js';

/** A pod on a node, with all that is known of it. */
export interface ObservedPod {
  readonly loaded: AdmittedPod;
  /** As the API server has it now; later edits are not in `loaded`. */
  readonly pod: Pod;
  readonly node: NodeParts;
  readonly kubelet: Kubelet;
  readonly secrets: PodPullSecrets;
  readonly created: Date;
}

/** What all pods of a cluster share. */
export interface ReportFacts {
  readonly cluster: ClusterFacts;
  readonly registries: RegistryFacts;
  /** Of API server and kubectl. */
  readonly kubernetesVersion: string;
  /** Whether the way to each decision is told, too. */
  readonly withSteps?: boolean | undefined;
}

/**
 * One pod as reports have it.
 *
 * @param atSeconds how old the pod is: then its columns are those that `kubectl get pods` shows at that moment, and its
 *   events come as `kubectl describe pod` prints them, too. Absent: the pod has settled, and everything that its syncs
 *   found out counts
 */
export function reportPod(observed: ObservedPod, facts: ReportFacts, atSeconds?: number): ReportedPod {
  const { loaded, node, kubelet, pod } = observed;
  const { cluster, registries } = facts;
  const release = podPrinterRelease(facts.kubernetesVersion);
  const status = atSeconds === undefined ? kubelet.statusOf(pod) : kubelet.publishedStatusOf(pod);
  const outcome = podOutcome(kubelet.stateOf(pod)!, status, release);
  const known = podFacts({ ...observed, outcome, cluster, registries });
  const { findings, explanations } = diagnose(known);
  const events = eventsOf(observed, atSeconds);
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
    events: events.map(reportEvent),
    ...(atSeconds !== undefined && { describe: describeAt(events, atSeconds, facts) }),
    findings: findings.map(reportFinding),
    ...(facts.withSteps && { steps: walkThrough(known) }),
  };
}

/** An event with times in seconds from the pod's creation. */
type PodHistory = Pick<StoredEvent, 'type' | 'reason' | 'message' | 'fieldPath' | 'from' | 'count'> & {
  readonly firstAtSeconds: number;
  readonly atSeconds: number;
};

function eventsOf(observed: ObservedPod, atSeconds = 0): readonly PodHistory[] {
  const createdSeconds = Math.floor(observed.created.getTime() / 1000);
  const stored = observed.kubelet.eventsOf(observed.pod).map((event) => ({
    ...event,
    firstAtSeconds: event.firstSeconds - createdSeconds,
    atSeconds: event.lastSeconds - createdSeconds,
  }));
  return [...boundEvents(observed, atSeconds), ...stored];
}

/** A pod that names its node itself was not scheduled; an hour later the scheduler's event is gone like any other. */
function boundEvents({ loaded, node }: ObservedPod, atSeconds: number): readonly PodHistory[] {
  const { pod, namespace, name } = loaded;
  if (pod.spec.nodeName || atSeconds * 1000 >= eventTimeToLiveMs) return [];
  const event = scheduledEvent(namespace, name, node.node.name);
  return [{ ...event, from: 'default-scheduler', count: 1, firstAtSeconds: 0, atSeconds: 0 }];
}

/** The `Events:` section of `kubectl describe pod`, line by line. */
export const describeAt = (
  events: readonly PodHistory[],
  atSeconds: number,
  { kubernetesVersion }: Pick<ReportFacts, 'kubernetesVersion'>,
): readonly string[] =>
  describeEvents(
    events.map((event) => ({
      ...event,
      firstSecondsAgo: atSeconds - event.firstAtSeconds,
      lastSecondsAgo: atSeconds - event.atSeconds,
    })),
    kubectlRelease(kubernetesVersion),
  );

const reportEvent = ({
  type,
  reason,
  message,
  fieldPath,
  count,
  atSeconds,
  firstAtSeconds,
}: PodHistory): ReportedEvent => ({
  type,
  reason,
  message,
  ...(fieldPath !== undefined && { fieldPath }),
  count,
  atSeconds,
  firstAtSeconds,
});
