import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerdRelease } from '../../src/versions/containerd.js';
import { type ContainerdReplay, startContainerdReplay } from '../support/probe/containerd-replay.js';
import { expectRecorded, recordedCases, runtimeVectors, sawCustomHeader } from '../support/probe/replay.js';

const vectors = runtimeVectors();

describe.each(['containerd-2.3', 'containerd-1.7'] satisfies ContainerdRelease[])('%s', (release) => {
  let containerd: ContainerdReplay;

  beforeAll(async () => {
    containerd = await startContainerdReplay(vectors, { release });
  });
  afterAll(() => containerd.close());

  test('the recordings were read', () => {
    expect(vectors.isBundled ? recordedCases(vectors, release).length : 1).toBeGreaterThan(0);
  });

  for (const recorded of recordedCases(vectors, release)) {
    test(recorded.name, async () => {
      const result = await containerd.replay(recorded);
      expectRecorded(result, containerd.probe.requests, recorded);
      expect(sawCustomHeader(containerd.probe, recorded)).toBe(true);
    });
  }
});
