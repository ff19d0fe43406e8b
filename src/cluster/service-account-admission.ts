import { goQuote } from '../image/go-quote.js';
import { parseGoBool } from './go-bool.js';
import type { Container, LocalObjectReference, Pod, ServiceAccount, Volume } from './objects.js';
import { placedContainers } from './visit-containers.js';

/** What admission needs to know of the cluster. */
export interface AdmissionOptions {
  /** The account of that name in that namespace. */
  readonly serviceAccount: (namespace: string, name: string) => ServiceAccount | undefined;
  /** Pods are changed and checked when they are created, and never again. */
  readonly operation?: 'CREATE' | 'UPDATE';
  /** The plugin's own flag: every account behaves as if annotated with `kubernetes.io/enforce-mountable-secrets`. */
  readonly limitSecretReferences?: boolean;
}

/** A pod let in, perhaps changed; or the text of the refusal (status 403). */
export type Admission =
  | {
      readonly ok: true;
      readonly pod: Pod;
      /** Whose list the pod's `imagePullSecrets` are. */
      readonly pullSecretsFrom: 'pod' | 'serviceAccount' | 'nobody';
      readonly serviceAccount?: ServiceAccount;
    }
  | { readonly ok: false; readonly message: string };

/** Set on the API's copy of a static pod. */
const mirrorAnnotation = 'kubernetes.io/config.mirror';
const enforceAnnotation = 'kubernetes.io/enforce-mountable-secrets';

/**
 * The API server's ServiceAccount admission (kubelet.md §3.2): gives the pod an account, refuses it when that account
 * does not exist, and copies the account's `imagePullSecrets` when, and only when, the pod's own list is empty. Nothing
 * is ever merged, and nobody asks whether the secrets exist.
 */
export function admitServiceAccount(pod: Pod, options: AdmissionOptions): Admission {
  if (options.operation === 'UPDATE') return admitted(pod);
  if (pod.metadata.annotations !== undefined && Object.hasOwn(pod.metadata.annotations, mirrorAnnotation)) {
    return admitMirrorPod(pod);
  }
  const namespace = pod.metadata.namespace ?? 'default';
  const name = pod.spec.serviceAccountName || 'default';
  const account = options.serviceAccount(namespace, name);
  if (account === undefined) {
    const missing = `serviceaccount ${goQuote(name)} not found`;
    return forbidden(pod, `error looking up service account ${namespace}/${name}: ${missing}`);
  }
  const withAccount = copyPullSecrets(pod, name, account);
  const problem = enforces(account, options) ? secretNotListed(withAccount, account) : undefined;
  if (problem !== undefined) return forbidden(pod, problem);
  return admitted(withAccount, pullSecretsFrom(pod, withAccount), account);
}

const admitted = (
  pod: Pod,
  from: 'pod' | 'serviceAccount' | 'nobody' = (pod.spec.imagePullSecrets ?? []).length > 0 ? 'pod' : 'nobody',
  serviceAccount?: ServiceAccount,
): Admission => ({
  ok: true,
  pod,
  pullSecretsFrom: from,
  ...(serviceAccount === undefined ? {} : { serviceAccount }),
});

/** `pods "app" is forbidden: …` */
export const podForbidden = (pod: Pod, because: string): string =>
  `pods ${goQuote(pod.metadata.name ?? '')} is forbidden: ${because}`;

const forbidden = (pod: Pod, because: string): Admission => ({
  ok: false,
  message: podForbidden(pod, because),
});

function copyPullSecrets(pod: Pod, name: string, account: ServiceAccount): Pod {
  const own = pod.spec.imagePullSecrets ?? [];
  const imagePullSecrets =
    own.length > 0 ? own : (account.imagePullSecrets ?? []).map((secret) => ({ name: secret.name ?? '' }));
  return { ...pod, spec: { ...pod.spec, serviceAccountName: name, imagePullSecrets } };
}

function pullSecretsFrom(written: Pod, admittedPod: Pod): 'pod' | 'serviceAccount' | 'nobody' {
  if ((written.spec.imagePullSecrets ?? []).length > 0) return 'pod';
  return (admittedPod.spec.imagePullSecrets ?? []).length > 0 ? 'serviceAccount' : 'nobody';
}

