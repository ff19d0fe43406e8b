import { describe, expect, test } from 'vitest';
import { createSimulator, type SimulatorOptions } from '../../src/index.js';
import { createScriptedImageService } from '../support/scripted-image-service.js';

const host = 'registry.example.com';
const app = `${host}/team/app:1.0`;
const start = new Date('2026-01-01T00:00:00Z');
const hour = 60 * 60 * 1000;

const world = (more: object = {}, registry: object = {}): NonNullable<SimulatorOptions['world']> => ({
  registries: [
    {
      host,
      users: [{ name: 'alice', password: 'secret' }],
      robots: [
        { name: 'ci', password: 'robot', expires: new Date(start.getTime() + 12 * hour).toISOString() },
      ],
      repositories: [
        { name: 'team/app', tags: { '1.0': {}, '2.0': {} } },
        { name: 'team/web', visibility: 'public', tags: { '1.27': {} } },
      ],
      ...registry,
    },
  ],
  ...more,
});

const pod = (name: string, image = app, spec: object = {}, namespace?: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...(namespace && { namespace }) },
  spec: { containers: [{ name: 'app', image, imagePullPolicy: 'IfNotPresent' }], ...spec },
});
const listing = { imagePullSecrets: [{ name: 'regcred' }] };
const secret = (username: string, password: string, namespace?: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'regcred', ...(namespace && { namespace }) },
  type: 'kubernetes.io/dockerconfigjson',
  stringData: { '.dockerconfigjson': JSON.stringify({ auths: { [host]: { username, password } } }) },
});

function startCluster(options: SimulatorOptions = {}) {
  const simulator = createSimulator({ world: world(), now: start, ...options });
  const look = (name: string, namespace = 'default') => {
    const found = simulator.report().pods.find((each) => each.name === name && each.namespace === namespace);
    if (found === undefined) throw new Error(`no pod ${name}`);
    const [image] = found.images;
    return {
      status: found.status,
      verdict: image?.verdict,
      requests: image?.attempts.length,
      node: found.node,
    };
  };
  return Object.assign(simulator, { look });
}

describe('time in a simulated cluster', () => {
  test('shows a pod as a person sees it: creating, failing, backing off', async () => {
    await using simulator = startCluster();
    await simulator.apply(pod('web'));
    expect(simulator.look('web')).toMatchObject({ status: 'ContainerCreating', verdict: 'failed' });
    await simulator.advance('1s');
    expect(simulator.look('web').status).toBe('ErrImagePull');
    await simulator.advance(13_000);
    expect(simulator.look('web').status).toBe('ImagePullBackOff');
    await simulator.advance('1h');
    expect(simulator.now()).toEqual(new Date(start.getTime() + 14_000 + hour));
    expect(simulator.describe('web')).toMatch(/^Events:\n {2}Type .*\n.*\n.* \(x\d+ over 60m\) /);
  });

  test('lets a 12-hour credential end: what runs goes on, a new pull fails', async () => {
    await using simulator = startCluster();
    await simulator.apply([secret('ci', 'robot'), pod('early', app, listing)]);
    await simulator.advance('12h');
    expect(simulator.look('early')).toMatchObject({ status: 'Running', verdict: 'pulled' });
    await simulator.apply(pod('late', `${host}/team/app:2.0`, listing));
    await simulator.advance('5s');
    expect(simulator.look('late')).toMatchObject({ status: 'ErrImagePull', verdict: 'failed' });
    expect(simulator.look('early').status).toBe('Running');
  });

  test('starts a killed container again and asks for its image anew', async () => {
    await using simulator = startCluster();
    const always = { ...listing, containers: [{ name: 'app', image: app, imagePullPolicy: 'Always' }] };
    await simulator.apply([secret('ci', 'robot'), pod('kept', app, listing), pod('asking', app, always)]);
    await simulator.advance('13h');
    await simulator.restart('kept');
    await simulator.restart('default/asking');
    await simulator.advance('15s');
    // The kubelet remembers that this secret gave the image; only Always asks the registry.
    expect(simulator.look('kept').status).toBe('Running');
    expect(simulator.describe('kept')).toContain('already present on machine and can be accessed by the pod');
    expect(simulator.look('asking')).toMatchObject({ status: 'ErrImagePull', verdict: 'failed' });
  });

  test('picks up a secret that comes later, once the back-off is over', async () => {
    await using simulator = startCluster();
    await simulator.apply(pod('web', app, listing));
    await simulator.advance('20s');
    expect(simulator.look('web').status).toBe('ImagePullBackOff');
    await simulator.apply(secret('alice', 'secret'));
    await simulator.advance('5s');
    expect(simulator.look('web').status).toBe('ImagePullBackOff');
    await simulator.advance('20s');
    expect(simulator.look('web')).toMatchObject({ status: 'Running', verdict: 'pulled' });
  });

  test('does not count pulls as a rush that come one after another on a clock that stands still', async () => {
    await using simulator = startCluster();
    const pods = Array.from({ length: 30 }, (_, i) => pod(`web-${i}`, `${host}/team/web:1.27`));
    await simulator.apply(pods);
    expect(simulator.report().summary).toMatchObject({ pods: 30, pulled: 1, present: 29 });
  });

  test.each(['12', 'soon', -1])('does not pass for %s', async (duration) => {
    await using simulator = startCluster();
    await expect(simulator.advance(duration)).rejects.toThrow(RangeError);
  });

  test('goes by itself on the wall clock, and cannot be advanced there', async () => {
    const imageService = createScriptedImageService({ images: [{ ref: app, id: 'sha256:a1', size: 10 }] });
    await using simulator = createSimulator({ clock: 'wall', imageService: () => imageService });
    await simulator.apply(pod('web'));
    expect(simulator.report().pods[0]?.images[0]?.verdict).toBe('pulled');
    expect(Math.abs(simulator.now().getTime() - Date.now())).toBeLessThan(60_000);
    await expect(simulator.advance('1s')).rejects.toThrow(/wall clock, which cannot be advanced/);
  });
});

