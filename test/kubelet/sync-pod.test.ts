import { describe, expect, test } from 'vitest';
import { completingInitContainers, endlessContainers } from '../../src/kubelet/container-runtime.js';
import { podColumns } from '../../src/kubelet/pod-columns.js';
import { podPrinterRelease } from '../../src/versions/kubectl.js';
import { containerOf, podOf, startNode } from '../support/node.js';

const image = (ref: string) => ({ ref, id: `sha256:${ref}`, size: 1 });
const registry = { images: ['init:1', 'proxy:1', 'app:1', 'debug:1', 'data:1'].map(image) };
const sidecar = (ref: string, name: string) => ({ ...containerOf(ref, name), restartPolicy: 'Always' });
const column = (node: ReturnType<typeof startNode>, pod: ReturnType<typeof podOf>) =>
  podColumns({ ...pod, status: node.kubelet.statusOf(pod) }, podPrinterRelease('1.36'));
const started = (events: readonly string[]) =>
  events.filter((event) => event.includes('Started:')).map((event) => event.split(' ')[0]);

describe('containers start in order', () => {
  test('one init container at each sync, then all regular ones', async () => {
    const node = startNode({ registry, containers: completingInitContainers });
    const pod = podOf({
      initContainers: [
        containerOf('init:1', 'first'),
        sidecar('proxy:1', 'proxy'),
        containerOf('init:1', 'second'),
      ],
      containers: [containerOf('app:1', 'b'), containerOf('app:1', 'a')],
    });
    expect(started(await node.sync(pod, 0))).toEqual(['first']);
    expect(column(node, pod)).toMatchObject({ READY: '0/3', STATUS: 'Init:1/3' });
    expect(started(await node.sync(pod, 1))).toEqual(['proxy']);
    expect(column(node, pod)).toMatchObject({ READY: '1/3', STATUS: 'Init:2/3' });
    expect(started(await node.sync(pod, 2))).toEqual(['second']);
    expect(started(await node.sync(pod, 3))).toEqual(['b', 'a']);
    expect(column(node, pod)).toMatchObject({ READY: '3/3', STATUS: 'Running' });
    expect(await node.sync(pod, 4)).toEqual([]);
  });

  test('nothing comes after an init container that runs for ever', async () => {
    const node = startNode({ registry, containers: endlessContainers });
    const pod = podOf({
      initContainers: [containerOf('init:1', 'first')],
      containers: [containerOf('app:1')],
    });
    expect(started(await node.sync(pod, 0))).toEqual(['first']);
    expect(await node.sync(pod, 1)).toEqual([]);
    expect(column(node, pod).STATUS).toBe('Init:0/1');
  });

  test('no image is pulled before its turn', async () => {
    const node = startNode({ registry });
    const pod = podOf({
      initContainers: [containerOf('missing:1', 'first')],
      containers: [containerOf('app:1')],
    });
    await node.sync(pod, 0);
    await node.sync(pod, 1);
    expect(node.runtime.calls.map((call) => call.image)).not.toContain('app:1');
  });

  test('ephemeral containers come from the second sync on, before init containers, and stop nobody', async () => {
    const node = startNode({ registry });
    const pod = podOf({
      ephemeralContainers: [containerOf('missing:1', 'gone'), containerOf('debug:1', 'debug')],
      initContainers: [containerOf('init:1', 'first'), containerOf('init:1', 'second')],
      containers: [containerOf('app:1')],
    });
    expect(started(await node.sync(pod, 0))).toEqual(['first']);
    const events = await node.sync(pod, 1);
    expect(events).toContain('gone Failed: Error: ErrImagePull');
    expect(started(events)).toEqual(['debug', 'second']);
    await node.sync(pod, 2);
    expect(column(node, pod)).toMatchObject({ READY: '1/1', STATUS: 'Running' });
  });
});

describe('image volumes', () => {
  const volume = (name: string, reference: string, pullPolicy = 'IfNotPresent') => ({
    name,
    image: { reference, pullPolicy },
  });
  const mounting = (...names: string[]) => ({
    ...containerOf('app:1'),
    volumeMounts: names.map((name) => ({ name })),
  });

  test('fail a container once for each that it mounts, and the last reason stays', async () => {
    const node = startNode({ registry });
    const pod = podOf({
      volumes: [volume('none', 'missing:1'), volume('never', 'absent:1', 'Never'), volume('data', 'data:1')],
      containers: [mounting('data', 'never', 'none')],
    });
    const events = await node.sync(pod, 0);
    expect(events.filter((event) => event.startsWith('app'))).toEqual([
      'app Failed: Error: ErrImageNeverPull',
      'app Failed: Error: ErrImagePull',
    ]);
    expect(node.kubelet.statusOf(pod).containerStatuses[0]?.state).toMatchObject({
      waiting: { reason: 'ErrImagePull' },
    });
  });

  test('that nobody mounts are pulled all the same, and show in events only', async () => {
    const node = startNode({ registry });
    const pod = podOf({ volumes: [volume('none', 'missing:1')], containers: [containerOf('app:1')] });
    expect(await node.sync(pod, 0)).toContain('Pulling: Pulling image "missing:1"');
    expect(column(node, pod).STATUS).toBe('Running');
  });

  test('are nothing to a kubelet without the feature', async () => {
    const node = startNode({ version: '1.34', registry });
    const pod = podOf({ volumes: [volume('none', 'missing:1')], containers: [mounting('none')] });
    expect((await node.sync(pod, 0)).filter((event) => event.includes('missing'))).toEqual([]);
  });
});

describe('what the API server knows', () => {
  test('is one sync behind: creating, then the error, then the back-off', async () => {
    const node = startNode({ registry });
    const pod = podOf({ containers: [containerOf('missing:1')] });
    const statuses: string[] = [];
    for (const seconds of [0, 1, 13.5, 26]) {
      await node.sync(pod, seconds);
      const status = node.kubelet.publishedStatusOf(pod);
      statuses.push(podColumns({ ...pod, status }, podPrinterRelease('1.36')).STATUS);
    }
    expect(statuses).toEqual(['ContainerCreating', 'ErrImagePull', 'ImagePullBackOff', 'ErrImagePull']);
  });

  test.each([
    ['1.35', 'False'],
    ['1.36', 'True'],
  ])('on %s says of the sandbox in the first sync: %s', async (version, ready) => {
    const node = startNode({ version, registry });
    const pod = podOf({ containers: [containerOf('app:1')] });
    await node.sync(pod, 0);
    const [condition] = node.kubelet.publishedStatusOf(pod).conditions;
    expect(condition).toMatchObject({ type: 'PodReadyToStartContainers', status: ready });
  });

  test('forgets a pod that was deleted', async () => {
    const node = startNode({ registry });
    const pod = podOf({ containers: [containerOf('missing:1')] });
    await node.sync(pod, 0);
    node.kubelet.forget(pod);
    expect(node.kubelet.eventsOf(pod)).toEqual([]);
    expect(column(node, pod).STATUS).toBe('ContainerCreating');
  });
});

test('a pod whose image was edited is tried at once with the new one', async () => {
  const node = startNode({ registry });
  await node.sync(podOf({ containers: [containerOf('missing:1')] }), 0);
  const edited = podOf({ containers: [containerOf('app:1')] });
  expect(started(await node.sync(edited, 1))).toEqual(['app']);
});
