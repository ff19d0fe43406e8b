import { describe, expect, test } from 'vitest';
import { type Cluster, type ClusterOptions, loadCluster } from '../../src/cluster/load-cluster.js';

const load = (text: string, options?: ClusterOptions) => loadCluster([{ file: 'a.yaml', text }], options);

const podSpec = '{containers: [{name: app, image: nginx}]}';
const pod = (name: string, spec = podSpec, metadata = '') =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}${metadata}}, spec: ${spec}}\n---\n`;
const account = (name: string, secrets: string, namespace = 'default') =>
  `{apiVersion: v1, kind: ServiceAccount, metadata: {name: ${name}, namespace: ${namespace}}, imagePullSecrets: ${secrets}}\n---\n`;
const secret = (name: string, rest: string) =>
  `{apiVersion: v1, kind: Secret, metadata: {name: ${name}}, ${rest}}\n---\n`;

/** The only pod, admitted. */
function admitted({ pods, errors }: Cluster) {
  const [only, ...others] = pods;
  expect(errors).toEqual([]);
  expect(others).toEqual([]);
  if (!only?.admitted) throw new Error(`not admitted: ${only?.message}`);
  return only;
}

/** The only pod, refused. */
function refused({ pods }: Cluster) {
  const [only] = pods;
  if (only === undefined || only.admitted) throw new Error('not refused');
  return only;
}

const template = `{metadata: {labels: {app: web}}, spec: ${podSpec}}`;
const selector = 'selector: {matchLabels: {app: web}}';
const workloads = {
  Deployment: `apiVersion: apps/v1, spec: {${selector}, template: ${template}}`,
  ReplicaSet: `apiVersion: apps/v1, spec: {${selector}, template: ${template}}`,
  StatefulSet: `apiVersion: apps/v1, spec: {${selector}, template: ${template}}`,
  DaemonSet: `apiVersion: apps/v1, spec: {${selector}, template: ${template}}`,
  ReplicationController: `apiVersion: v1, spec: {template: ${template}}`,
  Job: 'apiVersion: batch/v1, spec: {template: {spec: {restartPolicy: Never, containers: [{name: app, image: nginx}]}}}',
  CronJob:
    'apiVersion: batch/v1, spec: {schedule: "* * * * *", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: app, image: nginx}]}}}}}',
};

describe('pods', () => {
  test('are bare, or made by a workload of any kind, one each, named like it', () => {
    for (const [kind, rest] of Object.entries(workloads)) {
      const only = admitted(load(`{kind: ${kind}, metadata: {name: web, namespace: shop}, ${rest}}`));
      expect(only).toMatchObject({ namespace: 'shop', name: 'web', owner: `${kind}/web` });
      expect(only.pod.metadata).toMatchObject({ name: 'web', namespace: 'shop' });
      expect(only.pod.spec).toMatchObject({ serviceAccountName: 'default', imagePullSecrets: [] });
      expect(only.pod.spec.containers).toMatchObject([{ image: 'nginx', imagePullPolicy: 'Always' }]);
      const path = kind === 'CronJob' ? 'spec.jobTemplate.spec.template.spec' : 'spec.template.spec';
      expect(only.specPath.join('.')).toBe(path);
    }
    expect(admitted(load(pod('app')))).toMatchObject({
      owner: null,
      specPath: ['spec'],
      pullSecretsFrom: 'nobody',
    });
  });

  test('get the namespace of the command line when they name none', () => {
    const { pods } = load(pod('a') + pod('b', podSpec, ', namespace: own'), { defaultNamespace: 'team' });
    expect(pods.map(({ namespace }) => namespace)).toEqual(['team', 'own']);
  });

  test('have the same UID in every run, and another than their namesakes', () => {
    const uidOf = (text: string) => admitted(load(text)).pod.metadata.uid;
    const deployment = `{kind: Deployment, metadata: {name: app}, ${workloads.Deployment}}`;
    expect(uidOf(pod('app'))).toBe(uidOf(pod('app')));
    expect(uidOf(pod('app'))).toMatch(/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    const all = [pod('app'), pod('app', podSpec, ', namespace: x'), pod('b'), deployment].map(uidOf);
    expect(new Set(all).size).toBe(4);
  });

  test('with generateName get names of their own, the same in every run', () => {
    const text =
      '{apiVersion: v1, kind: Pod, metadata: {generateName: job-}, spec: {containers: [{name: a, image: b}]}}\n---\n';
    const names = () => load(text + text).pods.map(({ name }) => name);
    expect(names()).toEqual(names());
    expect(new Set(names()).size).toBe(2);
    expect(names()[0]).toMatch(/^job-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  test('carry the template’s labels, not the workload’s', () => {
    const text = `{kind: Deployment, metadata: {name: web, labels: {own: x}}, ${workloads.Deployment}}`;
    expect(admitted(load(text)).pod.metadata.labels).toEqual({ app: 'web' });
  });

  test('of a StatefulSet may mount the volumes of its claims', () => {
    const spec = '{containers: [{name: a, image: b, volumeMounts: [{name: data, mountPath: /data}]}]}';
    const text = `{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {${selector}, volumeClaimTemplates: [{metadata: {name: data}, spec: {}}], template: {metadata: {labels: {app: web}}, spec: ${spec}}}}`;
    expect(admitted(load(text)).pod.spec.volumes).toMatchObject([{ name: 'data' }]);
  });

  test('may have ephemeral containers, which count as added later', () => {
    const spec = '{containers: [{name: a, image: b}], ephemeralContainers: [{name: debug, image: busybox}]}';
    expect(admitted(load(pod('app', spec))).pod.spec.ephemeralContainers).toMatchObject([
      { name: 'debug', imagePullPolicy: 'Always' },
    ]);
  });

  test('obey AlwaysPullImages when it is on, but for ephemeral containers', () => {
    const container = '{name: a, image: "b:1", imagePullPolicy: Never}';
    const spec = `{containers: [${container}], ephemeralContainers: [${container.replace(': a', ': e')}]}`;
    const policies = (alwaysPullImages: boolean) => {
      const { containers, ephemeralContainers } = admitted(load(pod('app', spec), { alwaysPullImages })).pod
        .spec;
      return [containers[0]?.imagePullPolicy, ephemeralContainers?.[0]?.imagePullPolicy];
    };
    expect([policies(false), policies(true)]).toEqual([
      ['Never', 'Never'],
      ['Always', 'Never'],
    ]);
  });
});

describe('service accounts', () => {
  test('lend their list to pods without one, wherever in the files they stand', () => {
    const only = admitted(load(pod('app') + account('default', '[{name: a}, {name: b}]')));
    expect(only.pod.spec.imagePullSecrets).toEqual([{ name: 'a' }, { name: 'b' }]);
    expect(only.pullSecretsFrom).toBe('serviceAccount');
    expect(only.serviceAccount?.source.line).toBe(3);
  });

  test('lend nothing to a pod with a list, be it of nothing but an empty entry', () => {
    const spec = '{containers: [{name: a, image: b}], imagePullSecrets: [{}]}';
    const only = admitted(load(account('default', '[{name: a}]') + pod('app', spec)));
    expect(only.pod.spec.imagePullSecrets).toEqual([{}]);
    expect(only.pullSecretsFrom).toBe('pod');
  });

  test('are looked up in the pod’s namespace', () => {
    const only = admitted(load(account('default', '[{name: a}]', 'other') + pod('app')));
    expect(only.pod.spec.imagePullSecrets).toEqual([]);
    expect(only.serviceAccount).toBeUndefined();
  });

  test('must exist, but for the default one', () => {
    const spec = '{serviceAccountName: builder, containers: [{name: a, image: b}]}';
    expect(refused(load(pod('app', spec))).message).toBe(
      'pods "app" is forbidden: error looking up service account default/builder: serviceaccount "builder" not found',
    );
    expect(admitted(load(pod('app', spec) + account('builder', '[]'))).pod.spec.serviceAccountName).toBe(
      'builder',
    );
  });

  test('are found under the old name of the field too', () => {
    const spec = '{serviceAccount: builder, containers: [{name: a, image: b}]}';
    const only = admitted(load(pod('app', spec) + account('builder', '[{name: a}]')));
    expect(only.pod.spec.imagePullSecrets).toEqual([{ name: 'a' }]);
  });
});

describe('refused pods', () => {
  test('have the server’s text and the line of the field', () => {
    const text =
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: app\nspec:\n  containers:\n  - name: app\n    image: "nginx "\n';
    expect(refused(load(text))).toMatchObject({
      name: 'app',
      message:
        'Pod "app" is invalid: spec.containers[0].image: Invalid value: "nginx ": must not have leading or trailing whitespace',
      source: { line: 8 },
    });
  });

  test('of workloads: the template may have blanks around an image, the pod may not', () => {
    const text = `{kind: Deployment, metadata: {name: web}, ${workloads.Deployment.replace('nginx', '"nginx "')}}`;
    expect(refused(load(text))).toMatchObject({
      owner: 'Deployment/web',
      message: expect.stringMatching(/^Pod "web" is invalid: spec\.containers\[0\]\.image: Invalid value/),
    });
  });

  test('of workloads: a workload that is refused itself makes none', () => {
    const text =
      '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: {spec: {containers: [{name: a, image: b}]}}}}';
    expect(refused(load(text)).message).toBe(
      'Deployment.apps "web" is invalid: [spec.selector: Required value, spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`]',
    );
  });

  test('that cannot be decoded are told as errors too, with what to write', () => {
    const text =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: app}\nspec:\n  imagePullSecrets:\n  - regcred\n  containers: [{name: a, image: b}]\n';
    const answer =
      'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal string into Go struct field PodSpec.spec.imagePullSecrets of type v1.LocalObjectReference';
    const cluster = load(text);
    expect(refused(cluster)).toMatchObject({ name: 'app', message: answer, source: { line: 6 } });
    expect(cluster.errors).toMatchObject([
      {
        kind: 'refused',
        message: `Pod default/app: ${answer}; write each entry as "- name: …"`,
        source: { line: 6 },
        mismatch: {
          path: ['spec', 'imagePullSecrets', 0],
          found: 'string',
          wanted: 'v1.LocalObjectReference',
        },
      },
    ]);
  });

  test('without a name stay apart', () => {
    const text = `{apiVersion: v1, kind: Pod, spec: ${podSpec}}\n---\n`;
    expect(load(text + text).pods).toMatchObject([
      { name: '', message: expect.stringContaining('name or generateName is required') },
      { name: '', admitted: false },
    ]);
    expect(load('{apiVersion: v1, kind: Pod, metadata: 5}')).toMatchObject({
      pods: [],
      errors: [{ kind: 'refused' }],
    });
  });
});