describe('pods of one node', () => {
  test('share an image only with those who could have pulled it', async () => {
    await using simulator = startCluster();
    await simulator.apply([secret('alice', 'secret'), pod('owner', app, listing)]);
    await simulator.apply([
      pod('stranger'),
      pod('friend', app, listing),
      secret('alice', 'secret', 'other'),
      pod('neighbour', app, listing, 'other'),
      pod('never', app, { containers: [{ name: 'app', image: app, imagePullPolicy: 'Never' }] }),
    ]);
    expect(simulator.look('owner').verdict).toBe('pulled');
    expect(simulator.look('stranger').verdict).toBe('failed');
    expect(simulator.look('friend').verdict).toBe('present');
    expect(simulator.look('neighbour', 'other').verdict).toBe('present');
    expect(simulator.look('never').verdict).toBe('failed');
  });

  test('keep access when their secret is edited in place, even to a wrong password', async () => {
    await using simulator = startCluster();
    await simulator.apply([secret('alice', 'secret'), pod('first', app, listing)]);
    await simulator.apply(secret('alice', 'wrong'));
    await simulator.apply(pod('second', app, listing));
    expect(simulator.look('second')).toMatchObject({ verdict: 'present', requests: 0 });
  });

  test('lose access when their secret is deleted and made again with other content', async () => {
    await using simulator = startCluster();
    await simulator.apply([secret('alice', 'secret'), pod('first', app, listing)]);
    await simulator.delete(secret('', ''));
    await simulator.apply(secret('alice', 'wrong'));
    await simulator.apply(pod('second', app, listing));
    expect(simulator.look('second').verdict).toBe('failed');
    await simulator.delete(secret('', ''));
    await simulator.apply([secret('alice', 'secret'), pod('third', app, listing)]);
    expect(simulator.look('third')).toMatchObject({ verdict: 'present', requests: 0 });
  });

  test('have a preloaded image for all until one of them pulls it with a secret', async () => {
    await using simulator = startCluster({ world: world({ nodes: [{ name: 'node-1', images: [app] }] }) });
    await simulator.apply(pod('before'));
    expect(simulator.look('before').verdict).toBe('present');
    const always = { ...listing, containers: [{ name: 'app', image: app, imagePullPolicy: 'Always' }] };
    await simulator.apply([secret('alice', 'secret'), pod('puller', app, always)]);
    await simulator.apply(pod('after'));
    expect(simulator.look('after').verdict).toBe('failed');
    expect(simulator.look('before').status).toBe('ContainerCreating');
  });
});

describe('pods of several nodes', () => {
  const nodes = [
    { name: 'warm', images: [app], labels: { heat: 'warm' } },
    { name: 'cold', labels: { heat: 'cold' } },
  ];

  test('go where the fewest are, a DaemonSet’s to each', async () => {
    await using simulator = startCluster({ world: world({ nodes }) });
    const template = {
      metadata: { labels: { app: 'agent' } },
      spec: { containers: [{ name: 'app', image: app, imagePullPolicy: 'IfNotPresent' }] },
    };
    await simulator.apply([
      pod('a'),
      pod('b'),
      pod('c', app, { nodeSelector: { heat: 'warm' } }),
      pod('d'),
      pod('nowhere', app, { nodeSelector: { heat: 'hot' } }),
      {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'agent' },
        spec: { selector: { matchLabels: { app: 'agent' } }, template },
      },
    ]);
    await simulator.advance('2s');
    const seen = simulator.report().pods.map(({ name, node, status }) => `${name} ${node} ${status}`);
    expect(seen).toEqual([
      'a warm Running',
      'b cold ErrImagePull',
      'c warm Running',
      'd cold ErrImagePull',
      'nowhere null Pending',
      'agent warm Running',
      'agent cold ErrImagePull',
    ]);
    expect(simulator.describe('nowhere')).toContain('FailedScheduling  2s');
  });
});

