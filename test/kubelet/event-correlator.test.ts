import { describe, expect, test } from 'vitest';
import { createEventCorrelator } from '../../src/kubelet/event-correlator.js';
import type { PodEvent } from '../../src/kubelet/pod-event.js';
import { syncSeconds } from '../../src/kubelet/virtual-clock.js';
import { containerOf, nodeStart, podOf, startNode } from '../support/node.js';

const correlator = (spamFilterPerType = true) =>
  createEventCorrelator({ from: 'kubelet', spamFilterPerType });
const warning = (message: string, fieldPath?: string): PodEvent => ({
  type: 'Warning',
  reason: 'Failed',
  message,
  ...(fieldPath && { fieldPath }),
});
const normal = (message: string): PodEvent => ({ type: 'Normal', reason: 'Pulling', message });

describe('equal events', () => {
  test('are one event with a count and the times of its first and last occurrence, in seconds', () => {
    const events = correlator();
    events.observe(warning('a'), 1_000);
    events.observe(warning('a'), 13_500);
    expect(events.stored(14_000)).toEqual([
      { ...warning('a'), from: 'kubelet', count: 2, firstSeconds: 1, lastSeconds: 13 },
    ]);
  });

  test('differ by message, field path, type or reason', () => {
    const events = correlator();
    events.observe(warning('a'), 0);
    events.observe(warning('a', 'spec.containers{a}'), 0);
    events.observe(warning('b'), 0);
    events.observe({ ...warning('a'), type: 'Normal' }, 0);
    events.observe({ ...warning('a'), reason: 'BackOff' }, 0);
    expect(events.stored(0).map(({ count }) => count)).toEqual([1, 1, 1, 1, 1]);
  });

  test('are gone an hour after the last one was written', () => {
    const events = correlator();
    events.observe(warning('a'), 0);
    expect(events.stored(3_599_999)).toHaveLength(1);
    expect(events.stored(3_600_000)).toHaveLength(0);
  });
});

describe('similar events', () => {
  const messages = (count: number) => Array.from({ length: count }, (_, index) => `message ${index}`);

  test('collapse when more than ten messages come within ten minutes', () => {
    const events = correlator();
    for (const message of messages(12)) events.observe(warning(message), 0);
    const stored = events.stored(0);
    expect(stored).toHaveLength(11);
    expect(stored[10]).toMatchObject({ message: '(combined from similar events): message 11', count: 2 });
  });

  test('are told apart again after ten minutes of silence', () => {
    const events = correlator();
    for (const message of messages(11)) events.observe(warning(message), 0);
    events.observe(warning('message 11'), 600_001);
    expect(events.stored(600_001).map(({ message }) => message)).toContain('message 11');
  });

  test('of one message on several containers count as one message', () => {
    const events = correlator();
    for (let index = 0; index < 20; index += 1) events.observe(warning('a', `spec.containers{c${index}}`), 0);
    expect(events.stored(0)).toHaveLength(20);
  });
});

describe('the spam filter', () => {
  test('lets 25 events through and then one in five minutes, and counts what it drops', () => {
    const events = correlator();
    for (let second = 0; second < 60; second += 1) events.observe(warning('a'), second * 1000);
    expect(events.stored(60_000)).toMatchObject([{ count: 25, lastSeconds: 24 }]);
    events.observe(warning('a'), 300_000);
    expect(events.stored(300_000)).toMatchObject([{ count: 61, lastSeconds: 300 }]);
  });

  test('has a bucket for each type since client-go 1.31, one for all before', () => {
    for (const [perType, expected] of [
      [true, [25, 1]],
      [false, [25]],
    ] as const) {
      const events = correlator(perType);
      for (let index = 0; index < 25; index += 1) events.observe(warning('a'), 0);
      events.observe(normal('b'), 0);
      expect(events.stored(0).map(({ count }) => count)).toEqual(expected);
    }
  });
});

test('after fifteen minutes of failing pulls the events are those of kubelet.md §10.2: ages stand still, counts are low', async () => {
  const node = startNode({ registry: { errors: { 'reg.io/app:1': { msg: 'denied' } } } });
  const pod = podOf({ containers: [containerOf('reg.io/app:1')] });
  for (let sync = 0; syncSeconds(sync) <= 904; sync += 1) await node.sync(pod, syncSeconds(sync));
  const stored = node.kubelet.eventsOf(pod).map(({ reason, message, count, lastSeconds }) => {
    const said = message.startsWith('Error') ? message : reason;
    return `${said} x${count} at ${lastSeconds - nodeStart.getTime() / 1000}`;
  });
  expect(stored).toEqual([
    'Pulling x5 at 176',
    'Failed x5 at 176',
    'Error: ErrImagePull x5 at 176',
    'BackOff x67 at 901',
    'Error: ImagePullBackOff x67 at 901',
  ]);
});
