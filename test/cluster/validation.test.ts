import { describe, expect, test } from 'vitest';
import { defaultPodSpec, defaultSecret } from '../../src/cluster/defaults.js';
import { aggregate } from '../../src/cluster/field-error.js';
import { fieldPathOf } from '../../src/cluster/field-path.js';
import type { Pod, PodSpec, Secret } from '../../src/cluster/objects.js';
import { validatePod, validatePodUpdate } from '../../src/cluster/validate-pod.js';
import { validateSecret, validateSecretUpdate } from '../../src/cluster/validate-secret.js';

const podOf = (spec: Partial<PodSpec>): Pod => ({
  metadata: { name: 'app', namespace: 'default' },
  spec: defaultPodSpec({ containers: [{ name: 'a', image: 'nginx:1' }], ...spec }),
});
const secretOf = (rest: Partial<Secret>): Secret =>
  defaultSecret({ metadata: { name: 's', namespace: 'default' }, ...rest });
const filled = (bytes: number) => Buffer.alloc(bytes).toString('base64');

describe('a secret', () => {
  test('may hold exactly one mebibyte in all its values, names not counted', () => {
    const half = 512 * 1024;
    const name = 'k'.repeat(253);
    expect(validateSecret(secretOf({ data: { [name]: filled(half), b: filled(half) } }))).toEqual([]);
    expect(aggregate(validateSecret(secretOf({ data: { a: filled(half), b: filled(half + 1) } })))).toBe(
      'data: Too long: may not be more than 1048576 bytes',
    );
  });

  test('that is immutable keeps its data and its flag', () => {
    const old = secretOf({ data: { a: 'eA==' }, immutable: true });
    const frozen = 'Forbidden: field is immutable when `immutable` is set';
    const update = (rest: Partial<Secret>) => aggregate(validateSecretUpdate(secretOf(rest), old));
    expect(update({ data: { a: 'eA==' }, immutable: true })).toBe('[]');
    expect(update({ data: { a: 'eQ==' }, immutable: true })).toBe(`data: ${frozen}`);
    expect(update({ data: {}, immutable: false })).toBe(`[immutable: ${frozen}, data: ${frozen}]`);
  });

  test('may be anything that is a JSON object inside, bad credentials included', () => {
    const problem = (content: string) =>
      validateSecret(
        secretOf({
          type: 'kubernetes.io/dockerconfigjson',
          stringData: { '.dockerconfigjson': content },
        }),
      ).map((error) => error.problem.replace('Invalid value: "<secret contents redacted>": ', ''));
    expect(problem('{"auths":{"r":{"auth":"%%%"}}}')).toEqual([]);
    expect(problem(' {"a":1} ')).toEqual([]);
    expect(problem('{"a":1e999}')).toEqual([
      'json: cannot unmarshal number 1e999 into Go value of type float64',
    ]);
    expect(problem('{"a":"1e999"}')).toEqual([]);
    expect(problem('true')).toEqual([
      'json: cannot unmarshal bool into Go value of type map[string]interface {}',
    ]);
  });
});

describe('an update of a pod', () => {
  const old = podOf({ imagePullSecrets: [{ name: 'a' }] });
  const update = (spec: Partial<PodSpec>) =>
    aggregate(validatePodUpdate(podOf({ imagePullSecrets: [{ name: 'a' }], ...spec }), old));
  const fixed =
    'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

  test('may change images', () => {
    expect(update({ containers: [{ name: 'a', image: 'nginx:2', imagePullPolicy: 'IfNotPresent' }] })).toBe(
      '[]',
    );
  });

  test('may not change pull secrets or policies', () => {
    expect(update({ imagePullSecrets: [{ name: 'b' }] })).toBe(fixed);
    expect(update({ imagePullSecrets: [] })).toBe(fixed);
    expect(update({ containers: [{ name: 'a', image: 'nginx:1', imagePullPolicy: 'Always' }] })).toBe(fixed);
    // The default is computed anew from the new image when the manifest does not say the stored policy.
    expect(update({ containers: [{ name: 'a', image: 'nginx:latest' }] })).toBe(fixed);
  });

  test('may not add containers', () => {
    const containers = [
      { name: 'a', image: 'nginx:1' },
      { name: 'b', image: 'nginx:1' },
    ];
    expect(update({ containers })).toBe(
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    );
  });
});

describe('a pod', () => {
  test('keeps a policy that it has, and gets the others by tag', () => {
    const spec = defaultPodSpec({
      containers: [
        { name: 'a', image: 'nginx', imagePullPolicy: 'Never' },
        { name: 'b', image: 'nginx:latest@sha256:'.concat('0'.repeat(64)) },
        { name: 'c', image: 'Not An Image' },
        { name: 'd' },
      ],
      volumes: [{ name: 'v', image: { reference: 'a:1' } }, { name: 'w' }],
    });
    expect(spec.containers.map(({ imagePullPolicy }) => imagePullPolicy)).toEqual([
      'Never',
      'Always',
      'IfNotPresent',
      'IfNotPresent',
    ]);
    expect(spec.volumes).toEqual([
      { name: 'v', image: { reference: 'a:1', pullPolicy: 'IfNotPresent' } },
      { name: 'w', emptyDir: {} },
    ]);
  });

  test('may hold images that only the kubelet refuses', () => {
    for (const image of ['https://x/y', 'Nginx', 'a b', '$(X)', 'x\ufeff', '\u200b']) {
      expect(validatePod(podOf({ containers: [{ name: 'a', image }] }))).toEqual([]);
    }
    for (const image of [' x', 'x\n', '\u00a0x', 'x\u0085', '\u3000']) {
      expect(aggregate(validatePod(podOf({ containers: [{ name: 'a', image }] })))).toContain(
        'must not have leading or trailing whitespace',
      );
    }
  });

  test('is told the same thing once', () => {
    const twice = [
      { path: 'a', problem: 'Required value' },
      { path: 'b', problem: 'Forbidden' },
      { path: 'a', problem: 'Required value' },
    ];
    expect(aggregate(twice)).toBe('[a: Required value, b: Forbidden]');
  });
});

test('paths as the server prints them lead to fields', () => {
  expect(fieldPathOf('spec.containers[0].image')).toEqual(['spec', 'containers', 0, 'image']);
  expect(fieldPathOf('data[.dockerconfigjson]')).toEqual(['data', '.dockerconfigjson']);
  expect(fieldPathOf('metadata.annotations[example.com/a]')).toEqual([
    'metadata',
    'annotations',
    'example.com/a',
  ]);
});
