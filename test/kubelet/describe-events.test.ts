import { describe, expect, test } from 'vitest';
import { describeEvents } from '../../src/kubelet/describe-events.js';
import { goDuration } from '../../src/kubelet/go-duration.js';
import { humanDuration } from '../../src/kubelet/human-duration.js';
import { kubectlRelease } from '../../src/versions/kubectl.js';

const event = (reason: string, lastSecondsAgo: number, from = 'kubelet') => ({
  type: 'Normal',
  reason,
  from,
  fieldPath: 'spec.containers{app}',
  message: ` ${reason} it\n`,
  count: 1,
  firstSecondsAgo: lastSecondsAgo,
  lastSecondsAgo,
});

describe('the events table', () => {
  test('of a pod without events is one line', () => {
    expect(describeEvents([], kubectlRelease('1.36'))).toEqual(['Events:  <none>']);
  });

  test('has no field path up to kubectl 1.34, and trimmed messages', () => {
    expect(describeEvents([event('Pulling', 5)], kubectlRelease('1.34')).at(-1)).toBe(
      '  Normal  Pulling  5s    kubelet  Pulling it',
    );
    expect(describeEvents([event('Pulling', 5)], kubectlRelease('1.35')).at(-1)).toBe(
      '  Normal  Pulling  5s    kubelet  spec.containers{app}: Pulling it',
    );
  });

  test('is sorted by last occurrence, the scheduler first, equal times as listed', () => {
    const listed = [event('B', 1), event('A', 1), event('C', 9), event('Scheduled', 0, 'default-scheduler')];
    const reasons = describeEvents(listed, kubectlRelease('1.36'))
      .slice(3)
      .map((line) => line.trim().split(/\s+/)[1]);
    expect(reasons).toEqual(['Scheduled', 'C', 'B', 'A']);
  });
});

test.each([
  [0, '0s'],
  [119, '119s'],
  [120, '2m'],
  [599, '9m59s'],
  [600, '10m'],
  [10_799, '179m'],
  [10_800, '3h'],
  [11_100, '3h5m'],
  [28_800, '8h'],
  [172_799, '47h'],
  [172_800, '2d'],
  [180_000, '2d2h'],
  [691_200, '8d'],
  [63_071_999, '729d'],
  [63_072_000, '2y'],
  [64_800_000, '2y20d'],
  [252_288_000, '8y'],
])('kubectl prints an age of %d s as %s', (seconds, printed) => {
  expect(humanDuration(seconds)).toBe(printed);
});

test.each([
  [0, '0s'],
  [0.4, '0s'],
  [950, '950ms'],
  [1482.56, '1.482s'],
  [2500, '2.5s'],
  [10_000, '10s'],
  [62_003, '1m2.003s'],
  [60_000, '1m0s'],
  [3_605_000, '1h0m5s'],
])('Go prints %d ms as %s', (milliseconds, printed) => {
  expect(goDuration(milliseconds)).toBe(printed);
});
