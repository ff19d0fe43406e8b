import { describe, expect, test } from 'vitest';
import type { PodSpec } from '../../src/cluster/objects.js';
import { syncSeconds } from '../../src/kubelet/virtual-clock.js';
import { containerOf, noSecrets, podOf, secretOf, startNode, withSecrets } from '../support/node.js';

const registry = {
  images: [
    { ref: 'nginx:1.27', id: 'sha256:b2', size: 10 },
    { ref: 'reg.io/app:1', id: 'sha256:a1', size: 10, users: { alice: 'pw' } },
  ],
  anonError: 'denied',
};
const failing: PodSpec = { containers: [containerOf('reg.io/app:1')] };
const right = withSecrets(secretOf({ auths: { 'reg.io': { username: 'alice', password: 'pw' } } }));

describe('a repeated sync', () => {
  test.each<[string, PodSpec]>([
    ['one failing image', failing],
    [
      'one failing and one running container',
      { containers: [...failing.containers, containerOf('nginx:1.27', 'web')] },
    ],
    [
      'an init container that fails',
      { initContainers: failing.containers, containers: [containerOf('nginx:1.27', 'web')] },
    ],
    [
      'a failure without back-off beside it',
      { containers: [...failing.containers, containerOf('Bad/NAME/', 'bad')] },
    ],
    [
      'an image volume that fails',
      {
        volumes: [{ name: 'data', image: { reference: 'reg.io/app:1', pullPolicy: 'IfNotPresent' } }],
        containers: [{ ...containerOf('nginx:1.27', 'web'), volumeMounts: [{ name: 'data' }] }],
      },
    ],
  ])('leaves the events and the status of a real one: %s', async (_name, spec) => {
    const pod = podOf(spec);
    const [real, quick] = [startNode({ registry }), startNode({ registry })];
    let repeated = 0;
    for (let sync = 0; syncSeconds(sync) < 3600; sync += 1) {
      await real.sync(pod, syncSeconds(sync));
      quick.clock.setSeconds(syncSeconds(sync));
      if (quick.kubelet.repeatSync(pod, noSecrets)) repeated += 1;
      else await quick.kubelet.syncPod(pod, noSecrets);
      expect(quick.kubelet.eventsOf(pod)).toEqual(real.kubelet.eventsOf(pod));
      expect(quick.kubelet.statusOf(pod)).toEqual(real.kubelet.statusOf(pod));
      expect(quick.kubelet.publishedStatusOf(pod)).toEqual(real.kubelet.publishedStatusOf(pod));
    }
    expect(repeated).toBeGreaterThan(200);
  });

  test('is refused once the back-off ends, a secret, the pod or the node’s images change', async () => {
    const pod = podOf(failing);
    const node = startNode({ registry });
    const prepare = async (seconds: number) => {
      await node.sync(pod, seconds);
      await node.sync(pod, seconds + 1);
      expect(node.kubelet.repeatSync(pod, noSecrets)).toBe(true);
    };
    await prepare(0);
    expect(node.kubelet.repeatSync(pod, right)).toBe(false);
    expect(node.kubelet.repeatSync(pod, { found: [], missing: [] })).toBe(true);
    expect(node.kubelet.repeatSync({ ...pod }, noSecrets)).toBe(false);
    node.clock.setSeconds(10);
    expect(node.kubelet.repeatSync(pod, noSecrets)).toBe(false);
    await prepare(20);
    node.kubelet.imagesChanged();
    expect(node.kubelet.repeatSync(pod, noSecrets)).toBe(false);
    await prepare(100);
    await node.sync(podOf({ containers: [containerOf('nginx:1.27')] }, 'other'), 102);
    expect(node.kubelet.repeatSync(pod, noSecrets)).toBe(false);
  });
});
