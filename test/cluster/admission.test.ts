import { describe, expect, test } from 'vitest';
import { createPod } from '../../src/cluster/admit-pod.js';
import { admitAlwaysPullImages, validateAlwaysPullImages } from '../../src/cluster/always-pull-images.js';
import type { Pod, PodSpec, ServiceAccount } from '../../src/cluster/objects.js';
import { admitServiceAccount } from '../../src/cluster/service-account-admission.js';

const podWith = (spec: Partial<PodSpec>, annotations?: Record<string, string>): Pod => ({
  metadata: { name: 'app', namespace: 'shop', ...(annotations === undefined ? {} : { annotations }) },
  spec: { containers: [], ...spec },
});

const accountWith = (rest: Partial<ServiceAccount>, enforce = 'true'): ServiceAccount => ({
  metadata: { name: 'default', annotations: { 'kubernetes.io/enforce-mountable-secrets': enforce } },
  ...rest,
});

const messageOf = (pod: Pod, account: ServiceAccount | undefined = { metadata: { name: 'default' } }) => {
  const admission = admitServiceAccount(pod, { serviceAccount: () => account });
  return admission.ok ? undefined : admission.message;
};

describe('mirror pods', () => {
  const mirror = { 'kubernetes.io/config.mirror': '' };

  test('get nothing and may name neither account nor secret, wherever it stands', () => {
    expect(admitServiceAccount(podWith({}, mirror), { serviceAccount: () => undefined })).toMatchObject({
      ok: true,
      pod: podWith({}, mirror),
      pullSecretsFrom: 'nobody',
    });
    const env = [{ name: 'A', valueFrom: { secretKeyRef: { name: 's' } } }];
    const specs: Partial<PodSpec>[] = [
      { imagePullSecrets: [{ name: 's' }] },
      { containers: [{ name: 'a', env }] },
      { initContainers: [{ name: 'a', envFrom: [{ secretRef: { name: 's' } }] }] },
      { volumes: [{ name: 'v', secret: { secretName: 's' } }] },
      { volumes: [{ name: 'v', projected: { sources: [{ secret: { name: 's' } }] } }] },
      { volumes: [{ name: 'v', csi: { nodePublishSecretRef: { name: 's' } } } as never] },
      { volumes: [{ name: 'v', azureFile: { secretName: 's' } } as never] },
    ];
    for (const spec of specs) {
      expect(messageOf(podWith(spec, mirror))).toBe(
        'pods "app" is forbidden: a mirror pod may not reference secrets',
      );
    }
  });

  test('may have an empty name on the list, and no token', () => {
    expect(messageOf(podWith({ imagePullSecrets: [{ name: '' }] }, mirror))).toBeUndefined();
    const volumes = [{ name: 'v', projected: { sources: [{ serviceAccountToken: {} }] } }];
    expect(messageOf(podWith({ volumes }, mirror))).toBe(
      'pods "app" is forbidden: a mirror pod may not use ServiceAccountToken volume projections',
    );
  });
});

describe('accounts that enforce mountable secrets', () => {
  const refusal = (rest: string) =>
    `pods "app" is forbidden: ${rest} is not allowed because service account default does not reference that`;

  test('refuse pull secrets that they do not list, the pod’s own only', () => {
    const account = accountWith({ imagePullSecrets: [{ name: 'a' }] });
    expect(messageOf(podWith({ imagePullSecrets: [{ name: 'a' }, { name: 'x' }] }), account)).toBe(
      `${refusal('imagePullSecrets[1].name="x"')} imagePullSecret`,
    );
    expect(messageOf(podWith({}), account)).toBeUndefined();
  });

  test('refuse mounted secrets and secrets in the environment', () => {
    const account = accountWith({ secrets: [{ name: 'a' }] });
    const env = (name: string) => [{ name: 'A', valueFrom: { secretKeyRef: { name } } }];
    expect(messageOf(podWith({ volumes: [{ name: 'v', secret: { secretName: 'x' } }] }), account)).toBe(
      `${refusal('volume with secret.secretName="x"')} secret`,
    );
    expect(messageOf(podWith({ initContainers: [{ name: 'i', env: env('x') }] }), account)).toBe(
      `${refusal('init container i with envVar A referencing secret.secretName="x"')} secret`,
    );
    expect(
      messageOf(podWith({ containers: [{ name: 'c', envFrom: [{ secretRef: { name: 'x' } }] }] }), account),
    ).toBe(`${refusal('container c with envFrom referencing secret.secretName="x"')} secret`);
    expect(messageOf(podWith({ containers: [{ name: 'c', env: env('a') }] }), account)).toBeUndefined();
  });

  test('say so as Go reads booleans', () => {
    const own = podWith({ imagePullSecrets: [{ name: 'x' }] });
    const enforced = ['true', 'True', '1', 't', 'false', '0', 'yes', ''].map(
      (word) => messageOf(own, accountWith({}, word)) !== undefined,
    );
    expect(enforced).toEqual([true, true, true, true, false, false, false, false]);
  });
});

