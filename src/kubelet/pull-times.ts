import { goDuration } from './go-duration.js';

/** What the image manager knows of time: measured, or as if every pull took the same time. */
export interface PullTimes {
  nowMs(): number;
  /** The throttle's own clock, which assumed pulls move on. */
  throttleMs(): number;
  /** A pull ended. */
  pulled(): void;
  /** A duration as the `Pulled` event prints it. */
  print(milliseconds: number): string;
}

export interface PullTimesOptions {
  readonly now: () => Date;
  /**
   * On a clock that stands still while pulling, what a pull is taken to last: it is printed, and the throttle refills
   * by it, as it would on a node. Absent: as measured.
   */
  readonly assumedPullMs?: number | undefined;
}

export function createPullTimes({ now, assumedPullMs }: PullTimesOptions): PullTimes {
  const nowMs = () => now().getTime();
  if (assumedPullMs === undefined) return { nowMs, throttleMs: nowMs, pulled: () => {}, print: goDuration };
  let assumedMs = 0;
  return {
    nowMs,
    throttleMs: () => nowMs() + assumedMs,
    pulled() {
      assumedMs += assumedPullMs;
    },
    print: () => goDuration(assumedPullMs),
  };
}
