import type { LoadedPod } from '../cluster/load-pod.js';
import { eventTimeToLiveMs } from '../kubelet/event-correlator.js';
import type { ReportedPod } from '../report/check-report.js';
import { reportSource } from '../report/report-finding.js';
import type { AdmittedPod } from './pod-facts.js';
import { describeAt } from './report-pod.js';
import type { World } from './world.js';

const headOf = ({ namespace, name, owner, written }: LoadedPod) => ({
  namespace,
  name,
  owner,
  source: reportSource(written.source),
});

/** A pod that the API server refuses. */
export const rejectedPod = (loaded: Extract<LoadedPod, { admitted: false }>): ReportedPod => ({
  ...headOf(loaded),
  node: null,
  phase: null,
  status: 'Rejected',
  ready: null,
  rejected: { message: loaded.message },
  images: [],
  events: [],
  findings: [],
});

/**
 * A pod that no node admits.
 *
 * @param atSeconds see {@link reportPod}
 */
export function unscheduledPod(
  loaded: AdmittedPod,
  event: { readonly type: 'Warning'; readonly reason: string; readonly message: string },
  world: Pick<World, 'kubernetesVersion'>,
  atSeconds?: number,
): ReportedPod {
  const expired = (atSeconds ?? 0) * 1000 >= eventTimeToLiveMs;
  const events = expired ? [] : [{ ...event, count: 1, atSeconds: 0, firstAtSeconds: 0 }];
  const described = events.map((stored) => ({ ...stored, from: 'default-scheduler' }));
  return {
    ...headOf(loaded),
    node: null,
    phase: 'Pending',
    status: 'Pending',
    ready: `0/${loaded.pod.spec.containers.length}`,
    images: [],
    events,
    ...(atSeconds !== undefined && { describe: describeAt(described, atSeconds, world) }),
    findings: [],
  };
}
