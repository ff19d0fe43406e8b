/** `registryPullQPS` and `registryBurst`: one token for each image pull, however many credentials it tries (kubelet.md §6.7). */
export interface PullThrottle {
  /** Takes a token if there is one; never waits. */
  tryAccept(nowMs: number): boolean;
}

export interface PullThrottleOptions {
  /** Tokens per second; 0 switches the throttle off. */
  readonly registryPullQPS: number;
  readonly registryBurst: number;
}

export const qpsExceeded = 'pull QPS exceeded';

/** The bucket starts full. A burst of 0 never lets anything through. */
export function createPullThrottle({ registryPullQPS, registryBurst }: PullThrottleOptions): PullThrottle {
  if (registryPullQPS === 0) return { tryAccept: () => true };
  let tokens = registryBurst;
  let updatedMs: number | undefined;
  return {
    tryAccept(nowMs) {
      const elapsedSeconds = (nowMs - (updatedMs ?? nowMs)) / 1000;
      tokens = Math.min(registryBurst, tokens + elapsedSeconds * registryPullQPS);
      updatedMs = nowMs;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
