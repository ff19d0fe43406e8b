import { hasRun, type KnownContainers, type PodPhase, sidecarNames } from './pod-phase.js';
import type { ContainerStatus } from './pod-status.js';

/** One of `pod.status.conditions`. Times are not simulated: both are null. */
export interface PodCondition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly lastProbeTime: null;
  readonly lastTransitionTime: null;
  readonly reason?: string;
  readonly message?: string;
}

export interface ConditionInput extends KnownContainers {
  readonly phase: PodPhase;
  readonly sandboxReady: boolean;
}

/** The conditions in the order in which the kubelet writes them (kubelet.md §9.5). */
export function podConditions(input: ConditionInput): readonly PodCondition[] {
  const ready = containersReady(input);
  return [
    condition('PodReadyToStartContainers', input.sandboxReady),
    initialized(input),
    { ...ready, type: 'Ready' },
    ready,
    condition('PodScheduled', true),
  ];
}

const condition = (type: string, holds: boolean, reason?: string, message?: string): PodCondition => ({
  type,
  status: holds ? 'True' : 'False',
  lastProbeTime: null,
  lastTransitionTime: null,
  ...(reason !== undefined && { reason }),
  ...(message !== undefined && { message }),
});

/** Once a regular container has run, the pod stays initialised. */
function initialized({ pod, init, regular, phase }: ConditionInput): PodCondition {
  if (phase === 'Succeeded') return condition('Initialized', true, 'PodCompleted');
  const sidecars = sidecarNames(pod);
  const incomplete = init.filter((status) => (sidecars.has(status.name) ? !status.started : !status.ready));
  if (incomplete.length === 0 || regular.some(hasRun)) return condition('Initialized', true);
  const message = `containers with incomplete status: [${namesOf(incomplete)}]`;
  return condition('Initialized', false, 'ContainersNotInitialized', message);
}

/** Sidecars are listed first, then regular containers in spec order. */
function containersReady({ pod, init, regular, phase }: ConditionInput): PodCondition {
  if (phase === 'Succeeded') return condition('ContainersReady', false, 'PodCompleted');
  if (phase === 'Failed') return condition('ContainersReady', false, 'PodFailed');
  const sidecars = sidecarNames(pod);
  const inSpecOrder = pod.spec.containers.flatMap(({ name }) =>
    regular.filter((status) => status.name === name),
  );
  const unready = [...init.filter(({ name }) => sidecars.has(name)), ...inSpecOrder].filter(
    ({ ready }) => !ready,
  );
  if (unready.length === 0) return condition('ContainersReady', true);
  const message = `containers with unready status: [${namesOf(unready)}]`;
  return condition('ContainersReady', false, 'ContainersNotReady', message);
}

const namesOf = (statuses: readonly ContainerStatus[]) => statuses.map(({ name }) => name).join(' ');
