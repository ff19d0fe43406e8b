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
 * AlwaysPullImages, validation. The first that refuses speaks. Ephemeral containers count as added afterwards (DESIGN
 * §3.4), by a subresource that AlwaysPullImages does not look at.
 */
export function createPod(pod: Pod, server: ApiServer): CreatedPod {
  const { minor = newestMinor, alwaysPullImages = false } = server;
  const { ephemeralContainers, ...spec } = dropDisabledFields(defaultPodSpec(pod.spec), minor);
  const admission = admitServiceAccount({ ...pod, spec }, { serviceAccount: server.serviceAccount });
  if (!admission.ok) return { ...admission, errors: [] };
  const created = alwaysPullImages ? admitAlwaysPullImages({ pod: admission.pod }) : admission.pod;
  const added = ephemeralContainers === undefined ? {} : { ephemeralContainers };
  const complete = { ...created, spec: { ...created.spec, ...added } };
  const errors = validatePod(complete, minor);
  if (errors.length > 0) {
    return { ok: false, message: invalidObject('Pod', pod.metadata.name ?? '', errors), errors };
  }
  const refusal = alwaysPullImages ? validateAlwaysPullImages({ pod: created }) : undefined;
  return refusal === undefined
    ? { ...admission, pod: complete }
    : { ok: false, message: refusal, errors: [] };
}
