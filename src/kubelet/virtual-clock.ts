/** A clock that stands still until it is told the time. */
export interface VirtualClock {
  now(): Date;
  /** Sets the time, in seconds from the start. */
  setSeconds(seconds: number): void;
  /** Sets it in Unix time. */
  setMs(unixMs: number): void;
}

export function createVirtualClock(start: Date): VirtualClock {
  let now = start;
  return {
    now: () => now,
    setSeconds(seconds) {
      now = new Date(start.getTime() + seconds * 1000);
    },
    setMs(unixMs) {
      now = new Date(unixMs);
    },
  };
}

/** When a pod is synced, in seconds from its creation: at once, as its sandbox comes up, then every 12.5 s (DESIGN §2). */
export const syncSeconds = (sync: number): number => (sync === 0 ? 0 : 1 + (sync - 1) * 12.5);
