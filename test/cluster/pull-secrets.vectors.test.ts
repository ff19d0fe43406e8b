import { describe, expect, test } from 'vitest';
import { admitAlwaysPullImages, validateAlwaysPullImages } from '../../src/cluster/always-pull-images.js';
import { apiWarnings } from '../../src/cluster/api-warnings.js';
import { defaultPodSpec, defaultSecret } from '../../src/cluster/defaults.js';
import { invalidObject } from '../../src/cluster/field-error.js';
import { dockerRegistrySecret } from '../../src/cluster/kubectl-create-secret.js';
import type { Pod, PodSpec, Secret, ServiceAccount } from '../../src/cluster/objects.js';
import { pullSecretsOfPod } from '../../src/cluster/pull-secrets.js';
import { admitServiceAccount } from '../../src/cluster/service-account-admission.js';
import { validatePod, validatePodUpdate, validateTemplate } from '../../src/cluster/validate-pod.js';
import { validateSecret, validateSecretUpdate } from '../../src/cluster/validate-secret.js';
import { caseName, vectorSection } from '../support/vectors.js';

type Vector = Record<string, unknown>;

/** One test per case of a section; elsewhere than in the default folder a section may be absent. */
function replay<T extends object>(section: string, run: (vector: T) => void): void {
  describe(section, () => {
    const cases = vectorSection<T>('pullsecrets', section);
    test('the section was read', () => expect(Array.isArray(cases)).toBe(true));
    for (const [index, vector] of cases.entries()) {
      test(caseName(section, index, vector as Vector), () => run(vector));
    }
  });
}

const references = (names: readonly string[]) => names.map((name) => ({ name }));
const namesOf = (spec: PodSpec) => (spec.imagePullSecrets ?? []).map(({ name }) => name);

interface WrittenPod {
  readonly name?: string;
  readonly namespace?: string;
  readonly annotations?: Record<string, string>;
  readonly imagePullSecrets?: readonly (string | { name?: string })[];
}

/** A pod as the vectors write it: the fields of its metadata and its spec side by side, pull secrets by name. */
function podOf({
  name = 'app',
  namespace = 'default',
  annotations,
  imagePullSecrets,
  ...spec
}: WrittenPod): Pod {
  const secrets = imagePullSecrets?.map((entry) => (typeof entry === 'string' ? { name: entry } : entry));
  return {
    metadata: { name, namespace, ...(annotations === undefined ? {} : { annotations }) },
    spec: { containers: [], ...spec, ...(secrets === undefined ? {} : { imagePullSecrets: secrets }) },
  };
}

replay<{
  imagePullSecrets: string[];
  secretsInNamespace: string[];
  resolved: string[];
  event: unknown;
}>('getPullSecretsForPod', (vector) => {
  const pod = podOf({ imagePullSecrets: vector.imagePullSecrets });
  const { found, event } = pullSecretsOfPod(pod, (_, name) =>
    vector.secretsInNamespace.includes(name) ? { metadata: { name } } : undefined,
  );
  expect(found.map(({ metadata }) => metadata.name)).toEqual(vector.resolved);
  expect(event ?? null).toEqual(vector.event);
});

replay<{
  operation: 'CREATE' | 'UPDATE';
  pod: WrittenPod;
  serviceAccounts: (Omit<WrittenPod, 'imagePullSecrets'> & {
    imagePullSecrets?: string[];
    secrets?: string[];
  })[];
  limitSecretReferences?: boolean;
  result?: { serviceAccountName: string; imagePullSecrets: string[] };
  error?: string;
}>('serviceAccountAdmission', (vector) => {
  const accounts = vector.serviceAccounts.map(
    ({ imagePullSecrets = [], secrets = [], ...metadata }): ServiceAccount => ({
      metadata,
      imagePullSecrets: references(imagePullSecrets),
      secrets: references(secrets),
    }),
  );
  const admission = admitServiceAccount(podOf(vector.pod), {
    operation: vector.operation,
    limitSecretReferences: vector.limitSecretReferences ?? false,
    serviceAccount: (_, name) => accounts.find((account) => account.metadata.name === name),
  });
  if (!admission.ok) return expect(admission.message).toBe(vector.error);
  const { spec } = admission.pod;
  const result = { serviceAccountName: spec.serviceAccountName, imagePullSecrets: namesOf(spec) };
  return expect(result).toEqual(vector.result);
});

const places = /^(containers|initContainers|ephemeralContainers|volumes)\[(\d+)\](?:\.image)?$/;

/** A pod of containers and image volumes with these policies, by place: `volumes[0].image`. */
function podWithPolicies(policies: Record<string, string>, images: readonly string[] = []): Pod {
  const spec = { containers: [], initContainers: [], ephemeralContainers: [], volumes: [] } as Required<
    Pick<PodSpec, 'containers' | 'initContainers' | 'ephemeralContainers' | 'volumes'>
  >;
  for (const [place, policy] of Object.entries(policies)) {
    const [, list = '', digits = '0'] = places.exec(place) ?? [];
    const index = Number(digits);
    const name = `${list.toLowerCase()}-${index}`;
    if (list === 'volumes')
      spec.volumes[index] = { name, image: { reference: 'nginx:1', pullPolicy: policy } };
    else {
      const image = images[index] ?? 'nginx:1';
      spec[list as 'containers'][index] = { name, image, imagePullPolicy: policy };
    }
  }
  return { metadata: { name: 'app', namespace: 'default' }, spec };
}

