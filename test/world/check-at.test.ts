import { describe, expect, test } from 'vitest';
import { renderText } from '../../src/report/text.js';
import { check } from '../../src/world/check.js';
import { milliseconds } from '../../src/world/duration.js';

const now = new Date('2026-01-01T00:00:00Z');
const world = {
  registries: [
    {
      host: 'registry.example.com',
      users: [{ name: 'alice', password: 'secret' }],
      repositories: [
        { name: 'team/app', tags: { '1.0': {} } },
        { name: 'team/web', visibility: 'public' as const, tags: { '1.27': {} } },
      ],
    },
  ],
};
const pod = (image: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'app' },
  spec: { containers: [{ name: 'app', image }], ...spec },
});

async function lookAt(
  at: string,
  manifest: object = pod('registry.example.com/team/app:1.0'),
  more: object = {},
) {
  const report = await check({ manifests: manifest, world: { ...world, ...more }, now, at });
  const [entry] = report.pods;
  if (entry === undefined) throw new Error('no pod');
  return { report, entry };
}

const refused =
  'Failed to pull image "registry.example.com/team/app:1.0": failed to pull and unpack image "registry.example.com/team/app:1.0": failed to resolve image: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed';

describe('a pod looked at at a stated time', () => {
  test('has the events that kubectl describe pod prints at that moment', async () => {
    const { entry } = await lookAt('100s');
    expect(entry.describe).toEqual([
      'Events:',
      '  Type     Reason     Age                 From               Message',
      '  ----     ------     ----                ----               -------',
      '  Normal   Scheduled  100s                default-scheduler  Successfully assigned default/app to node-1',
      '  Normal   BackOff    24s (x5 over 99s)   kubelet            spec.containers{app}: Back-off pulling image "registry.example.com/team/app:1.0"',
      '  Warning  Failed     24s (x5 over 99s)   kubelet            spec.containers{app}: Error: ImagePullBackOff',
      `  Normal   Pulling    12s (x4 over 100s)  kubelet            spec.containers{app}: Pulling image "registry.example.com/team/app:1.0"`,
      `  Warning  Failed     12s (x4 over 100s)  kubelet            spec.containers{app}: ${refused}`,
      '  Warning  Failed     12s (x4 over 100s)  kubelet            spec.containers{app}: Error: ErrImagePull',
    ]);
  });

  test.each([
    ['0s', 'ContainerCreating'],
    ['1s', 'ErrImagePull'],
    ['13s', 'ErrImagePull'],
    ['14s', 'ImagePullBackOff'],
    ['26s', 'ErrImagePull'],
    ['39s', 'ImagePullBackOff'],
  ])('shows after %s what the API server was told by then: %s', async (at, status) => {
    const { entry } = await lookAt(at);
    expect(entry).toMatchObject({ status, ready: '0/1', phase: 'Pending' });
  });

  test('runs a second after its image came', async () => {
    const image = 'registry.example.com/team/web:1.27';
    expect((await lookAt('0s', pod(image))).entry).toMatchObject({ status: 'ContainerCreating' });
    const { entry } = await lookAt('8s', pod(image));
    expect(entry).toMatchObject({ status: 'Running', ready: '1/1' });
    expect(entry.describe?.at(-1)).toBe(
      '  Normal  Started    8s    kubelet            spec.containers{app}: Container started',
    );
  });

  test('has no events left after hours in which none came', async () => {
    const { entry } = await lookAt('1h2m', pod('registry.example.com/team/web:1.27'));
    expect(entry.describe).toEqual(['Events:  <none>']);
    expect(entry.events).toEqual([]);
  });

  test('has events without field paths for a kubectl before 1.35', async () => {
    const { entry } = await lookAt('5s', undefined, { kubernetesVersion: '1.34' });
    expect(entry.describe?.join('\n')).not.toContain('spec.containers');
  });

  test('waits with the scheduler’s words where no node takes it', async () => {
    const { entry } = await lookAt('5s', pod('nginx', { nodeSelector: { disk: 'ssd' } }));
    expect(entry.describe?.[3]).toMatch(
      /^ {2}Warning {2}FailedScheduling {2}5s {4}default-scheduler {2}0\/1 nodes/,
    );
  });

  test('is printed with its row of kubectl get pods and its events', async () => {
    const { report, entry } = await lookAt('15m');
    const text = renderText(report);
    expect(text).toContain(
      [
        'NAME   READY   STATUS             RESTARTS   AGE',
        'app    0/1     ImagePullBackOff   0          15m',
        '',
        ...(entry.describe ?? []),
      ].join('\n'),
    );
    expect(report.atSeconds).toBe(900);
  });

  test('is as in a report without a time in everything that has settled', async () => {
    const settled = (await check({ manifests: pod('registry.example.com/team/app:1.0'), world, now }))
      .pods[0];
    const { entry } = await lookAt('26s');
    expect(entry.images).toEqual(settled?.images);
    expect(entry.findings).toEqual(settled?.findings);
    expect(settled).not.toHaveProperty('describe');
  });
});

describe('a duration', () => {
  test.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['500ms', 500],
    ['2d', 172_800_000],
    ['0', 0],
    [1500, 1500],
  ])('%s is %d ms', (written, expected) => {
    expect(milliseconds(written)).toBe(expected);
  });

  test.each(['', '15', '15x', '-5m', 'm', '1h 30m', '5 m', -1, Number.NaN, Number.POSITIVE_INFINITY])(
    '%s is none',
    (written) => {
      expect(() => milliseconds(written)).toThrow(/is no duration: write it like 90s, 15m, 12h or 1h30m/);
    },
  );
});
