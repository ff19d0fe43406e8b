import { describe, expect, test } from 'vitest';
import type { Pod } from '../../src/cluster/objects.js';
import { createKeyringSource } from '../../src/kubelet/keyring-source.js';
import { createKubelet } from '../../src/kubelet/kubelet.js';
import { podOutcome } from '../../src/kubelet/pod-outcome.js';
import { settlePod } from '../../src/kubelet/settle.js';
import type { PodPullSecrets } from '../../src/kubelet/sync-pod.js';
import { createVirtualClock } from '../../src/kubelet/virtual-clock.js';
import { podPrinterRelease } from '../../src/versions/kubectl.js';
import { kubeletRelease } from '../../src/versions/kubelet.js';
import { createScriptedImageService, type ScriptedRegistry } from '../support/scripted-image-service.js';

const nginx = { ref: 'nginx:1.27', id: 'sha256:b2', size: 10 };
const busybox = { ref: 'busybox:1.36', id: 'sha256:c3', size: 10 };
const denied = { ref: 'reg.io/app:1', id: 'sha256:a1', size: 10, users: { alice: 'pw' } };
const registry: ScriptedRegistry = {
  images: [nginx, busybox, denied],
  anonError: 'denied',
  authError: '401',
};
const start = new Date('2026-01-01T00:00:00Z');
const noSecrets: PodPullSecrets = { found: [], missing: [] };

async function settle(spec: Pod['spec'], secrets: PodPullSecrets = noSecrets, scripted = registry) {
  const pod: Pod = { metadata: { name: 'web', namespace: 'default', uid: 'uid-web' }, spec };
  const clock = createVirtualClock(start);
  const kubelet = createKubelet({
    kubernetesVersion: '1.36',
    imageService: createScriptedImageService(scripted),
    keyrings: createKeyringSource({ release: kubeletRelease('1.36') }),
    now: clock.now,
    assumedPullMs: 1000,
  });
  await settlePod(kubelet, pod, secrets, clock);
  const state = kubelet.stateOf(pod);
  if (state === undefined) throw new Error('the pod was not synced');
  const events = kubelet.eventsOf(pod).map(({ reason, message, count, lastSeconds }) => ({
    what: `${reason}: ${message}`,
    count,
    at: lastSeconds - start.getTime() / 1000,
  }));
  return { ...podOutcome(state, kubelet.statusOf(pod), podPrinterRelease('1.36')), events };
}

const container = (image: string, name = 'app', imagePullPolicy = 'IfNotPresent') => ({
  name,
  image,
  imagePullPolicy,
});