describe('AlwaysPullImages', () => {
  const spec: PodSpec = {
    containers: [{ name: 'a', image: 'a:1', imagePullPolicy: 'Never' }],
    initContainers: [{ name: 'i', image: 'i:1', imagePullPolicy: 'IfNotPresent' }],
    volumes: [{ name: 'v', image: { reference: 'v:1', pullPolicy: 'Never' } }, { name: 'w' }],
  };

  test('writes Always everywhere, and is satisfied then', () => {
    const pod = admitAlwaysPullImages({ pod: podWith(spec) });
    expect(pod.spec).toMatchObject({
      containers: [{ imagePullPolicy: 'Always' }],
      initContainers: [{ imagePullPolicy: 'Always' }],
      volumes: [{ image: { pullPolicy: 'Always' } }, { name: 'w' }],
    });
    expect(validateAlwaysPullImages({ pod })).toBeUndefined();
  });

  test('tells of all others at once, init containers first', () => {
    const refusal = (path: string, policy: string) =>
      `pods "app" is forbidden: spec.${path}: Unsupported value: "${policy}": supported values: "Always"`;
    expect(validateAlwaysPullImages({ pod: podWith(spec) })).toBe(
      `[${[
        refusal('initContainers[0].imagePullPolicy', 'IfNotPresent'),
        refusal('containers[0].imagePullPolicy', 'Never'),
        refusal('volumes[0].image.pullPolicy', 'Never'),
      ].join(', ')}]`,
    );
  });

  test('looks at an update only when it brings an image string that is new to the pod', () => {
    const oldPod = podWith(spec);
    const swapped = podWith({ ...spec, containers: [{ name: 'a', image: 'i:1', imagePullPolicy: 'Never' }] });
    expect(admitAlwaysPullImages({ pod: swapped, oldPod })).toBe(swapped);
    const renewed = podWith({ ...spec, containers: [{ name: 'a', image: 'a:2', imagePullPolicy: 'Never' }] });
    expect(admitAlwaysPullImages({ pod: renewed, oldPod }).spec.containers[0]?.imagePullPolicy).toBe(
      'Always',
    );
  });
});

describe('a new pod', () => {
  const server = { serviceAccount: () => ({ metadata: { name: 'default' } }) };

  test('is refused by admission before validation looks at it', () => {
    const pod = podWith({ containers: [] });
    expect(createPod(pod, { serviceAccount: () => undefined })).toMatchObject({
      ok: false,
      message: expect.stringContaining('error looking up service account shop/default'),
    });
    expect(createPod(pod, server)).toMatchObject({
      ok: false,
      message: 'Pod "app" is invalid: spec.containers: Required value',
      errors: [{ path: 'spec.containers', problem: 'Required value' }],
    });
  });

  test('gets its policies by tag before AlwaysPullImages overrules them', () => {
    const pod = podWith({ containers: [{ name: 'a', image: 'nginx:1' }] });
    const policy = (alwaysPullImages: boolean) => {
      const created = createPod(pod, { ...server, alwaysPullImages });
      return created.ok && created.pod.spec.containers[0]?.imagePullPolicy;
    };
    expect([policy(false), policy(true)]).toEqual(['IfNotPresent', 'Always']);
  });

  test('is left as it was given', () => {
    const pod = podWith({ containers: [{ name: 'a', image: 'nginx' }] });
    const before = structuredClone(pod);
    createPod(pod, { ...server, alwaysPullImages: true });
    expect(pod).toEqual(before);
  });
});