describe('objects of a simulated cluster', () => {
  test('a pod whose image is edited starts that container anew, with the policy it has', async () => {
    await using simulator = startCluster();
    await simulator.apply([secret('alice', 'secret'), pod('web', app, listing)]);
    await simulator.advance('1m');
    await simulator.apply(pod('web', `${host}/team/app:3.0`, listing));
    await simulator.advance('1s');
    expect(simulator.look('web')).toMatchObject({ status: 'ErrImagePull', verdict: 'failed' });
    await simulator.apply(pod('web', `${host}/team/app:2.0`, listing));
    await simulator.advance('2s');
    expect(simulator.look('web')).toMatchObject({ status: 'Running', verdict: 'pulled' });
  });

  test('other edits of a pod are refused, and it stays as it was', async () => {
    await using simulator = startCluster();
    await simulator.apply(pod('web'));
    await simulator.apply(pod('web', app, listing));
    const { errors, pods } = simulator.report();
    expect(errors).toMatchObject([
      {
        kind: 'refused',
        message: expect.stringMatching(/^Pod "web" is invalid: spec: Forbidden: pod updates may/),
      },
    ]);
    expect(pods).toHaveLength(1);
    expect(simulator.events('web').some(({ reason }) => reason === 'FailedToRetrieveImagePullSecret')).toBe(
      false,
    );
  });

  test('a workload with a new template gets a new pod, which does not wait for the old one’s back-off', async () => {
    await using simulator = startCluster();
    const deployment = (image: string) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: pod('x', image).spec },
      },
    });
    await simulator.apply(deployment(app));
    await simulator.advance('20s');
    await simulator.apply(deployment(app));
    expect(simulator.look('web').status).toBe('ImagePullBackOff');
    await simulator.apply(deployment(`${host}/team/web:1.27`));
    await simulator.advance('1s');
    expect(simulator.look('web').status).toBe('Running');
    expect(simulator.events('web')[0]).toMatchObject({ reason: 'Scheduled', atSeconds: 0 });
  });

  test('a deleted pod is gone; one made again is pulled for at once', async () => {
    await using simulator = startCluster();
    await simulator.apply(pod('web'));
    await simulator.advance('20s');
    await simulator.delete(pod('web'));
    expect(simulator.report().pods).toEqual([]);
    expect(() => simulator.describe('web')).toThrow('there is no pod "default/web"; there are: none');
    await simulator.apply(pod('web'));
    await simulator.advance('1s');
    expect(simulator.look('web').status).toBe('ErrImagePull');
  });

  test('a service account counts for pods that come after it', async () => {
    await using simulator = startCluster();
    const account = (names: readonly string[]) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default' },
      imagePullSecrets: names.map((name) => ({ name })),
    });
    await simulator.apply([secret('alice', 'secret'), pod('before')]);
    await simulator.apply([account(['regcred']), pod('after')]);
    expect(simulator.look('before').verdict).toBe('failed');
    expect(simulator.look('after').verdict).toBe('pulled');
    await simulator.delete(account([]));
    await simulator.apply(pod('last', `${host}/team/app:2.0`));
    expect(simulator.look('last').verdict).toBe('failed');
  });

  test('what the API server refuses is told, and a secret of the same name lives on', async () => {
    await using simulator = startCluster();
    await simulator.apply([secret('alice', 'secret'), { ...pod('Web'), metadata: { name: 'Web' } }]);
    await simulator.apply({ ...secret('alice', 'secret'), type: 'Opaque' });
    await simulator.apply(pod('fine', app, listing));
    const report = simulator.report();
    expect(report.pods.map(({ name, status }) => [name, status])).toEqual([
      ['Web', 'Rejected'],
      ['fine', 'ContainerCreating'],
    ]);
    expect(report.errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('type: Invalid value: "Opaque": field is immutable'),
    ]);
    expect(simulator.look('fine').verdict).toBe('pulled');
  });

  test('registries that the world does not list answer as they come up, when it says so', async () => {
    await using simulator = startCluster({ world: world({ undeclared: 'private' }) });
    await simulator.apply(pod('one', 'one.example.com/a:1'));
    await simulator.apply(pod('two', 'two.example.com/a:1'));
    await simulator.advance('1s');
    expect(simulator.look('one')).toMatchObject({ status: 'ErrImagePull', verdict: 'failed' });
    expect(simulator.look('two')).toMatchObject({ status: 'ErrImagePull', verdict: 'failed' });
  });

  test('without a world nothing is claimed of registries', async () => {
    await using simulator = createSimulator();
    await simulator.apply(pod('web'));
    await simulator.advance('1m');
    expect(simulator.report().summary).toMatchObject({ unknown: 1, failed: 0 });
  });

  test('the same story gives the same report, byte for byte', async () => {
    const tell = async () => {
      await using simulator = startCluster();
      await simulator.apply([secret('alice', 'secret'), pod('a', app, listing), pod('b')]);
      await simulator.advance('3h');
      await simulator.apply(secret('alice', 'wrong'));
      await simulator.restart('a');
      await simulator.advance('90m');
      return JSON.stringify(simulator.report());
    };
    expect(await tell()).toBe(await tell());
  });
});
