import { describe, expect, test } from 'vitest';
import type { PodSpec } from '../../src/cluster/objects.js';
import { waitingLogsMessage } from '../../src/kubelet/container-logs.js';
import type { RuntimeContainer } from '../../src/kubelet/container-runtime.js';
import { type PrintedPod, podColumns } from '../../src/kubelet/pod-columns.js';
import { podStatus } from '../../src/kubelet/pod-status.js';
import type { WaitingReason } from '../../src/kubelet/reason-cache.js';
import { podPrinterRelease } from '../../src/versions/kubectl.js';
import { containerOf, podOf } from '../support/node.js';

const running: RuntimeContainer = { state: 'running', startedAtMs: 0, imageId: 'id' };
const exited = (exitCode: number): RuntimeContainer => ({
  state: 'exited',
  startedAtMs: 0,
  finishedAtMs: 1000,
  exitCode,
  reason: exitCode === 0 ? 'Completed' : 'Error',
  imageId: 'id',
});
const waiting: WaitingReason = { reason: 'ImagePullBackOff', message: 'm' };
const sidecar = (name: string) => ({ ...containerOf('x', name), restartPolicy: 'Always' });

function statusOf(
  spec: PodSpec,
  containers: Record<string, RuntimeContainer> = {},
  reasons: Record<string, WaitingReason> = {},
) {
  const pod = podOf(spec);
  const status = podStatus(pod, {
    sandboxReady: true,
    podIP: '10.0.0.5',
    containers: new Map(Object.entries(containers)),
    reasons: new Map(Object.entries(reasons)),
  });
  return { status, columns: podColumns({ ...pod, status }, podPrinterRelease('1.36')) };
}

describe('the phase', () => {
  const one: PodSpec = { containers: [containerOf('x')] };
  const two: PodSpec = { containers: [containerOf('x', 'a'), containerOf('x', 'b')] };
  const withInit: PodSpec = { initContainers: [containerOf('x', 'setup')], ...one };
  const withSidecar: PodSpec = { initContainers: [sidecar('proxy')], ...one };

  test.each<[string, PodSpec, Record<string, RuntimeContainer>, Record<string, WaitingReason>, string]>([
    ['Pending while one of two waits', two, { a: running }, { b: waiting }, 'Pending'],
    ['Running when the one that waits ran before', one, { app: exited(1) }, { app: waiting }, 'Running'],
    [
      'Pending for ever with restart policy Never',
      { ...one, restartPolicy: 'Never' },
      {},
      { app: waiting },
      'Pending',
    ],
    ['Succeeded when all are done', { ...one, restartPolicy: 'Never' }, { app: exited(0) }, {}, 'Succeeded'],
    [
      'Failed when one failed for good',
      { ...two, restartPolicy: 'Never' },
      { a: exited(1), b: exited(0) },
      {},
      'Failed',
    ],
    [
      'Running on the way to a restart',
      { ...one, restartPolicy: 'OnFailure' },
      { app: exited(1) },
      {},
      'Running',
    ],
    ['Pending before the init container is done', withInit, { setup: running }, {}, 'Pending'],
    [
      'Failed after it with restart policy Never',
      { ...withInit, restartPolicy: 'Never' },
      { setup: exited(1) },
      {},
      'Failed',
    ],
    ['Pending before the sidecar has started', withSidecar, {}, { proxy: waiting }, 'Pending'],
    ['Running with it', withSidecar, { proxy: running, app: running }, {}, 'Running'],
  ])('is %s', (_what, spec, containers, reasons, phase) => {
    expect(statusOf(spec, containers, reasons).status.phase).toBe(phase);
  });
});

describe('conditions', () => {
  const condition = (type: string, ...args: Parameters<typeof statusOf>) =>
    statusOf(...args).status.conditions.find((each) => each.type === type);

  test('list incomplete init containers in spec order', () => {
    const spec = {
      initContainers: [sidecar('proxy'), containerOf('x', 'setup')],
      containers: [containerOf('x')],
    };
    expect(condition('Initialized', spec)?.message).toBe('containers with incomplete status: [proxy setup]');
    expect(condition('Initialized', spec, { proxy: running, setup: exited(0) })?.status).toBe('True');
  });

  test('list unready containers with sidecars first, regular ones in spec order', () => {
    const spec = {
      initContainers: [sidecar('proxy')],
      containers: [containerOf('x', 'b'), containerOf('x', 'a')],
    };
    expect(condition('Ready', spec)?.message).toBe('containers with unready status: [proxy b a]');
    expect(condition('ContainersReady', spec, { b: running })?.message).toBe(
      'containers with unready status: [proxy a]',
    );
  });

  test('stay initialised once a regular container has run', () => {
    const spec = { initContainers: [sidecar('proxy')], containers: [containerOf('x')] };
    expect(condition('Initialized', spec, { proxy: exited(1), app: running })?.status).toBe('True');
  });

  test('say that a pod is completed', () => {
    const spec = { restartPolicy: 'Never', containers: [containerOf('x')] };
    expect(condition('Ready', spec, { app: exited(0) })).toMatchObject({
      status: 'False',
      reason: 'PodCompleted',
    });
    expect(condition('Initialized', spec, { app: exited(0) })).toMatchObject({ reason: 'PodCompleted' });
    expect(condition('Ready', spec, { app: exited(1) })).toMatchObject({
      status: 'False',
      reason: 'PodFailed',
    });
  });
});

