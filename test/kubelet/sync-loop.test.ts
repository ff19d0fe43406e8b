import { describe, expect, test } from 'vitest';
import type { Pod, PodSpec } from '../../src/cluster/objects.js';
import { createSyncLoop, type SyncedPod, syncDelaysMs } from '../../src/kubelet/sync-loop.js';
import type { PodPullSecrets } from '../../src/kubelet/sync-pod.js';
import { syncSeconds } from '../../src/kubelet/virtual-clock.js';
import {
  containerOf,
  nodeStart,
  noSecrets,
  podOf,
  secretOf,
  startNode,
  withSecrets,
} from '../support/node.js';

const registry = {
  images: [
    { ref: 'nginx:1.27', id: 'sha256:b2', size: 10 },
    { ref: 'reg.io/app:1', id: 'sha256:a1', size: 10, users: { alice: 'pw' } },
    { ref: 'reg.io/other:1', id: 'sha256:a2', size: 10, users: { alice: 'pw' } },
  ],
  anonError: 'denied',
};
const failing: PodSpec = { containers: [containerOf('reg.io/app:1')] };
const right = withSecrets(secretOf({ auths: { 'reg.io': { username: 'alice', password: 'pw' } } }));
const missing: PodPullSecrets = {
  found: [],
  missing: ['a'],
  event: { type: 'Warning', reason: 'FailedToRetrieveImagePullSecret', message: 'a is missing' },
};
const startMs = nodeStart.getTime();
const at = (seconds: number) => startMs + seconds * 1000;

interface EditablePod extends SyncedPod {
  pod: Pod;
  secrets: PodPullSecrets;
}

/** A node with pods in a loop; and what each sync that reached the kubelet was. */
function startLoop(options: Parameters<typeof startNode>[0] = {}) {
  const node = startNode({ registry, ...options });
  const syncs: string[] = [];
  const seconds = () => (node.clock.now().getTime() - startMs) / 1000;
  const kubelet = {
    ...node.kubelet,
    syncPod: (pod: Pod, secrets: PodPullSecrets) => {
      syncs.push(`${pod.metadata.name} ${seconds()}`);
      return node.kubelet.syncPod(pod, secrets);
    },
  };
  const loop = createSyncLoop<EditablePod>({ setMs: node.clock.setMs, now: node.clock.now });
  const pod = (spec: PodSpec, name: string, secrets = noSecrets): EditablePod => ({
    kubelet,
    pod: podOf(spec, name),
    secrets,
  });
  return { node, loop, kubelet, syncs, pod, seconds };
}

