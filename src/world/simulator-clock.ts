import { createVirtualClock } from '../kubelet/virtual-clock.js';

/** The time in a simulated cluster. */
export interface SimulatorClock {
  readonly isVirtual: boolean;
  now(): Date;
  /** Sets a virtual clock, in Unix time; the wall clock goes its own way. */
  setMs(unixMs: number): void;
  /**
   * On the wall clock: calls `due` whenever the time that `nextMs` names has come. On a virtual one nothing comes by itself.
   */
  tick(due: () => Promise<unknown>, nextMs: () => number): Ticking;
}

export interface Ticking {
  /** The next time may be another now. */
  rearm(): void;
  stop(): void;
}

export function createSimulatorClock(kind: 'virtual' | 'wall', start: Date): SimulatorClock {
  if (kind === 'wall')
    return { isVirtual: false, now: () => new Date(), setMs: () => undefined, tick: tickOnWall };
  return { isVirtual: true, ...createVirtualClock(start), tick: () => ({ rearm() {}, stop() {} }) };
}

/** Node's longest timer. */
const longestMs = 2 ** 31 - 1;

function tickOnWall(due: () => Promise<unknown>, nextMs: () => number): Ticking {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const rearm = () => {
    clearTimeout(timer);
    const next = nextMs();
    if (stopped || next === Number.POSITIVE_INFINITY) return;
    const wait = Math.min(Math.max(next - Date.now(), 0), longestMs);
    timer = setTimeout(() => void due().finally(rearm), wait);
  };
  return {
    rearm,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
