import { describe, expect, test } from 'vitest';
import type { Credential } from '../../src/credentials/credential.js';
import { createBackOff } from '../../src/kubelet/back-off.js';
import type { ImageService, PullImageResult } from '../../src/kubelet/image-service.js';
import { attemptPulls } from '../../src/kubelet/pull-attempts.js';
import { createPullRecordMemory } from '../../src/kubelet/pull-records.js';
import { containerOf, podOf, secretOf, startNode, withSecrets } from '../support/node.js';

const nginx = { ref: 'nginx:1.27', id: 'sha256:b2', size: 10 };
const denied = { ref: 'reg.io/app:1', id: 'sha256:a1', size: 10, users: { alice: 'pw' } };
const registry = { images: [nginx, denied], anonError: 'denied', authError: '401' };
const pulled =
  'app Pulled: Successfully pulled image "nginx:1.27" in 0s (0s including waiting). Image size: 10 bytes.';

const failure = (description: string, code: 'Unknown' | 'NotFound' = 'Unknown'): PullImageResult => ({
  outcome: 'failed',
  code,
  description,
  failure: { kind: 'other' },
  exchanges: [],
});

describe('the attempt loop', () => {
  const credentials = ['a', 'b', 'c'].map(
    (username): Credential => ({
      username,
      password: '',
      email: '',
      source: { kind: 'node' },
      key: 'reg.io',
      indexKey: 'reg.io',
      hash: '',
    }),
  );
  const answering = (results: readonly PullImageResult[]): ImageService => {
    const left = [...results];
    return {
      imageStatus: async () => undefined,
      pullImage: async () => left.shift() ?? failure('asked too often'),
    };
  };

  test('joins different texts in brackets, each once, in order of first occurrence', async () => {
    const service = answering([failure('x'), failure('y', 'NotFound'), failure('x')]);
    expect(await attemptPulls(service, 'reg.io/app:1', credentials)).toMatchObject({
      text: '[x, rpc error: code = NotFound desc = y]',
    });
  });

  test('takes an answer without image reference for a failure, and goes on', async () => {
    const empty: PullImageResult = { outcome: 'pulled', imageRef: '', exchanges: [] };
    const service = answering([empty, failure('y'), empty]);
    expect(await attemptPulls(service, 'reg.io/app:1', credentials)).toMatchObject({
      outcome: 'failed',
      text: '[imageRef of image "reg.io/app:1" is not set, y]',
    });
  });

  test('stops at what nobody can decide', async () => {
    const service = answering([
      failure('x'),
      { outcome: 'unknown', because: 'no such registry', exchanges: [] },
    ]);
    const outcome = await attemptPulls(service, 'reg.io/app:1', credentials);
    expect(outcome).toMatchObject({ outcome: 'unknown', because: 'no such registry' });
    expect(outcome.attempts).toHaveLength(2);
  });
});

