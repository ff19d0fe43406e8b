import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CrioReplay, startCrioReplay } from '../support/probe/crio-replay.js';
import { expectRecorded, recordedCases, runtimeVectors } from '../support/probe/replay.js';

const vectors = runtimeVectors();

describe('cri-o-1.37', () => {
  let crio: CrioReplay;

  beforeAll(async () => {
    crio = await startCrioReplay(vectors, '1.37');
  });
  afterAll(() => crio.close());

  test('the recordings were read', () => {
    expect(vectors.isBundled ? recordedCases(vectors, 'cri-o-1.37').length : 1).toBeGreaterThan(0);
  });

  for (const recorded of recordedCases(vectors, 'cri-o-1.37')) {
    test(recorded.name, async () => {
      const result = await crio.replay(recorded);
      expectRecorded(result, crio.probe.requests, recorded);
    });
  }
});
