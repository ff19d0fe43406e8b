import { newestMinor } from '../versions/api-server.js';
import { admitAlwaysPullImages, validateAlwaysPullImages } from './always-pull-images.js';
import { defaultPodSpec } from './defaults.js';
import { dropDisabledFields } from './drop-disabled-fields.js';
import { type FieldError, invalidObject } from './field-error.js';
import type { Pod, ServiceAccount } from './objects.js';
import { type Admission, admitServiceAccount } from './service-account-admission.js';
import { validatePod } from './validate-pod.js';

/** The API server that a pod is created on. */
export interface ApiServer {
  readonly serviceAccount: (namespace: string, name: string) => ServiceAccount | undefined;
  /** Whether the AlwaysPullImages admission plugin is on; it is not by default. */
  readonly alwaysPullImages?: boolean;
  /** Of its version, for example 36. */
  readonly minor?: number;
}

/** A pod let in; or the text of the refusal, with the fields at fault when validation refused it. */
export type CreatedPod =
  | Extract<Admission, { ok: true }>
  | { readonly ok: false; readonly message: string; readonly errors: readonly FieldError[] };

/**
 * What the API server makes of a new pod, in its order (kubelet.md §0.3): defaults, ServiceAccount admission,
 * AlwaysPullImages, validation. The first that refuses speaks.
 */
export function createPod(pod: Pod, server: ApiServer): CreatedPod {
  const { minor = newestMinor } = server;
  const spec = dropDisabledFields(defaultPodSpec(pod.spec), minor);
  const admission = admitServiceAccount({ ...pod, spec }, { serviceAccount: server.serviceAccount });
  if (!admission.ok) return { ...admission, errors: [] };
  const admitted = server.alwaysPullImages ? admitAlwaysPullImages({ pod: admission.pod }) : admission.pod;
  const errors = validatePod(admitted, minor);
  if (errors.length > 0) {
    return { ok: false, message: invalidObject('Pod', pod.metadata.name ?? '', errors), errors };
  }
  const refusal = server.alwaysPullImages ? validateAlwaysPullImages({ pod: admitted }) : undefined;
  return refusal === undefined
    ? { ...admission, pod: admitted }
    : { ok: false, message: refusal, errors: [] };
}
