import type { PodPrinterRelease } from '../versions/kubectl.js';
import { humanDuration } from './human-duration.js';
import type { PodCondition } from './pod-conditions.js';
import type { ContainerState, ContainerStatus, TerminatedState } from './pod-status.js';

/** The part of a pod that `kubectl get pods` prints from. */
export interface PrintedPod {
  readonly metadata?: { readonly name?: string; readonly deletionTimestamp?: string };
  readonly spec: {
    readonly containers: readonly unknown[];
    readonly initContainers?: readonly { readonly name: string; readonly restartPolicy?: string }[];
  };
  readonly status: {
    readonly phase?: string;
    readonly reason?: string;
    readonly conditions?: readonly Pick<PodCondition, 'type' | 'status' | 'reason'>[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface PodColumns {
  readonly READY: string;
  readonly STATUS: string;
  readonly RESTARTS: string;
}

/** Columns of `kubectl get pods`, as the API server computes them (kubelet.md §9.6). Pure. */
export function podColumns(pod: PrintedPod, release: PodPrinterRelease, now?: Date): PodColumns {
  const sidecars = new Set((pod.spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  const tally: Tally = { ready: 0, restarts: 0, lastRestart: undefined };
  const init = readInit(pod, sidecars, tally);
  const readsContainers = init === undefined || holds(pod, 'Initialized');
  const early = init ?? basicReason(pod);
  const reason = readsContainers ? readContainers(pod, early, release, sidecars, tally) : early;
  return {
    READY: `${tally.ready}/${pod.spec.containers.length + sidecars.size}`,
    STATUS: deleted(pod) ?? reason,
    RESTARTS: restarts(tally, now),
  };
}

interface Tally {
  ready: number;
  restarts: number;
  lastRestart: string | undefined;
}

type Sidecars = ReadonlySet<string>;

const isSidecar = ({ restartPolicy }: { readonly restartPolicy?: string }) => restartPolicy === 'Always';

const holds = ({ status }: PrintedPod, type: string) =>
  (status.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');

function basicReason({ status }: PrintedPod): string {
  const gated = (status.conditions ?? []).some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  );
  return gated ? 'SchedulingGated' : (status.reason ?? status.phase ?? '');
}

/** @returns the `Init:…` reason of the first init container that is not through; undefined when all are */
function readInit({ spec, status }: PrintedPod, sidecars: Sidecars, tally: Tally): string | undefined {
  const statuses = status.initContainerStatuses ?? [];
  for (const container of statuses) countRestarts(tally, container);
  const total = spec.initContainers?.length ?? 0;
  for (const [index, container] of statuses.entries()) {
    const { state } = container;
    if ('terminated' in state && state.terminated.exitCode === 0) continue;
    if (sidecars.has(container.name) && container.started) {
      if (container.ready) tally.ready += 1;
      continue;
    }
    if ('terminated' in state) return `Init:${terminatedReason(state.terminated)}`;
    const waiting = waitingReason(state);
    return waiting !== '' && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${index}/${total}`;
  }
  return undefined;
}

/** From the last container to the first, so that the first in the alphabet wins. */
function readContainers(
  pod: PrintedPod,
  early: string,
  release: PodPrinterRelease,
  sidecars: Sidecars,
  tally: Tally,
): string {
  restartWithoutInit(pod, sidecars, tally);
  let reason = early;
  let errorReason = '';
  let hasRunning = false;
  for (const container of [...(pod.status.containerStatuses ?? [])].reverse()) {
    countRestarts(tally, container);
    const { state } = container;
    if ('terminated' in state) {
      reason = terminatedReason(state.terminated);
      if (state.terminated.exitCode !== 0) errorReason = reason;
    } else if (waitingReason(state) !== '') {
      reason = waitingReason(state);
    } else if (container.ready && 'running' in state) {
      hasRunning = true;
      tally.ready += 1;
    }
  }
  if (reason !== 'Completed') return reason;
  if (hasRunning && holds(pod, 'Ready')) return 'Running';
  if (release.remembersErrorReason && errorReason !== '') return errorReason;
  return hasRunning ? 'NotReady' : reason;
}

/** Once initialised, only sidecars' restarts count beside those of the regular containers. */
function restartWithoutInit({ status }: PrintedPod, sidecars: Sidecars, tally: Tally): void {
  tally.restarts = 0;
  tally.lastRestart = undefined;
  for (const container of status.initContainerStatuses ?? []) {
    if (sidecars.has(container.name)) countRestarts(tally, container);
  }
}

function countRestarts(tally: Tally, { restartCount, lastState }: ContainerStatus): void {
  tally.restarts += restartCount;
  const finishedAt = 'terminated' in lastState ? lastState.terminated.finishedAt : undefined;
  if (finishedAt !== undefined && (tally.lastRestart === undefined || finishedAt > tally.lastRestart)) {
    tally.lastRestart = finishedAt;
  }
}

const waitingReason = (state: ContainerState) => ('waiting' in state ? (state.waiting.reason ?? '') : '');

function terminatedReason({ reason, signal, exitCode }: TerminatedState): string {
  if (reason) return reason;
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`;
}

function deleted({ metadata, status }: PrintedPod): string | undefined {
  if (metadata?.deletionTimestamp === undefined) return undefined;
  if (status.reason === 'NodeLost') return 'Unknown';
  return status.phase === 'Succeeded' || status.phase === 'Failed' ? undefined : 'Terminating';
}

function restarts({ restarts, lastRestart }: Tally, now: Date | undefined): string {
  if (restarts === 0 || lastRestart === undefined || now === undefined) return String(restarts);
  return `${restarts} (${humanDuration((now.getTime() - Date.parse(lastRestart)) / 1000)} ago)`;
}
