import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cluster, loadCluster } from '../../src/cluster/load-cluster.js';
import { schedulePod } from '../../src/cluster/scheduling.js';
import { apiResources } from '../../src/versions/api-server.js';

/** Whatever came in: nothing was thrown, and everything that is told has its place and its sentence. */
function expectSound(cluster: Cluster): void {
  for (const { message, source } of [...cluster.errors, ...cluster.warnings]) {
    expect(message).not.toBe('');
    expect(source.line).toBeGreaterThanOrEqual(1);
  }
  for (const pod of cluster.pods) {
    if (!pod.admitted) expect(pod.message).not.toBe('');
    else {
      expect(pod.pod.spec.containers.length).toBeGreaterThan(0);
      for (const { image, imagePullPolicy } of pod.pod.spec.containers) {
        expect(typeof image).toBe('string');
        expect(['Always', 'IfNotPresent', 'Never']).toContain(imagePullPolicy);
      }
      schedulePod(pod.pod, [{ name: 'node-1', platform: 'linux/amd64' }], '1.36');
    }
    pod.written.locate(pod.specPath);
  }
  for (const { object } of cluster.secrets) {
    for (const value of Object.values(object.data ?? {})) expect(typeof value).toBe('string');
  }
}

const load = (object: unknown, kubernetesVersion = '1.36') =>
  loadCluster(
    [
      { file: 'object', object },
      { file: 'account', object: strictAccount },
    ],
    {
      kubernetesVersion,
      alwaysPullImages: kubernetesVersion < '1.30',
    },
  );
const strictAccount = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'default', annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } },
};
const versions = fc.constantFrom('1.24', '1.28', '1.34', '1.36', 'v1.99.0', 'latest');
const kinds = fc.constantFrom(...apiResources.map(({ kind, apiVersion }) => ({ kind, apiVersion })));
const anything = fc.jsonValue({ maxDepth: 3 });

/** Names that lead deep into the decoder, with anything at all behind them. */
const fields = fc.constantFrom(
  ...[
    'metadata',
    'spec',
    'template',
    'containers',
    'initContainers',
    'image',
    'name',
    'imagePullSecrets',
    'data',
  ],
  ...[
    'volumes',
    'jobTemplate',
    'selector',
    'type',
    'stringData',
    'labels',
    'affinity',
    'nodeSelector',
    '__proto__',
  ],
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anything,
    fc.dictionary(fields, tie('tree'), { maxKeys: 5 }),
    fc.array(tie('tree'), { maxLength: 3 }),
  ),
}));

test('any JSON value may be given as a manifest', () => {
  fc.assert(fc.property(anything, (value) => expectSound(load(value))));
});

test('any JSON value may be given as a part of any kind', () => {
  fc.assert(
    fc.property(kinds, fc.dictionary(fields, tree), versions, (kind, object, version) =>
      expectSound(load({ ...object, ...kind }, version)),
    ),
    { numRuns: 500 },
  );
});

test('any text may be given as a file', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'a:',
      '- ',
      '\n',
      '  ',
      '---\n',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '&a ',
      '*a',
      '|',
      '>',
      '<<: ',
      '\t',
    ),
    fc.constantFrom(
      'apiVersion: v1\n',
      'kind: Pod\n',
      'kind: Secret\n',
      'metadata:\n',
      'spec:\n',
      'data:\n',
      '? ',
      '#',
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) =>
      expectSound(loadCluster([{ file: 'a.yaml', text: pieces.join('') }])),
    ),
    { numRuns: 1000 },
  );
});

test('a manifest written as JSON and as an object gives the same pods and problems', () => {
  fc.assert(
    fc.property(kinds, fc.dictionary(fields, tree), (kind, object) => {
      const manifest = { ...object, ...kind };
      const told = ({ pods, errors, warnings }: Cluster) => ({
        pods: pods.map((pod) => (pod.admitted ? pod.pod : pod.message)),
        errors: errors.map(({ message }) => message),
        // JSON.stringify writes no key twice, and what YAML 1.1 sees in a key is no matter of JSON.
        warnings: warnings.length,
      });
      const text = JSON.stringify(manifest);
      const [one, other] = [
        { file: 'a', text },
        { file: 'a', object: JSON.parse(text) },
      ];
      expect(told(loadCluster([one]))).toEqual(told(loadCluster([other])));
    }),
    { numRuns: 300 },
  );
});