describe('back-off', () => {
  test('belongs to pod and image string: the second container with one string waits in the same sync', async () => {
    const node = startNode({ registry });
    const pod = podOf({ containers: [containerOf('reg.io/app:1', 'a'), containerOf('reg.io/app:1', 'b')] });
    expect(await node.sync(pod, 0)).toEqual([
      'a Pulling: Pulling image "reg.io/app:1"',
      'a Failed: Failed to pull image "reg.io/app:1": denied',
      'a Failed: Error: ErrImagePull',
      'b BackOff: Back-off pulling image "reg.io/app:1"',
      'b Failed: Error: ImagePullBackOff',
    ]);
  });

  test('tells spellings apart, and pods', async () => {
    const node = startNode({ registry: { errors: { 'nginx:latest': { msg: 'no' } } } });
    const pod = podOf({ containers: [containerOf('nginx', 'a'), containerOf('nginx:latest', 'b')] });
    const events = await node.sync(pod, 0);
    expect(events.filter((event) => event.includes('Pulling:'))).toHaveLength(2);
    const other = podOf({ containers: [containerOf('nginx', 'a')] }, 'other');
    expect(await node.sync(other, 1)).toContain('a Pulling: Pulling image "nginx"');
  });

  test('does not keep an image from being used that another pod has brought', async () => {
    const node = startNode({ registry });
    const pod = podOf({ containers: [containerOf('reg.io/app:1')] });
    await node.sync(pod, 0);
    node.runtime.local.set('reg.io/app:1', 'sha256:a1');
    expect((await node.sync(pod, 1))[0]).toBe(
      'app Pulled: Container image "reg.io/app:1" already present on machine and can be accessed by the pod',
    );
  });

  test('doubles from 10 s to 300 s, and ends at exactly its delay', () => {
    const backOff = createBackOff();
    const delays: number[] = [];
    let nowMs = 0;
    for (let failures = 0; failures < 7; failures += 1) {
      backOff.failed('key', nowMs);
      const delay = backOff.endMs('key') - nowMs;
      expect(backOff.isBackingOff('key', nowMs + delay - 1)).toBe(true);
      expect(backOff.isBackingOff('key', nowMs + delay)).toBe(false);
      nowMs += delay;
      delays.push(delay / 1000);
    }
    expect(delays).toEqual([10, 20, 40, 80, 160, 300, 300]);
  });

  test('begins anew when the last failure is more than 600 s old, and a success changes nothing before', () => {
    const backOff = createBackOff();
    backOff.failed('key', 0);
    backOff.collectGarbage(600_000);
    backOff.failed('key', 600_000);
    expect(backOff.endMs('key')).toBe(620_000);
    backOff.collectGarbage(1_200_001);
    expect(backOff.endMs('key')).toBe(0);
    backOff.failed('key', 1_200_001);
    expect(backOff.endMs('key')).toBe(1_210_001);
  });

  test('follows a throttled pull too, which is an ordinary failure', async () => {
    const configuration = { registryPullQPS: 1, registryBurst: 1 };
    const node = startNode({ registry, configuration });
    const pod = podOf({
      containers: [containerOf('nginx:1.27', 'a', 'Always'), containerOf('reg.io/app:1', 'b', 'Always')],
    });
    expect((await node.sync(pod, 0)).slice(-3)).toEqual([
      'b Pulling: Pulling image "reg.io/app:1"',
      'b Failed: Failed to pull image "reg.io/app:1": pull QPS exceeded',
      'b Failed: Error: ErrImagePull',
    ]);
    expect(node.runtime.calls.filter(({ op }) => op === 'PullImage')).toHaveLength(1);
    expect(await node.sync(pod, 1)).toContain('b BackOff: Back-off pulling image "reg.io/app:1"');
  });
});

describe('a malformed pull secret', () => {
  const broken = withSecrets(secretOf({ auths: { 'reg.io': { auth: 'pants' } } }));
  const raw = 'illegal base64 data at input byte 4';
  const absent = podOf({ containers: [containerOf('nginx:1.27')] });
  const rawFailure = [`app Failed: Error: ${raw}`];
  const failedPull = [
    'app Pulling: Pulling image "nginx:1.27"',
    `app Failed: Failed to pull image "nginx:1.27": ${raw}`,
    'app Failed: Error: ErrImagePull',
  ];

  test.each([
    ['1.30', failedPull],
    ['1.31', failedPull],
    ['1.32', failedPull],
    ['1.33', rawFailure],
    ['1.34', rawFailure],
    ['1.35', rawFailure],
    ['1.36', rawFailure],
  ])('fails an absent image on %s in that version’s way', async (version, events) => {
    expect(await startNode({ version, registry }).sync(absent, 0, broken)).toEqual(events);
  });

  test.each([
    ['1.32', true],
    ['1.33', false],
    ['1.34', true],
    ['1.35', true],
    ['1.36', true],
  ])('lets a present image start on %s: %s', async (version, starts) => {
    const node = startNode({ version, registry, local: { 'nginx:1.27': 'sha256:b2' } });
    const events = await node.sync(absent, 0, broken);
    expect(events.some((event) => event.includes('Started'))).toBe(starts);
  });

  test('fails a present image on 1.34 with the gate on', async () => {
    const configuration = { featureGates: { KubeletEnsureSecretPulledImages: true } };
    const node = startNode({
      version: '1.34',
      registry,
      configuration,
      local: { 'nginx:1.27': 'sha256:b2' },
    });
    expect(await node.sync(absent, 0, broken)).toEqual(rawFailure);
  });

  test('has back-off up to 1.32, and none since', async () => {
    const old = startNode({ version: '1.32', registry });
    await old.sync(absent, 0, broken);
    expect(await old.sync(absent, 1, broken)).toContain('app BackOff: Back-off pulling image "nginx:1.27"');
    const recent = startNode({ registry });
    await recent.sync(absent, 0, broken);
    expect(await recent.sync(absent, 1)).toContain(pulled);
  });
});

