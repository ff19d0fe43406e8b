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
  const pods = new Map<string, Remembered>();
  const of = (podUid: string) => pods.get(podUid)?.now ?? none;
  const put = (podUid: string, now: Reasons) => pods.set(podUid, { now, before: of(podUid) });
  return {
    of,
    set(podUid, container, reason) {
      const { now, before } = pods.get(podUid) ?? { now: none, before: none };
      if (isSame(now.get(container), reason)) return;
      // In back-off two reasons take turns for hours.
      if (isAfter(before, now, container, reason)) put(podUid, before);
      else put(podUid, new Map(now).set(container, reason));
    },
    clear(podUid, container) {
      if (!of(podUid).has(container)) return;
      const left = new Map(of(podUid));
      left.delete(container);
      put(podUid, left);
    },
    forget: (podUid) => void pods.delete(podUid),
  };
}

type Reasons = ReadonlyMap<string, WaitingReason>;

interface Remembered {
  readonly now: Reasons;
  /** What it was before the last change. */
  readonly before: Reasons;
}

const isSame = (a: WaitingReason | undefined, b: WaitingReason) =>
  a?.reason === b.reason && a.message === b.message;

/** Whether `reasons` is what `now` becomes with one reason changed. */
function isAfter(reasons: Reasons, now: Reasons, container: string, reason: WaitingReason): boolean {
  if (!now.has(container) || reasons.size !== now.size) return false;
  for (const [name, known] of now) {
    const other = reasons.get(name);
    if (name === container ? !isSame(other, reason) : other !== known) return false;
  }
  return true;
}
