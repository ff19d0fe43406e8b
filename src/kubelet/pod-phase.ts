import type { Pod } from '../cluster/objects.js';
import type { ContainerState, ContainerStatus } from './pod-status.js';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

export interface KnownContainers {
  readonly pod: Pod;
  /** In spec order, sidecars included. */
  readonly init: readonly ContainerStatus[];
  readonly regular: readonly ContainerStatus[];
}

/**
 * The pod's phase (kubelet.md §9.4). A container that waits without having run keeps the pod Pending, whatever the
 * others do and whatever the restart policy; one that has run before counts as stopped.
 */
export function podPhase({ pod, init, regular }: KnownContainers): PodPhase {
  const { restartPolicy } = pod.spec;
  const sidecars = sidecarNames(pod);
  const regularInit = init.filter(({ name }) => !sidecars.has(name));
  if (restartPolicy === 'Never' && regularInit.some(hasFailed)) return 'Failed';
  const initialised = regular.some(hasRun);
  const initPending = regularInit.some((status) => endOf(status) === undefined);
  const sidecarPending = init.some(
    ({ name, started, state }) => sidecars.has(name) && !started && !('terminated' in state),
  );
  if (initPending || (sidecarPending && !initialised)) return 'Pending';
  if (regular.some((status) => !hasRun(status))) return 'Pending';
  const sidecarRuns = init.some(({ name, state }) => sidecars.has(name) && 'running' in state);
  if (sidecarRuns || regular.some(({ state }) => 'running' in state)) return 'Running';
  return phaseOfStopped(regular, restartPolicy);
}

/** Names of init containers with restart policy `Always`. */
export const sidecarNames = ({ spec }: Pod): ReadonlySet<string> =>
  new Set((spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always').map(({ name }) => name));

/** True for a container that runs or has run. */
export const hasRun = ({ state, lastState }: ContainerStatus) =>
  !('waiting' in state) || 'terminated' in lastState;

function phaseOfStopped(regular: readonly ContainerStatus[], restartPolicy: string | undefined): PodPhase {
  if (restartPolicy === undefined || restartPolicy === 'Always') return 'Running';
  if (regular.every(({ state }) => 'terminated' in state && state.terminated.exitCode === 0))
    return 'Succeeded';
  return restartPolicy === 'Never' ? 'Failed' : 'Running';
}

/** How the container ended, also when it waits to start again. */
function endOf({ state, lastState }: ContainerStatus) {
  const ended: ContainerState | Record<string, never> = 'waiting' in state ? lastState : state;
  return 'terminated' in ended ? (ended as { terminated: { exitCode: number } }).terminated : undefined;
}

function hasFailed(status: ContainerStatus): boolean {
  const end = endOf(status);
  return end !== undefined && end.exitCode !== 0;
}