describe('a pod settles', () => {
  test('at its first sync when everything runs; a pull is said to take a second', async () => {
    const outcome = await settle({ containers: [container('nginx:1.27')] });
    expect(outcome).toMatchObject({ phase: 'Running', status: 'Running', ready: '1/1' });
    expect(outcome.images).toMatchObject([
      { container: 'app', verdict: 'pulled', reason: null, message: null },
    ]);
    expect(outcome.events).toEqual([
      { what: 'Pulling: Pulling image "nginx:1.27"', count: 1, at: 0 },
      {
        what: 'Pulled: Successfully pulled image "nginx:1.27" in 1s (1s including waiting). Image size: 10 bytes.',
        count: 1,
        at: 0,
      },
      { what: 'Created: Container created', count: 1, at: 0 },
      { what: 'Started: Container started', count: 1, at: 0 },
    ]);
  });

  test('when a second pull has failed like the first, and shows ImagePullBackOff', async () => {
    const outcome = await settle({ containers: [container('reg.io/app:1')] });
    expect(outcome).toMatchObject({ phase: 'Pending', status: 'ImagePullBackOff', ready: '0/1' });
    expect(outcome.images).toMatchObject([
      {
        verdict: 'failed',
        reason: 'ErrImagePull',
        message: 'denied',
        attempts: [{ credential: null, result: { outcome: 'failed', description: 'denied' } }],
      },
    ]);
    expect(outcome.events).toEqual([
      { what: 'Pulling: Pulling image "reg.io/app:1"', count: 2, at: 13 },
      { what: 'Failed: Failed to pull image "reg.io/app:1": denied', count: 2, at: 13 },
      { what: 'Failed: Error: ErrImagePull', count: 2, at: 13 },
      { what: 'BackOff: Back-off pulling image "reg.io/app:1"', count: 2, at: 26 },
      { what: 'Failed: Error: ImagePullBackOff', count: 2, at: 26 },
    ]);
  });

  test('at the second sync when a failure has no back-off', async () => {
    const outcome = await settle({ containers: [container('nginx:1.27', 'app', 'Never')] });
    expect(outcome).toMatchObject({ status: 'ErrImageNeverPull' });
    expect(outcome.images).toMatchObject([{ verdict: 'failed', reason: 'ErrImageNeverPull', attempts: [] }]);
    expect(outcome.events.map(({ count, at }) => [count, at])).toEqual([
      [3, 13],
      [3, 13],
    ]);
  });

  test('with later images blocked by the init container whose image failed', async () => {
    const outcome = await settle({
      initContainers: [container('busybox:1.36', 'first'), container('reg.io/app:1', 'setup')],
      containers: [container('nginx:1.27')],
    });
    expect(outcome).toMatchObject({ status: 'Init:ImagePullBackOff', ready: '0/1' });
    expect(outcome.images).toMatchObject([
      { container: 'first', verdict: 'pulled' },
      { container: 'setup', verdict: 'failed' },
      { container: 'app', verdict: 'blocked', blockedBy: 'setup' },
    ]);
  });

  test('with containers of one image failing together, although only the first one pulls', async () => {
    const outcome = await settle({
      containers: [container('reg.io/app:1', 'a'), container('reg.io/app:1', 'b')],
    });
    expect(outcome.images).toMatchObject([
      { container: 'a', verdict: 'failed', reason: 'ErrImagePull', message: 'denied' },
      { container: 'b', verdict: 'failed', reason: 'ErrImagePull', message: 'denied' },
    ]);
  });

  test('with an image volume that fails blocking only the containers that mount it', async () => {
    const outcome = await settle({
      volumes: [{ name: 'model', image: { reference: 'reg.io/app:1', pullPolicy: 'IfNotPresent' } }],
      containers: [
        { ...container('nginx:1.27', 'web'), volumeMounts: [{ name: 'model' }] },
        container('busybox:1.36', 'side'),
      ],
    });
    expect(outcome).toMatchObject({ status: 'ImagePullBackOff', ready: '1/2' });
    expect(outcome.images).toMatchObject([
      { container: 'model', kind: 'imageVolume', verdict: 'failed' },
      { container: 'web', verdict: 'blocked', blockedBy: 'model' },
      { container: 'side', verdict: 'pulled' },
    ]);
  });

  test('as Unknown, without pull events, when a secret that it needs has no content', async () => {
    const outcome = await settle(
      { containers: [container('reg.io/app:1')] },
      { found: [], missing: [], unknown: 'secret default/regcred is made by an operator' },
    );
    expect(outcome).toMatchObject({ status: 'Unknown', phase: 'Pending', ready: '0/1', events: [] });
    expect(outcome.images).toMatchObject([
      { verdict: 'unknown', reason: null, message: 'secret default/regcred is made by an operator' },
    ]);
  });

  test('after ephemeral containers, which come in at the second sync', async () => {
    const outcome = await settle({
      containers: [container('nginx:1.27')],
      ephemeralContainers: [container('reg.io/app:1', 'debug')],
    });
    expect(outcome).toMatchObject({ status: 'Running', ready: '1/1' });
    expect(outcome.images).toMatchObject([
      { container: 'debug', kind: 'ephemeralContainer', verdict: 'failed' },
      { container: 'app', verdict: 'pulled' },
    ]);
  });

  test('with the missing pull secrets told at every sync', async () => {
    const message =
      'Unable to retrieve some image pull secrets (a); attempting to pull the image may not succeed.';
    const event = { type: 'Warning', reason: 'FailedToRetrieveImagePullSecret', message } as const;
    const outcome = await settle(
      { containers: [container('nginx:1.27')] },
      { found: [], missing: ['a'], event },
    );
    expect(outcome.events[0]).toEqual({
      what: `FailedToRetrieveImagePullSecret: ${message}`,
      count: 2,
      at: 1,
    });
  });
});