describe('wording by version', () => {
  const pod = podOf({ containers: [containerOf('nginx:1.27')] });

  test.each([
    ['1.30', ['Created: Created container app', 'Started: Started container app']],
    ['1.31', ['Created: Created container app', 'Started: Started container app']],
    ['1.32', ['Created: Created container: app', 'Started: Started container app']],
    ['1.34.2', ['Created: Created container: app', 'Started: Started container app']],
    ['1.35', ['Created: Container created', 'Started: Container started']],
    ['v1.36.2', ['Created: Container created', 'Started: Container started']],
  ])('%s says of a started container', async (version, [created, started]) => {
    const events = await startNode({ version, registry }).sync(pod, 0);
    expect(events.slice(-2)).toEqual([`app ${created}`, `app ${started}`]);
  });

  test.each([
    ['1.31', 'already present on machine'],
    ['1.34', 'already present on machine'],
    ['1.35', 'already present on machine and can be accessed by the pod'],
  ])('%s says of a present image', async (version, words) => {
    const node = startNode({ version, registry, local: { 'nginx:1.27': 'sha256:b2' } });
    expect((await node.sync(pod, 0))[0]).toBe(`app Pulled: Container image "nginx:1.27" ${words}`);
  });

  test.each([
    ['1.31', 'Failed to inspect image "nginx:1.27": rpc error: code = Unknown desc = broken'],
    ['1.32', 'Failed to inspect image "": rpc error: code = Unknown desc = broken'],
  ])('%s says of an inspection that failed', async (version, message) => {
    const inspectError = 'rpc error: code = Unknown desc = broken';
    const events = await startNode({ version, registry: { inspectError } }).sync(pod, 0);
    expect(events).toEqual([`app InspectFailed: ${message}`, 'app Failed: Error: ImageInspectError']);
  });

  test.each([
    ['1.31', 'Back-off pulling image "reg.io/app:1"'],
    ['1.32', 'Back-off pulling image "reg.io/app:1": ErrImagePull: denied'],
  ])('%s shows the cause of a back-off in the waiting message: %s', async (version, message) => {
    const failing = podOf({ containers: [containerOf('reg.io/app:1')] });
    const node = startNode({ version, registry });
    await node.sync(failing, 0);
    await node.sync(failing, 1);
    const [status] = node.kubelet.statusOf(failing).containerStatuses;
    expect(status?.state).toEqual({ waiting: { reason: 'ImagePullBackOff', message } });
  });
});

describe('odd ends', () => {
  test('a pull whose intent cannot be written does not begin', async () => {
    const records = {
      ...createPullRecordMemory(),
      writeIntent: () => {
        throw new Error('disk full');
      },
    };
    const node = startNode({ registry, records });
    const pod = podOf({ containers: [containerOf('nginx:1.27')] });
    expect(await node.sync(pod, 0)).toEqual([
      'app Failed: Error: failed to record image pull intent: disk full',
    ]);
    expect(node.kubelet.statusOf(pod).containerStatuses[0]?.state).toEqual({
      waiting: {
        reason: 'failed to record image pull intent: disk full',
        message:
          'Failed to record image pull intent for container image "nginx:1.27": failed to record image pull intent: disk full',
      },
    });
  });

  test('a container whose image user cannot be read is not created', async () => {
    const node = startNode({
      registry: { ...registry, inspectError: 'rpc error: code = Unavailable desc = gone' },
    });
    const pod = podOf({ containers: [containerOf('nginx:1.27', 'app', 'Always')] });
    expect(await node.sync(pod, 0)).toEqual([
      'app Pulling: Pulling image "nginx:1.27"',
      'app Pulled: Successfully pulled image "nginx:1.27" in 0s (0s including waiting). Image size: 0 bytes.',
      'app Failed: Error: gone',
    ]);
  });

  test('an intent is there while a pull runs, and gone when it failed or backed off', async () => {
    const records = createPullRecordMemory();
    const node = startNode({ registry, records });
    const seen: (readonly string[])[] = [];
    const { pullImage } = node.runtime;
    node.runtime.pullImage = async (request) => {
      seen.push(records.intents());
      return pullImage(request);
    };
    const pod = podOf({ containers: [containerOf('reg.io/app:1')] });
    await node.sync(pod, 0);
    await node.sync(pod, 1);
    expect(seen).toEqual([['reg.io/app:1']]);
    expect(records.intents()).toEqual([]);
  });
});
