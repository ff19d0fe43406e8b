import { notSupported } from './field-error.js';
import type { Container, Pod } from './objects.js';
import { podForbidden } from './service-account-admission.js';
import { containerLists, placedContainers } from './visit-containers.js';

/** The request that brings a pod to the admission plugins. */
export interface PodRequest {
  readonly pod: Pod;
  /** Present: an update of it. */
  readonly oldPod?: Pod;
  /** For example `ephemeralcontainers`. */
  readonly subresource?: string;
}

/**
 * The AlwaysPullImages admission plugin, off by default (kubelet.md §3.4): writes `Always` into every container and
 * image volume. Subresources are left alone, and so is an update that brings no image string that is new to the pod.
 */
export function admitAlwaysPullImages(request: PodRequest): Pod {
  if (ignores(request)) return request.pod;
  const spec = { ...request.pod.spec };
  for (const list of containerLists) {
    if (spec[list] !== undefined) spec[list] = spec[list].map(pullAlways);
  }
  if (spec.volumes !== undefined) {
    spec.volumes = spec.volumes.map((volume) =>
      volume.image === undefined ? volume : { ...volume, image: { ...volume.image, pullPolicy: 'Always' } },
    );
  }
  return { ...request.pod, spec };
}

/**
 * The plugin's second half, after all mutation: the text of the refusal (status 403) when something pulls otherwise.
 *
 * @returns `undefined` when every policy is `Always`
 */
export function validateAlwaysPullImages(request: PodRequest): string | undefined {
  if (ignores(request)) return undefined;
  const refusals = otherPolicies(request.pod).map(({ path, policy }) => {
    const { problem } = notSupported(path, policy, ['Always']);
    return podForbidden(request.pod, `${path}: ${problem}`);
  });
  const texts = [...new Set(refusals)];
  return texts.length > 1 ? `[${texts.join(', ')}]` : texts[0];
}

const pullAlways = (container: Container): Container => ({ ...container, imagePullPolicy: 'Always' });

function otherPolicies({ spec }: Pod): readonly { path: string; policy: string }[] {
  const containers = placedContainers(spec).map(({ container, list, index }) => ({
    path: `spec.${list}[${index}].imagePullPolicy`,
    policy: container.imagePullPolicy ?? '',
  }));
  const volumes = (spec.volumes ?? []).flatMap(({ image }, index) =>
    image === undefined
      ? []
      : [{ path: `spec.volumes[${index}].image.pullPolicy`, policy: image.pullPolicy ?? '' }],
  );
  return [...containers, ...volumes].filter(({ policy }) => policy !== 'Always');
}

function ignores({ pod, oldPod, subresource = '' }: PodRequest): boolean {
  if (subresource !== '') return true;
  if (oldPod === undefined) return false;
  const known = new Set(placedContainers(oldPod.spec).map(({ container }) => container.image ?? ''));
  return placedContainers(pod.spec).every(({ container }) => known.has(container.image ?? ''));
}