function policiesOf({ spec }: Pod, placesOfInterest: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(
    placesOfInterest.map((place) => {
      const [, list = '', index = '0'] = places.exec(place) ?? [];
      const container = spec[list as 'containers']?.[Number(index)];
      return [
        place,
        list === 'volumes' ? spec.volumes?.[Number(index)]?.image?.pullPolicy : container?.imagePullPolicy,
      ];
    }),
  );
}

replay<{
  operation: 'CREATE' | 'UPDATE' | 'validate-only';
  subresource?: string;
  policies: Record<string, string>;
  oldImages?: string[];
  newImages?: string[];
  result?: Record<string, string>;
  error?: string;
}>('alwaysPullImages', (vector) => {
  const request = {
    pod: podWithPolicies(vector.policies, vector.newImages),
    ...(vector.subresource === undefined ? {} : { subresource: vector.subresource }),
    ...(vector.operation === 'UPDATE' ? { oldPod: podWithPolicies(vector.policies, vector.oldImages) } : {}),
  };
  if (vector.operation === 'validate-only')
    return expect(validateAlwaysPullImages(request)).toBe(vector.error);
  const pod = admitAlwaysPullImages(request);
  expect(policiesOf(pod, Object.keys(vector.policies))).toEqual(vector.result);
  return expect(validateAlwaysPullImages({ ...request, pod })).toBe(vector.error);
});

const specPaths: Record<string, string> = {
  Pod: 'spec',
  CronJob: 'spec.jobTemplate.spec.template.spec',
};

replay<{ kind?: string; imagePullSecrets: string[]; warnings: string[] }>('apiWarnings', (vector) => {
  const spec = { containers: [], imagePullSecrets: references(vector.imagePullSecrets) };
  const path = specPaths[vector.kind ?? 'Pod'] ?? 'spec.template.spec';
  expect(apiWarnings(spec, path).map(({ message }) => message)).toEqual(vector.warnings);
});

interface WrittenSecret {
  readonly name: string;
  readonly namespace?: string;
  readonly type?: string;
  readonly data?: Record<string, string>;
  readonly immutable?: boolean;
}

/** Plain values as the vectors write them; the API holds them in base64. */
function secretOf({ name, namespace = 'default', data = {}, ...rest }: WrittenSecret): Secret {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  return defaultSecret({ metadata: { name, namespace }, ...rest, data: Object.fromEntries(encoded) });
}

interface Validation<T> {
  readonly input: T | { readonly old: T; readonly new: T };
  readonly result: string;
  readonly resultIsPrefix?: boolean;
}

function expectResult(actual: string, { result, resultIsPrefix }: Validation<unknown>): void {
  expect(resultIsPrefix ? actual.slice(0, result.length) : actual).toBe(result);
}

replay<Validation<WrittenSecret>>('apiValidationSecret', (vector) => {
  const { input } = vector;
  const secret = secretOf('old' in input ? input.new : input);
  const errors = 'old' in input ? validateSecretUpdate(secret, secretOf(input.old)) : validateSecret(secret);
  const name = secret.metadata.name ?? '';
  expectResult(errors.length === 0 ? 'OK' : invalidObject('Secret', name, errors), vector);
});

const podInput = (written: WrittenPod): Pod => {
  const pod = podOf(written);
  return { ...pod, spec: defaultPodSpec(pod.spec) };
};

replay<Validation<WrittenPod & { kind?: string }>>('apiValidationPod', (vector) => {
  const { input } = vector;
  const { kind = 'Pod', ...written } = 'old' in input ? input.new : input;
  const pod = podInput(written);
  const errors =
    'old' in input
      ? validatePodUpdate(pod, podInput(input.old))
      : kind === 'Pod'
        ? validatePod(pod)
        : validateTemplate({ spec: pod.spec }, 'spec.template');
  const name = pod.metadata.name ?? '';
  expectResult(errors.length === 0 ? 'OK' : invalidObject(kind, name, errors), vector);
});

replay<{ data: Record<string, string>; stringData: Record<string, string>; stored: Record<string, string> }>(
  'stringDataMerge',
  (vector) => {
    const { stringData } = vector;
    const stored = defaultSecret({ ...secretOf({ name: 's', data: vector.data }), stringData });
    const plain = Object.entries(stored.data ?? {}).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString(),
    ]);
    expect(Object.fromEntries(plain)).toEqual(vector.stored);
    expect(stored).not.toHaveProperty('stringData');
  },
);

replay<{ command: string; type?: string; dockerconfigjson?: string; error?: string }>(
  'kubectlCreateSecret',
  (vector) => {
    const flags = Object.fromEntries(
      [...vector.command.matchAll(/--docker-(\w+)=(\S*)/g)].map((m) => [m[1], m[2]]),
    );
    const create = () => dockerRegistrySecret({ name: 'regcred', ...flags });
    if (vector.error !== undefined) return expect(create).toThrow(vector.error);
    const { type, data } = create();
    expect(type).toBe(vector.type);
    return expect(Object.entries(data ?? {})).toEqual([
      ['.dockerconfigjson', Buffer.from(vector.dockerconfigjson ?? '').toString('base64')],
    ]);
  },
);
