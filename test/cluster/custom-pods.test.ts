import { describe, expect, test } from 'vitest';
import { loadCluster } from '../../src/cluster/load-cluster.js';
import type { LoadedPod } from '../../src/cluster/load-pod.js';

const load = (text: string) => loadCluster([{ file: 'custom.yaml', text }]);
const imagesOf = (pod: LoadedPod) =>
  pod.admitted ? pod.pod.spec.containers.map(({ name, image }) => `${name}: ${image}`) : pod.message;

describe('pods of somebody else’s kinds', () => {
  test('are found where a Deployment has them', () => {
    const { pods, errors, warnings } = load(`apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: web, namespace: prod }
spec:
  strategy: { canary: {} }
  template:
    metadata: { labels: { app: web } }
    spec:
      imagePullSecrets: [{ name: regcred }]
      containers:
        - name: app
          image: reg.io/app:1
`);
    expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
    const [pod] = pods;
    expect(pod).toMatchObject({
      namespace: 'prod',
      name: 'web',
      owner: 'Rollout/web',
      admitted: true,
      specPath: ['spec', 'template', 'spec'],
      pod: { metadata: { labels: { app: 'web' } }, spec: { imagePullSecrets: [{ name: 'regcred' }] } },
    });
    expect(pod?.written.locate([...pod.specPath, 'containers', 0, 'image'])).toMatchObject({ line: 12 });
  });

  test.each([
    [
      'a job template',
      'spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: a, image: i }] } } } } }',
    ],
    ['a podTemplate', 'spec: { podTemplate: { spec: { containers: [{ name: a, image: i }] } } }'],
    [
      'something deeper',
      'spec: { parts: [{ inner: { template: { spec: { containers: [{ name: a, image: i }] } } } }] }',
    ],
  ])('are found in %s', (_, spec) => {
    const { pods } = load(`{ apiVersion: x.io/v1, kind: Thing, metadata: { name: t }, ${spec} }`);
    expect(pods.map(imagesOf)).toEqual([['a: i']]);
  });

  test('are told apart when there are several', () => {
    const { pods } = load(`apiVersion: ray.io/v1
kind: RayCluster
metadata: { name: ray }
spec:
  headGroupSpec: { template: { spec: { containers: [{ name: head, image: ray-head }] } } }
  workerGroupSpecs:
    - { template: { spec: { containers: [{ name: worker, image: ray-worker }] } } }
    - { template: { spec: { containers: [{ name: worker, image: ray-gpu }] } } }
`);
    expect(pods.map((pod) => [pod.name, imagesOf(pod)])).toEqual([
      ['ray-headgroupspec', ['head: ray-head']],
      ['ray-workergroupspecs-0', ['worker: ray-worker']],
      ['ray-workergroupspecs-1', ['worker: ray-gpu']],
    ]);
  });

  test('get names for nameless containers, as Knative gives them', () => {
    const { pods } = load(
      '{ apiVersion: serving.knative.dev/v1, kind: Service, metadata: { name: k }, spec: { template: { spec: { containers: [{ image: one }, { image: two }] } } } }',
    );
    expect(pods.map(imagesOf)).toEqual([['user-container: one', 'user-container-1: two']]);
  });

  test.each([
    ['containers without images are a patch', 'spec: { template: { spec: { containers: [{ name: a }] } } }'],
    ['no template at all', 'spec: { containers: [{ name: a, image: i }] }'],
    [
      'an object within an object',
      'spec: { manifestTemplate: { apiVersion: v1, kind: Pod, spec: { containers: [{ name: a, image: i }] } } }',
    ],
    ['a schema', 'spec: { template: { spec: { properties: { containers: { type: array } } } } }'],
  ])('%s: none is seen', (_, spec) => {
    const { pods, errors } = load(`{ apiVersion: x.io/v1, kind: Thing, metadata: { name: t }, ${spec} }`);
    expect({ pods, errors }).toEqual({ pods: [], errors: [] });
  });

  test('with a value of a wrong type are refused, with the line', () => {
    const { pods, errors } = load(`apiVersion: x.io/v1
kind: Thing
metadata: { name: t }
spec:
  template:
    spec:
      containers:
        - { name: a, image: i }
      imagePullSecrets:
        - regcred
`);
    expect(pods).toMatchObject([{ admitted: false, name: 't' }]);
    expect(errors).toMatchObject([{ kind: 'refused', source: { line: 10 } }]);
  });
});
