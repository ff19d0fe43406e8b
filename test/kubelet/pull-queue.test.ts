import { describe, expect, test } from 'vitest';
import { createPullQueue } from '../../src/kubelet/pull-queue.js';
import { createPullThrottle } from '../../src/kubelet/pull-throttle.js';

/** Pulls that end when told to, with a note of what began and ended. */
function createPulls(limit: number) {
  const queue = createPullQueue(limit);
  const log: string[] = [];
  const finish = new Map<string, () => void>();
  const start = (name: string) =>
    queue.run(async () => {
      log.push(`${name} begins`);
      await new Promise<void>((resolve) => finish.set(name, resolve));
      log.push(`${name} ends`);
    });
  return { start, log, end: (name: string) => finish.get(name)?.() };
}

describe('the pull queue', () => {
  test('lets one pull run at a time, in the order in which they came', async () => {
    const { start, log, end } = createPulls(1);
    const pulls = [start('a'), start('b'), start('c')];
    expect(log).toEqual(['a begins']);
    end('a');
    await pulls[0];
    expect(log).toEqual(['a begins', 'a ends', 'b begins']);
    end('b');
    await pulls[1];
    end('c');
    await pulls[2];
    expect(log.slice(3)).toEqual(['b ends', 'c begins', 'c ends']);
  });

  test('lets as many run as it is told, or all', async () => {
    const two = createPulls(2);
    void two.start('a');
    void two.start('b');
    void two.start('c');
    expect(two.log).toEqual(['a begins', 'b begins']);
    const all = createPulls(Number.POSITIVE_INFINITY);
    for (const name of ['a', 'b', 'c']) void all.start(name);
    expect(all.log).toHaveLength(3);
  });

  test('goes on after a pull that throws', async () => {
    const queue = createPullQueue(1);
    await expect(queue.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await queue.run(async () => 'fine')).toBe('fine');
  });
});

describe('the pull throttle', () => {
  test('starts full, refills with time, and never above its burst', () => {
    const throttle = createPullThrottle({ registryPullQPS: 2, registryBurst: 2 });
    const accepted = [0, 0, 0, 499, 500, 500, 60_000, 60_000, 60_000].map((ms) => throttle.tryAccept(ms));
    expect(accepted).toEqual([true, true, false, false, true, false, true, true, false]);
  });

  test('of 0 per second is off; with a burst of 0 nothing passes', () => {
    const off = createPullThrottle({ registryPullQPS: 0, registryBurst: 0 });
    expect(Array.from({ length: 100 }, () => off.tryAccept(0))).not.toContain(false);
    expect(createPullThrottle({ registryPullQPS: 2000, registryBurst: 0 }).tryAccept(1000)).toBe(false);
  });
});