describe('the sync loop', () => {
  test('comes at once, when the sandbox is up, every 12.5 s while something fails, and leaves a pod as syncs one by one do', async () => {
    const { loop, kubelet, pod, syncs } = startLoop();
    const byHand = startNode({ registry });
    const one = pod(failing, 'web');
    loop.add(one, at(0));
    let sync = 0;
    for (const seconds of [0, 1, 30, 100, 1000, 3599, 3600, 7200]) {
      await loop.runUntil(at(seconds));
      for (; syncSeconds(sync) <= seconds; sync += 1) await byHand.sync(one.pod, syncSeconds(sync));
      byHand.clock.setSeconds(seconds);
      expect(kubelet.eventsOf(one.pod)).toEqual(byHand.kubelet.eventsOf(one.pod));
      expect(kubelet.publishedStatusOf(one.pod)).toEqual(byHand.kubelet.publishedStatusOf(one.pod));
      expect(kubelet.stateOf(one.pod)?.syncs).toBe(sync);
    }
    // Most of the 577 syncs of two hours only repeat what the one before did.
    expect(syncs.length).toBeLessThan(40);
    expect(syncs.slice(0, 6)).toEqual(['web 0', 'web 1', 'web 13.5', 'web 38.5', 'web 88.5', 'web 176']);
  });

  test('looks at a pod that runs every 75 s, the mean of what the kubelet waits', async () => {
    const { loop, pod, kubelet } = startLoop();
    const web = pod({ containers: [containerOf('nginx:1.27')] }, 'web', missing);
    loop.add(web, at(0));
    await loop.runUntil(at(200));
    const [event] = kubelet.eventsOf(web.pod);
    expect(event).toMatchObject({ count: 4, firstSeconds: at(0) / 1000, lastSeconds: at(151) / 1000 });
    expect(syncDelaysMs.afterSuccess).toBe(60_000 * 1.25);
  });

  test('looks again a second after a container has started', async () => {
    const { loop, pod, syncs } = startLoop();
    const web = pod(failing, 'web');
    loop.add(web, at(0));
    await loop.runUntil(at(10));
    loop.edited();
    web.secrets = right;
    await loop.runUntil(at(90));
    expect(syncs).toEqual(['web 0', 'web 1', 'web 13.5', 'web 14.5']);
  });

  test('lets a pod find at its next sync what a later pod of its node pulled', async () => {
    // The version that lets every pod use what is on the node.
    const { loop, pod, syncs, kubelet } = startLoop({ version: '1.34' });
    const first = pod(failing, 'first');
    loop.add(first, at(0));
    await loop.runUntil(at(200));
    const before = syncs.length;
    loop.add(pod(failing, 'second', right), at(200));
    await loop.runUntil(at(210));
    expect(syncs.slice(before)).toEqual(['second 200', 'first 201', 'second 201', 'first 202']);
    expect(kubelet.statusOf(first.pod).phase).toBe('Running');
  });

  test('gives pods of one node and one moment their turns in the order in which they came', async () => {
    const { loop, pod, syncs } = startLoop();
    for (const name of ['a', 'b', 'c']) loop.add(pod(failing, name), at(0));
    await loop.runUntil(at(1));
    expect(syncs).toEqual(['a 0', 'b 0', 'c 0', 'a 1', 'b 1', 'c 1']);
  });

  test('agrees with syncs one by one when several pods of a node fail, start and are edited', async () => {
    const quick = startLoop({ version: '1.34' });
    const slow = startLoop({ version: '1.34' });
    // A kubelet that never says that a sync repeats the one before.
    const patient = { ...slow.kubelet, quietUntilMs: () => undefined };
    const scenario = async ({ loop, pod, kubelet }: typeof quick, of: typeof kubelet) => {
      const make = (spec: PodSpec, name: string) => ({ ...pod(spec, name), kubelet: of });
      const pods = [
        make(failing, 'a'),
        make({ containers: [containerOf('reg.io/other:1'), containerOf('reg.io/app:1', 'b')] }, 'b'),
        make({ containers: [containerOf('Bad/NAME/')] }, 'c'),
      ];
      for (const [index, each] of pods.entries()) loop.add(each, at(index * 3));
      await loop.runUntil(at(700));
      loop.edited();
      pods[1]!.secrets = right;
      await loop.runUntil(at(4000));
      loop.remove(pods[2]!);
      await loop.runUntil(at(5000));
      return pods.map((each) => [kubelet.eventsOf(each.pod), kubelet.publishedStatusOf(each.pod)]);
    };
    expect(await scenario(quick, quick.kubelet)).toEqual(await scenario(slow, patient));
    expect(quick.syncs.length).toBeLessThan(slow.syncs.length / 3);
  });

  test('brings a sync forward for a pod that is woken, and knows when the next one is due', async () => {
    const { loop, pod, syncs } = startLoop();
    expect(loop.nextMs()).toBe(Number.POSITIVE_INFINITY);
    const web = pod(failing, 'web');
    loop.add(web, at(0));
    await loop.runUntil(at(5));
    expect(loop.nextMs()).toBe(at(13.5));
    loop.wake(web, at(6));
    await loop.runUntil(at(6));
    expect(syncs.at(-1)).toBe('web 6');
  });
});
