/** Who may pull at the same time on one node (kubelet.md §6.7). */
export interface PullQueue {
  /** Waits its turn, first come first served, then runs the pull. */
  run<T>(pull: () => Promise<T>): Promise<T>;
}

/**
 * `serializeImagePulls` is a limit of 1; `maxParallelImagePulls` a limit of its number; neither is no limit.
 *
 * @param limit how many pulls at a time; `Infinity` for any number
 */
export function createPullQueue(limit: number): PullQueue {
  const waiting: (() => void)[] = [];
  let running = 0;

  const acquire = () => {
    if (running < limit) {
      running += 1;
      return undefined;
    }
    return new Promise<void>((resolve) => waiting.push(resolve));
  };
  // The slot passes to the next in line without becoming free in between.
  const release = () => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };

  return {
    async run(pull) {
      const turn = acquire();
      if (turn !== undefined) await turn;
      try {
        return await pull();
      } finally {
        release();
      }
    },
  };
}
