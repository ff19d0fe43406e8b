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
  /** By container name; never changed afterwards. */
  of(podUid: string): ReadonlyMap<string, WaitingReason>;
  set(podUid: string, container: string, reason: WaitingReason): void;
  clear(podUid: string, container: string): void;
  forget(podUid: string): void;
}

const none: ReadonlyMap<string, WaitingReason> = new Map();

export function createReasonCache(): ReasonCache {
  const pods = new Map<string, ReadonlyMap<string, WaitingReason>>();
  const of = (podUid: string) => pods.get(podUid) ?? none;
  return {
    of,
    set(podUid, container, reason) {
      const before = of(podUid).get(container);
      if (before?.reason === reason.reason && before.message === reason.message) return;
      pods.set(podUid, new Map(of(podUid)).set(container, reason));
    },
    clear(podUid, container) {
      if (!of(podUid).has(container)) return;
      const left = new Map(of(podUid));
      left.delete(container);
      pods.set(podUid, left);
    },
    forget: (podUid) => void pods.delete(podUid),
  };
}
