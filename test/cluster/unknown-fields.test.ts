import { describe, expect, test } from 'vitest';
import { decodeObject } from '../../src/cluster/decode-object.js';
import { suggestField } from '../../src/cluster/suggest-field.js';

describe('the decoder', () => {
  const decodePod = (spec: object) => decodeObject({ spec } as never, 'v1.Pod', 36);

  test('keeps what it knows and drops what it does not', () => {
    const { object, unknown } = decodePod({ containers: [{ name: 'a', Image: 'b' }], zzz: 1 });
    expect(object).toEqual({ spec: { containers: [{ name: 'a' }] } });
    expect(unknown).toEqual([
      {
        path: ['spec', 'containers', 0, 'Image'],
        message: 'unknown field "spec.containers[0].Image"',
        within: 'v1.Container',
      },
      { path: ['spec', 'zzz'], message: 'unknown field "spec.zzz"', within: 'v1.PodSpec' },
    ]);
  });

  test('takes null for absent, and for the zero value inside lists and maps', () => {
    const { object, error } = decodePod({
      containers: [null],
      nodeSelector: { a: null },
      imagePullSecrets: null,
    });
    expect(error).toBeUndefined();
    expect(object).toEqual({ spec: { containers: [{}], nodeSelector: { a: '' } } });
  });

  test('reports the first mistake in the order of sorted names, which is the order on the wire', () => {
    const { error } = decodePod({ volumes: 1, containers: 'x', imagePullSecrets: ['a'] });
    expect(error).toEqual({
      message:
        'json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container',
      path: ['spec', 'containers'],
      mismatch: { found: 'string', wanted: '[]v1.Container' },
    });
  });

  test('is stopped by a value that decodes itself, whatever came before', () => {
    const { error, unknown } = decodePod({
      containers: [{ image: 5, foo: 1, resources: { limits: { cpu: '1x' } } }],
    });
    expect(error?.message).toContain('quantities must match the regular expression');
    expect(error?.path).toEqual(['spec', 'containers', 0, 'resources', 'limits', 'cpu']);
    expect(unknown).toEqual([]);
  });

  test('keeps no more than a hundred unknown fields', () => {
    const spec = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`x${index}`, 1]));
    expect(decodePod(spec).unknown).toHaveLength(100);
  });
});

describe('a guess at an unknown field', () => {
  test.each([
    ['imagePullSecret', 'v1.PodSpec', 'v1.Pod', 'spelling', 'imagePullSecrets'],
    ['ImagePullSecrets', 'v1.PodSpec', 'v1.Pod', 'spelling', 'imagePullSecrets'],
    ['imagepullpolicy', 'v1.Container', 'v1.Pod', 'spelling', 'imagePullPolicy'],
    ['serviceAcountName', 'v1.PodSpec', 'v1.Pod', 'spelling', 'serviceAccountName'],
    ['imagePullSecrets', 'v1.Container', 'v1.Pod', 'level', 'spec.imagePullSecrets'],
    ['imagePullSecrets', 'v1.ObjectMeta', 'v1.Pod', 'level', 'spec.imagePullSecrets'],
    [
      'imagePullSecrets',
      'v1.DeploymentSpec',
      'v1.Deployment',
      'level',
      'spec.template.spec.imagePullSecrets',
    ],
    [
      'imagePullSecrets',
      'v1.CronJobSpec',
      'v1.CronJob',
      'level',
      'spec.jobTemplate.spec.template.spec.imagePullSecrets',
    ],
    ['imagePullPolicy', 'v1.PodSpec', 'v1.Pod', 'level', 'spec.containers[].imagePullPolicy'],
    ['imagePullSecrets', 'v1.Secret', 'v1.ServiceAccount', 'level', 'imagePullSecrets'],
  ])('%s in %s', (field, within, root, kind, meant) => {
    expect(suggestField(field, within, root)).toEqual({ kind, field: meant });
  });

  test('is not made when nothing is near', () => {
    expect(suggestField('helmValues', 'v1.PodSpec', 'v1.Pod')).toBeUndefined();
    expect(suggestField('zz', 'v1.PodSpec', 'v1.Pod')).toBeUndefined();
  });
});
