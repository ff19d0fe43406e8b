import { type ApiServer, createPod } from './admit-pod.js';
import { apiWarnings } from './api-warnings.js';
import { dropDisabledFields } from './drop-disabled-fields.js';
import { type FieldError, invalidObject } from './field-error.js';
import { fieldPathOf } from './field-path.js';
import type { ManifestWarning } from './manifest-problem.js';
import type { Pod, PodSpec, ServiceAccount, Workload } from './objects.js';
import type { Manifest } from './read-manifests.js';
import { type ApiObject, metadataOf } from './read-objects.js';
import type { FieldPath, Sourced, SourceLocation } from './source.js';
import { stableUid } from './stable-uid.js';
import { validateWorkload } from './validate-workload.js';
import { defaultWorkload, podOfWorkload, withTemplateSpec } from './workloads.js';

/** A pod to judge, or one that the API server refuses. */
export type LoadedPod = PodOrigin & (AdmittedPod | RejectedPod);

interface PodOrigin {
  readonly namespace: string;
  readonly name: string;
  /** `Deployment/web`; `null` for a bare pod. */
  readonly owner: string | null;
  /** The pod or workload as written. */
  readonly written: Manifest;
  /** Where the pod spec sits in it: `['spec']`, `['spec', 'template', 'spec']`. */
  readonly specPath: FieldPath;
}

interface AdmittedPod {
  readonly admitted: true;
  /** After defaults and admission, with a UID. */
  readonly pod: Pod;
  /** Whose list the pod's `imagePullSecrets` are. */
  readonly pullSecretsFrom: 'pod' | 'serviceAccount' | 'nobody';
  /** The pod's account, when the manifests have it. */
  readonly serviceAccount?: Sourced<ServiceAccount>;
}

interface RejectedPod {
  readonly admitted: false;
  /** The API server's whole text. */
  readonly message: string;
  /** The field at fault, when one is; else the object. */
  readonly source: SourceLocation;
}

/** The API server, whose accounts know where they were written when they were. */
export interface LoadingServer extends Omit<ApiServer, 'serviceAccount'> {
  readonly minor: number;
  readonly findServiceAccount: (namespace: string, name: string) => Sourced<ServiceAccount> | undefined;
}

/** What becomes of a pod, or of the pod that a workload's controller makes, and what the server warns of meanwhile. */
export function loadPod(
  object: ApiObject,
  server: LoadingServer,
): { readonly pod: LoadedPod; readonly warnings: readonly ManifestWarning[] } {
  const { kind, namespace, name } = object.name;
  const origin: PodOrigin = {
    namespace,
    name,
    owner: kind === 'Pod' ? null : `${kind}/${name}`,
    written: object.manifest,
    specPath: object.podSpec ?? object.resource.podSpec ?? ['spec'],
  };
  const { refusal } = object;
  if (refusal !== undefined) {
    return {
      pod: { ...origin, admitted: false, message: refusal.answer, source: refusal.error.source },
      warnings: [],
    };
  }
  const isPod = kind === 'Pod' || object.podSpec !== undefined;
  const pod = isPod ? podOf(object) : workloadPod(object, origin, server);
  if ('admitted' in pod) return { pod: { ...origin, ...pod }, warnings: [] };
  const outcome = admit(pod, origin, server);
  // The server warns of what it accepts: of a template as it is written, of a pod with what admission put in.
  const accepted = kind !== 'Pod' ? pod.spec : outcome.admitted ? outcome.pod.spec : undefined;
  const warnings = accepted === undefined ? [] : pullSecretWarnings(accepted, object, origin);
  return { pod: { ...origin, ...outcome }, warnings };
}

const podOf = ({ object, ...rest }: ApiObject): Pod => {
  const spec = { containers: [], ...(object as { spec?: PodSpec }).spec };
  return { apiVersion: 'v1', kind: 'Pod', metadata: metadataOf({ object, ...rest }), spec };
};

/** The workload is checked first; then its controller brings its pod to the API server. */
function workloadPod(object: ApiObject, { written }: PodOrigin, { minor }: LoadingServer): Pod | RejectedPod {
  const workload: Workload = { ...object.object, kind: object.name.kind, metadata: metadataOf(object) };
  const defaulted = withTemplateSpec(defaultWorkload(workload), (spec) => dropDisabledFields(spec, minor));
  const errors = validateWorkload(defaulted, minor);
  if (errors.length > 0) {
    const message = invalidObject(object.resource.printed, object.name.name, errors);
    return { admitted: false, message, source: written.locate(pathOfFirst(errors, [])) };
  }
  const pod = podOfWorkload(defaulted);
  const { namespace, name } = object.name;
  return {
    ...pod,
    metadata: { ...pod.metadata, uid: stableUid('Pod', namespace, `${object.name.kind}/${name}`) },
  };
}

function admit(pod: Pod, origin: PodOrigin, server: LoadingServer): AdmittedPod | RejectedPod {
  const { findServiceAccount, ...rest } = server;
  const created = createPod(pod, {
    ...rest,
    serviceAccount: (namespace, name) =>
      findServiceAccount(namespace, name)?.object ?? implicitAccount(namespace, name),
  });
  if (!created.ok) {
    const path = pathOfFirst(created.errors, origin.specPath.slice(0, -1));
    return { admitted: false, message: created.message, source: origin.written.locate(path) };
  }
  const account = findServiceAccount(origin.namespace, created.pod.spec.serviceAccountName ?? '');
  const { pullSecretsFrom } = created;
  const written = account === undefined ? {} : { serviceAccount: account };
  return { admitted: true, pod: created.pod, pullSecretsFrom, ...written };
}

/** A controller makes the account `default` in every namespace; others must be written. */
const implicitAccount = (namespace: string, name: string): ServiceAccount | undefined =>
  name === 'default' ? { metadata: { name, namespace } } : undefined;

/** A path of the pod is a path of the object that holds it, below the template. */
const pathOfFirst = ([first]: readonly FieldError[], below: FieldPath): FieldPath =>
  first === undefined ? [] : [...below, ...fieldPathOf(first.path)];

function pullSecretWarnings(
  spec: PodSpec,
  { name }: ApiObject,
  { written, specPath }: PodOrigin,
): ManifestWarning[] {
  return apiWarnings(spec, specPath.join('.')).map(({ message, path }) => ({
    kind: 'api-warning',
    message,
    source: written.locate([...specPath, ...path]),
    object: name,
  }));
}