/** The kubelet deletes a mirror pod that differs from its file, so nothing is written into it. */
function admitMirrorPod(pod: Pod): Admission {
  if (pod.spec.serviceAccountName) {
    return forbidden(pod, 'a mirror pod may not reference service accounts');
  }
  if (referencesSecrets(pod)) return forbidden(pod, 'a mirror pod may not reference secrets');
  const sources = (pod.spec.volumes ?? []).flatMap((volume) => volume.projected?.sources ?? []);
  if (sources.some((source) => source.serviceAccountToken !== undefined)) {
    return forbidden(pod, 'a mirror pod may not use ServiceAccountToken volume projections');
  }
  return admitted(pod);
}

/** Empty names are passed over, as everywhere. */
function referencesSecrets(pod: Pod): boolean {
  const containers = placedContainers(pod.spec).flatMap(({ container }) => secretsInEnvironment(container));
  return [
    ...(pod.spec.imagePullSecrets ?? []).map(({ name }) => name),
    ...containers.map(({ secret }) => secret),
    ...(pod.spec.volumes ?? []).flatMap(secretsOfVolume),
  ].some((name) => name !== undefined && name !== '');
}

/** Each volume type keeps its reference under one of a few names: `secret`, `secretRef`, `nodePublishSecretRef`. */
function secretsOfVolume({ name: _, projected, ...types }: Volume): readonly (string | undefined)[] {
  const references = Object.values(types as Record<string, VolumeSecrets | undefined>).flatMap((source) => [
    source?.secretName,
    source?.secretRef?.name,
    source?.nodePublishSecretRef?.name,
  ]);
  return [...references, ...(projected?.sources ?? []).map((source) => source.secret?.name)];
}

interface VolumeSecrets {
  readonly secretName?: string;
  readonly secretRef?: LocalObjectReference;
  readonly nodePublishSecretRef?: LocalObjectReference;
}

const enforces = (account: ServiceAccount, options: AdmissionOptions): boolean =>
  options.limitSecretReferences === true ||
  parseGoBool(account.metadata.annotations?.[enforceAnnotation] ?? '') === true;

/** The first secret that the pod names and the account does not. Pull secrets have a list of their own. */
function secretNotListed(pod: Pod, account: ServiceAccount): string | undefined {
  const mountable = new Set((account.secrets ?? []).map(({ name = '' }) => name));
  const pullable = new Set((account.imagePullSecrets ?? []).map(({ name = '' }) => name));
  const owner = `service account ${account.metadata.name ?? ''} does not reference that`;
  for (const { secret } of pod.spec.volumes ?? []) {
    if (secret !== undefined && !mountable.has(secret.secretName ?? '')) {
      return `volume with secret.secretName="${secret.secretName ?? ''}" is not allowed because ${owner} secret`;
    }
  }
  const used = [
    ...(pod.spec.initContainers ?? []).map((container) => ({ container, prefix: 'init container' })),
    ...pod.spec.containers.map((container) => ({ container, prefix: 'container' })),
  ];
  for (const { container, prefix } of used) {
    const bad = secretsInEnvironment(container).find(({ secret }) => !mountable.has(secret));
    if (bad !== undefined) {
      return `${prefix} ${container.name} with ${bad.where} referencing secret.secretName="${bad.secret}" is not allowed because ${owner} secret`;
    }
  }
  const index = (pod.spec.imagePullSecrets ?? []).findIndex(({ name = '' }) => !pullable.has(name));
  const name = pod.spec.imagePullSecrets?.[index]?.name ?? '';
  return index < 0
    ? undefined
    : `imagePullSecrets[${index}].name="${name}" is not allowed because ${owner} imagePullSecret`;
}

function secretsInEnvironment(container: Container): readonly { where: string; secret: string }[] {
  const variables = (container.env ?? []).flatMap((variable) => {
    const reference = variable.valueFrom?.secretKeyRef;
    return reference === undefined
      ? []
      : [{ where: `envVar ${variable.name}`, secret: reference.name ?? '' }];
  });
  const sources = (container.envFrom ?? []).flatMap(({ secretRef }) =>
    secretRef === undefined ? [] : [{ where: 'envFrom', secret: secretRef.name ?? '' }],
  );
  return [...variables, ...sources];
}
