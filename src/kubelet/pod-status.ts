import type { Pod } from '../cluster/objects.js';
import type { RuntimeContainer } from './container-runtime.js';
import { type ImageUse, imageUsesOf } from './image-uses.js';
import { type PodCondition, podConditions } from './pod-conditions.js';
import { type PodPhase, podPhase } from './pod-phase.js';
import { qualityOfService } from './quality-of-service.js';
import type { WaitingReason } from './reason-cache.js';

export type ContainerState =
  | { readonly waiting: { readonly reason?: string; readonly message?: string } }
  | { readonly running: { readonly startedAt: string } }
  | { readonly terminated: TerminatedState };

export interface TerminatedState {
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly containerID?: string;
}

/** `status.containerStatuses[*]`. `lastState` is `{}` for a container that never ended. */
export interface ContainerStatus {
  readonly name: string;
  readonly state: ContainerState;
  readonly lastState: ContainerState | Record<string, never>;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly image: string;
  readonly imageID: string;
  readonly containerID?: string;
  readonly started: boolean;
}

/** `pod.status` as the kubelet publishes it. */
export interface PodStatus {
  readonly phase: PodPhase;
  readonly conditions: readonly PodCondition[];
  readonly podIP?: string;
  readonly podIPs?: readonly { readonly ip: string }[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses: readonly ContainerStatus[];
  readonly ephemeralContainerStatuses?: readonly ContainerStatus[];
  readonly qosClass: string;
  readonly resources: Record<string, never>;
}

export interface PodStatusInput {
  readonly sandboxReady: boolean;
  readonly podIP: string | null;
  readonly containers: ReadonlyMap<string, RuntimeContainer>;
  /** What earlier syncs failed at, by container (kubelet.md §6.8). */
  readonly reasons: ReadonlyMap<string, WaitingReason>;
}

/** Computes a pod's status as the kubelet does at the start of a sync, from what it knew before (kubelet.md §9.3–9.5). */
export function podStatus(
  pod: Pod,
  input: PodStatusInput,
  uses: readonly ImageUse[] = imageUsesOf(pod),
): PodStatus {
  const statuses = (role: (use: ImageUse) => boolean) =>
    uses.filter(role).map((use) => containerStatus(pod, input, use, uses));
  const init = statuses(({ role }) => role === 'init' || role === 'sidecar');
  const regular = statuses(({ role }) => role === 'regular').sort(byName);
  const ephemeral = statuses(({ role }) => role === 'ephemeral').sort(byName);
  const known = { pod, init, regular };
  const phase = podPhase(known);
  return {
    phase,
    conditions: podConditions({ ...known, phase, sandboxReady: input.sandboxReady }),
    ...(input.podIP !== null && { podIP: input.podIP, podIPs: [{ ip: input.podIP }] }),
    ...(init.length > 0 && { initContainerStatuses: init }),
    containerStatuses: regular,
    ...(ephemeral.length > 0 && { ephemeralContainerStatuses: ephemeral }),
    qosClass: qualityOfService(pod),
    resources: {},
  };
}

const byName = (a: ContainerStatus, b: ContainerStatus) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

function containerStatus(
  pod: Pod,
  { containers, reasons }: PodStatusInput,
  use: ImageUse,
  uses: readonly ImageUse[],
): ContainerStatus {
  const container = containers.get(use.container);
  const waiting = isDueToStart(pod, container) ? reasons.get(use.container) : undefined;
  const common = { name: use.container, restartCount: container?.restarts ?? 0, image: use.image };
  if (container === undefined) {
    const state = { waiting: waiting ?? { reason: defaultReason(uses) } };
    return { ...common, state, lastState: {}, ready: false, imageID: '', started: false };
  }
  const ran = stateOf(use.container, container);
  return {
    ...common,
    state: waiting === undefined ? ran : { waiting },
    lastState: waiting === undefined ? previousState(use.container, container) : ran,
    ready: isReady(use, container),
    imageID: container.imageId,
    containerID: containerId(use.container),
    started: container.state === 'running',
  };
}

const previousState = (name: string, { previous }: RuntimeContainer) =>
  previous === undefined ? {} : stateOf(name, previous);

/** A reason counts only for a container that the next sync would start. */
function isDueToStart({ spec }: Pod, container: RuntimeContainer | undefined): boolean {
  if (container === undefined) return true;
  if (container.state === 'running' || spec.restartPolicy === 'Never') return false;
  return spec.restartPolicy !== 'OnFailure' || container.exitCode !== 0;
}

const defaultReason = (uses: readonly ImageUse[]) =>
  uses.some(({ role }) => role === 'init' || role === 'sidecar') ? 'PodInitializing' : 'ContainerCreating';

/** Without probes a running container is ready; an init container that is no sidecar once it has done its work. */
const isReady = ({ role }: ImageUse, container: RuntimeContainer) =>
  role === 'init' ? container.state === 'exited' && container.exitCode === 0 : container.state === 'running';

const containerId = (name: string) => `containerd://id-${name}`;

const timestamp = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

function stateOf(name: string, container: RuntimeContainer): ContainerState {
  if (container.state === 'running') return { running: { startedAt: timestamp(container.startedAtMs) } };
  return {
    terminated: {
      exitCode: container.exitCode,
      reason: container.reason,
      startedAt: timestamp(container.startedAtMs),
      finishedAt: timestamp(container.finishedAtMs),
      containerID: containerId(name),
    },
  };
}
