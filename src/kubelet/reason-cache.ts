/** Why a container is waiting: what `state.waiting` shows. */
export interface WaitingReason {
  readonly reason: string;
  readonly message: string;
}

/**
 * Start failures by pod and container, written by a sync and published by the next one (kubelet.md §6.8). A reason goes
 * when its container starts.
 */
export interface ReasonCache {
  of(podUid: string): ReadonlyMap<string, WaitingReason>;
  set(podUid: string, container: string, reason: WaitingReason): void;
  clear(podUid: string, container: string): void;
  forget(podUid: string): void;
}

const none: ReadonlyMap<string, WaitingReason> = new Map();

export function createReasonCache(): ReasonCache {
  const pods = new Map<string, Map<string, WaitingReason>>();
  return {
    of: (podUid) => pods.get(podUid) ?? none,
    set(podUid, container, reason) {
      const containers = pods.get(podUid) ?? new Map<string, WaitingReason>();
      containers.set(container, reason);
      pods.set(podUid, containers);
    },
    clear: (podUid, container) => void pods.get(podUid)?.delete(container),
    forget: (podUid) => void pods.delete(podUid),
  };
}