describe('secrets', () => {
  test('are stored as the server stores them', () => {
    const { secrets, findSecret } = load(secret('a', 'data: {x: "aG\\nk="}, stringData: {k: z}'));
    expect(secrets.map(({ object }) => object)).toMatchObject([
      { type: 'Opaque', data: { x: 'aGk=', k: 'eg==' }, metadata: { name: 'a', namespace: 'default' } },
    ]);
    expect(secrets[0]?.object).not.toHaveProperty('stringData');
    expect(findSecret('default', 'a')).toBe(secrets[0]);
    expect(findSecret('other', 'a')).toBeUndefined();
  });

  test('that the server refuses do not exist and are errors at the line of the field', () => {
    const text =
      'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ntype: kubernetes.io/dockerconfigjson\nstringData:\n  .dockerconfigjson: "[]"\n';
    const { secrets, refusedSecrets, errors } = load(text);
    const message =
      'Secret "a" is invalid: data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": json: cannot unmarshal array into Go value of type map[string]interface {}';
    expect(secrets).toEqual([]);
    expect(errors).toEqual([{ kind: 'refused', message, source: { file: 'a.yaml', line: 6, column: 3 } }]);
    expect(refusedSecrets).toMatchObject([{ message, secret: { object: { metadata: { name: 'a' } } } }]);
  });

  test('with bad base64 are refused, and their content is not shown', () => {
    const { errors, refusedSecrets } = load(secret('a', 'data: {x: "hunter2*"}'));
    expect(errors).toMatchObject([
      {
        kind: 'refused',
        message:
          'Secret default/a: Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 7; base64-encode the value, or write it as it is under stringData',
      },
    ]);
    expect(refusedSecrets).toHaveLength(1);
    expect(JSON.stringify(errors)).not.toContain('hunter2');
  });

  test('written twice: the later one replaces the earlier, with a warning', () => {
    const { secrets, warnings } = load(
      secret('a', 'stringData: {x: one}') + secret('a', 'stringData: {x: two}'),
    );
    expect(secrets).toMatchObject([{ object: { data: { x: 'dHdv' } }, source: { line: 3 } }]);
    expect(warnings).toMatchObject([
      { kind: 'replaced', message: expect.stringContaining('a.yaml:1'), source: { line: 3 } },
    ]);
  });

  test('cannot change their type, so the earlier one stays', () => {
    const docker = "type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: '{}'}";
    const { secrets, errors } = load(secret('a', 'stringData: {x: one}') + secret('a', docker));
    expect(secrets).toMatchObject([{ object: { type: 'Opaque' } }]);
    expect(errors).toMatchObject([
      { message: expect.stringContaining('field is immutable'), source: { line: 3 } },
    ]);
  });

  test('that somebody else will write are known by name', () => {
    const text = [
      '{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {name: es, namespace: x}, spec: {target: {name: regcred, template: {type: kubernetes.io/dockerconfigjson}}}}',
      '{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {name: sealed}, spec: {template: {type: Opaque}}}',
      '{apiVersion: v1, kind: Secret, metadata: {name: sops}, data: {x: "ENC[AES256_GCM,data:x]"}, sops: {version: 3.9.0}}',
    ].join('\n---\n');
    const { declaredSecrets, errors, warnings } = load(text);
    expect(declaredSecrets).toMatchObject([
      { namespace: 'x', name: 'regcred', type: 'kubernetes.io/dockerconfigjson', by: 'ExternalSecret es' },
      { namespace: 'default', name: 'sealed', type: 'Opaque', by: 'SealedSecret sealed' },
      { namespace: 'default', name: 'sops', by: 'Secret sops' },
    ]);
    expect([...errors, ...warnings]).toEqual([]);
  });
});

