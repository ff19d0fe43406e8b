/** The kubelet's image pull back-off (kubelet.md §6.6): 10 s doubling to 300 s, no jitter. */
export interface BackOff {
  /**
   * What backs off. The name counts as the pod spells it: `nginx` and `nginx:latest` back off apart, two containers with
   * one name together.
   */
  keyOf(podUid: string, image: string): string;
  /** True while the last failure of this key is younger than its delay. At exactly the delay a pull is due. */
  isBackingOff(key: string, nowMs: number): boolean;
  /** Unix time at which a pull is due again; 0 for a key without failures. */
  endMs(key: string): number;
  /** A pull failed: the delay doubles, or starts anew when the last failure is long ago. */
  failed(key: string, nowMs: number): void;
  /** Drops entries that are too old to count. A success does this, and does not reset the key's own delay. */
  collectGarbage(nowMs: number): void;
}

export interface BackOffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
}

export const defaultBackOff: BackOffOptions = { initialMs: 10_000, maxMs: 300_000 };

/** Keys of more pods than this on one node are made again. */
const maxPods = 10_000;

/** Kept in memory only: a restarted kubelet pulls at once. */
export function createBackOff({ initialMs, maxMs }: BackOffOptions = defaultBackOff): BackOff {
  const entries = new Map<string, { delayMs: number; updatedMs: number }>();
  const forgotten = (updatedMs: number, nowMs: number) => nowMs - updatedMs > 2 * maxMs;

  // Made once for each pod: long strings are dear to put together and to look up again and again.
  const keys = new Map<string, Map<string, string>>();
  const keysOf = (podUid: string): Map<string, string> => {
    const known = keys.get(podUid);
    if (known !== undefined) return known;
    if (keys.size >= maxPods) keys.clear();
    const made = new Map<string, string>();
    keys.set(podUid, made);
    return made;
  };
  const keyOf = (podUid: string, image: string): string => {
    const known = keysOf(podUid).get(image);
    if (known !== undefined) return known;
    const key = `${podUid}_${image}`;
    keysOf(podUid).set(image, key);
    return key;
  };

  return {
    keyOf,
    isBackingOff(key, nowMs) {
      const entry = entries.get(key);
      if (entry === undefined || forgotten(entry.updatedMs, nowMs)) return false;
      return nowMs - entry.updatedMs < entry.delayMs;
    },
    endMs(key) {
      const entry = entries.get(key);
      return entry === undefined ? 0 : entry.updatedMs + entry.delayMs;
    },
    failed(key, nowMs) {
      const entry = entries.get(key);
      const delayMs =
        entry === undefined || forgotten(entry.updatedMs, nowMs)
          ? initialMs
          : Math.min(2 * entry.delayMs, maxMs);
      entries.set(key, { delayMs, updatedMs: nowMs });
    },
    collectGarbage(nowMs) {
      for (const [key, { updatedMs }] of entries) if (forgotten(updatedMs, nowMs)) entries.delete(key);
    },
  };
}