test('container statuses are sorted by name, init container statuses are not', () => {
  const { status } = statusOf({
    initContainers: [containerOf('x', 'z'), containerOf('x', 'y')],
    containers: [containerOf('x', 'b'), containerOf('x', 'a')],
  });
  expect(status.containerStatuses.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(status.initContainerStatuses?.map(({ name }) => name)).toEqual(['z', 'y']);
});

test('a reason shows only for a container that is to be started', () => {
  const spec = { restartPolicy: 'Never', containers: [containerOf('x')] };
  const { status } = statusOf(spec, { app: exited(1) }, { app: waiting });
  expect(status.containerStatuses[0]?.state).toMatchObject({ terminated: { exitCode: 1 } });
});

describe('the STATUS column', () => {
  test('is that of the first container in the alphabet that does not run', () => {
    const spec = { containers: [containerOf('x', 'b'), containerOf('x', 'a')] };
    const reasons = { a: { reason: 'InvalidImageName', message: '' }, b: waiting };
    expect(statusOf(spec, {}, reasons).columns).toEqual({
      READY: '0/2',
      STATUS: 'InvalidImageName',
      RESTARTS: '0',
    });
  });

  test('counts sidecars among init containers', () => {
    const spec = {
      initContainers: [sidecar('proxy'), containerOf('x', 'setup')],
      containers: [containerOf('x')],
    };
    expect(statusOf(spec, { proxy: running }).columns).toMatchObject({ READY: '1/2', STATUS: 'Init:1/2' });
    expect(statusOf(spec, {}, { proxy: waiting }).columns.STATUS).toBe('Init:ImagePullBackOff');
  });

  test('ignores ephemeral containers', () => {
    const spec = { containers: [containerOf('x')], ephemeralContainers: [containerOf('x', 'debug')] };
    expect(statusOf(spec, { app: running }, { debug: waiting }).columns).toMatchObject({
      READY: '1/1',
      STATUS: 'Running',
    });
  });

  const printed = (pod: Partial<PrintedPod['status']>, metadata = {}): PrintedPod => ({
    metadata,
    spec: { containers: [{}] },
    status: { phase: 'Running', ...pod },
  });
  const container = (name: string, exitCode: number | null, restartCount = 0) => {
    const terminated = { exitCode: exitCode ?? 0, finishedAt: '2026-01-01T00:00:00Z' };
    return {
      name,
      state:
        exitCode === null
          ? { running: { startedAt: '' } }
          : { terminated: { ...terminated, reason: 'Completed' } },
      lastState: restartCount > 0 ? { terminated } : {},
      ready: exitCode === null,
      restartCount,
      image: '',
      imageID: '',
      started: exitCode === null,
    };
  };
  const ready = [{ type: 'Ready', status: 'True' }] as const;

  test.each<[string, PrintedPod, string, string]>([
    ['the reason of the status', printed({ reason: 'Evicted' }), '1.36', 'Evicted'],
    [
      'gated',
      printed({
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
      }),
      '1.36',
      'SchedulingGated',
    ],
    ['going', printed({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }), '1.36', 'Terminating'],
    [
      'over and going',
      printed({ phase: 'Succeeded' }, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      '1.36',
      'Succeeded',
    ],
    [
      'lost',
      printed({ reason: 'NodeLost' }, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      '1.36',
      'Unknown',
    ],
    [
      'one done, one ready',
      printed({ containerStatuses: [container('a', 0), container('b', null)], conditions: ready }),
      '1.36',
      'Running',
    ],
    [
      'one done, one not ready',
      printed({ containerStatuses: [container('a', 0), container('b', null)] }),
      '1.36',
      'NotReady',
    ],
    [
      'one done, one failed and forgotten',
      printed({ containerStatuses: [container('a', 0), container('b', 3)] }),
      '1.34',
      'Completed',
    ],
  ])('of a pod %s', (_what, pod, version, status) => {
    expect(podColumns(pod, podPrinterRelease(version)).STATUS).toBe(status);
  });

  test('prints exit codes and signals without a reason', () => {
    const ended = (terminated: { exitCode: number; signal?: number }) =>
      printed({ containerStatuses: [{ ...container('a', 0), state: { terminated } }] });
    expect(podColumns(ended({ exitCode: 3 }), podPrinterRelease('1.36')).STATUS).toBe('ExitCode:3');
    expect(podColumns(ended({ exitCode: 137, signal: 9 }), podPrinterRelease('1.36')).STATUS).toBe(
      'Signal:9',
    );
  });

  test('remembers since 1.35 that another container failed', () => {
    const failed = { ...container('b', 3), state: { terminated: { exitCode: 3, reason: 'Error' } } };
    const pod = printed({ containerStatuses: [container('a', 0), failed] });
    expect(podColumns(pod, podPrinterRelease('1.35')).STATUS).toBe('Error');
    expect(podColumns(pod, podPrinterRelease('1.34')).STATUS).toBe('Completed');
  });

  test('counts restarts, with the age of the last one when there is a clock', () => {
    const pod = printed({ containerStatuses: [container('a', null, 2)] });
    const release = podPrinterRelease('1.36');
    expect(podColumns(pod, release, new Date('2026-01-01T00:05:00Z')).RESTARTS).toBe('2 (5m ago)');
    expect(podColumns(pod, release).RESTARTS).toBe('2');
  });
});

test.each([
  ['ErrImagePull', "image can't be pulled"],
  ['ImagePullBackOff', 'trying and failing to pull image'],
  ['InvalidImageName', 'InvalidImageName'],
])('kubectl logs says of %s: %s', (reason, words) => {
  expect(waitingLogsMessage('web', 'app', reason)).toBe(
    `container "app" in pod "web" is waiting to start: ${words}`,
  );
});