describe('unknown fields', () => {
  const text = [
    'apiVersion: apps/v1',
    'kind: Deployment',
    'metadata: {name: web}',
    'spec:',
    '  imagePullSecrets: [{name: regcred}]',
    '  selector: {matchLabels: {app: web}}',
    '  template:',
    '    metadata: {labels: {app: web}}',
    '    spec:',
    '      imagePullSecret: [{name: regcred}]',
    '      containers: [{name: a, image: b, Image: c}]',
  ].join('\n');

  test('are dropped with a warning at their line, and a guess', () => {
    const { warnings, pods } = load(text);
    expect(warnings).toMatchObject([
      {
        kind: 'unknown-field',
        message:
          'unknown field "spec.imagePullSecrets": the API server drops it; its place is "spec.template.spec.imagePullSecrets"',
        path: ['spec', 'imagePullSecrets'],
        source: { line: 5 },
        object: { kind: 'Deployment', namespace: 'default', name: 'web' },
        suggestion: { kind: 'level', field: 'spec.template.spec.imagePullSecrets' },
      },
      {
        field: 'imagePullSecret',
        source: { line: 10 },
        suggestion: { kind: 'spelling', field: 'imagePullSecrets' },
      },
      { field: 'Image', source: { line: 11 }, suggestion: { kind: 'spelling', field: 'image' } },
    ]);
    expect(pods[0]).toMatchObject({ admitted: true, pod: { spec: { imagePullSecrets: [] } } });
  });

  test('are those of the server’s release', () => {
    const spec = '{containers: [{name: a, image: b}], volumes: [{name: v, image: {reference: c}}]}';
    const of = (kubernetesVersion: string) => load(pod('app', spec), { kubernetesVersion });
    expect(of('1.30').warnings).toMatchObject([
      { message: expect.stringContaining('"spec.volumes[0].image"') },
    ]);
    expect(admitted(of('1.30')).pod.spec.volumes).toEqual([{ name: 'v', emptyDir: {} }]);
    expect(refused(of('v1.34.2')).message).toContain(
      'spec.volumes[0]: Required value: must specify a volume type',
    );
    expect(admitted(of('1.36')).pod.spec.volumes).toMatchObject([{ image: { pullPolicy: 'Always' } }]);
  });
});

describe('releases', () => {
  const sidecar =
    '{containers: [{name: a, image: b}], initContainers: [{name: s, image: c, restartPolicy: Always}]}';
  const policyIn = (kubernetesVersion: string) =>
    admitted(load(pod('app', sidecar), { kubernetesVersion })).pod.spec.initContainers?.[0]?.restartPolicy;

  test('before 1.29 have no sidecars', () => {
    expect(['1.27', '1.28', '1.29', '1.36'].map(policyIn)).toEqual([
      undefined,
      undefined,
      'Always',
      'Always',
    ]);
  });

  test('before 1.35 have no restart policy of ordinary containers', () => {
    const spec = '{containers: [{name: a, image: b, restartPolicy: Never}]}';
    const of = (kubernetesVersion: string) => load(pod('app', spec), { kubernetesVersion });
    expect(refused(of('1.33')).message).toContain(
      'restartPolicy: Forbidden: may not be set for non-init containers',
    );
    expect(admitted(of('1.34')).pod.spec.containers[0]).not.toHaveProperty('restartPolicy');
    expect(admitted(of('1.35')).pod.spec.containers[0]).toHaveProperty('restartPolicy', 'Never');
  });

  test('serve the versions of their time', () => {
    const text = `{kind: CronJob, metadata: {name: c}, ${workloads.CronJob.replace('batch/v1', 'batch/v1beta1')}}`;
    expect(admitted(load(text, { kubernetesVersion: '1.24' })).owner).toBe('CronJob/c');
    expect(load(text).errors).toMatchObject([
      {
        kind: 'refused',
        message:
          'no matches for kind "CronJob" in version "batch/v1beta1": write kind: CronJob with apiVersion: batch/v1',
      },
    ]);
  });
});

describe('what is of no interest', () => {
  test('is passed over: other kinds, and kinds of ours in groups of others', () => {
    const text = [
      '{apiVersion: v1, kind: Service, metadata: {name: a}}',
      '{apiVersion: batch.volcano.sh/v1alpha1, kind: Job, metadata: {name: a}}',
      '{apiVersion: pullsim/v1, kind: World}',
    ].join('\n---\n');
    expect(load(text)).toMatchObject({ pods: [], errors: [], warnings: [] });
  });

  test('is no kind of ours in a version of long ago, or in other letters', () => {
    const text = '{apiVersion: extensions/v1beta1, kind: Deployment}\n---\n{apiVersion: v1, kind: pod}\n';
    expect(load(text).errors.map(({ message }) => message)).toEqual([
      'no matches for kind "Deployment" in version "extensions/v1beta1": write kind: Deployment with apiVersion: apps/v1',
      'no matches for kind "pod" in version "v1": write kind: Pod with apiVersion: v1',
    ]);
  });
});

describe('problems', () => {
  test('stand in the order of the input, however late they were found', () => {
    const cluster = loadCluster([
      { file: 'b.yaml', text: `${secret('a', 'type: kubernetes.io/dockercfg')}a: b: c\n` },
      { file: 'a.yaml', text: 'kind: Pod\n---\n{apiVersion: v1, kind: Pod, metadata: {name: x}, spec: 5}\n' },
    ]);
    const places = cluster.errors.map(({ source }) => `${source.file}:${source.line}`);
    expect(places).toEqual(['b.yaml:1', 'b.yaml:3', 'a.yaml:1', 'a.yaml:3']);
  });

  test('of pull secrets are told as the server warns of them', () => {
    const spec = '{containers: [{name: a, image: b}], imagePullSecrets: [{name: x}, {name: x}, {}]}';
    expect(load(pod('app', spec)).warnings).toMatchObject([
      { kind: 'api-warning', message: 'spec.imagePullSecrets[1].name: duplicate name "x"' },
      { kind: 'api-warning', message: 'spec.imagePullSecrets[2].name: invalid empty name ""' },
    ]);
    // Of a list that the account lends too; of a pod that it refuses not.
    expect(load(pod('app') + account('default', '[{}]')).warnings).toHaveLength(1);
    expect(load(pod('app', spec.replace('image: b', 'image: ""'))).warnings).toEqual([]);
  });
});
