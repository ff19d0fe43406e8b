import { type ImageCase, locateImage, locateSpec, type PodCase } from '../pod-case.js';
import { type Detection, nothing } from '../rule.js';

/** A pull that worked at a later try although nothing was changed for it. */
export function flapping(image: ImageCase): readonly Detection[] {
  const { past } = image.pod.facts;
  if (past === undefined || past.secretsWereMissing) return nothing;
  if (image.facts.verdict !== 'pulled' || !past.failedFirst.includes(image.facts.container)) return nothing;
  return [
    {
      message: `${image.facts.image} was pulled at a later try; ${image.host} refused the first, as registries do while copies are on their way.`,
      fix: 'wait for the replication before you deploy, or pull from the registry that was pushed to',
      source: locateImage(image),
    },
  ];
}

/** The list was right, only the secret came later than the pod. */
export function cameLater(pod: PodCase): readonly Detection[] {
  const { past, missingSecrets } = pod.facts;
  if (past?.secretsWereMissing !== true || missingSecrets.length > 0) return nothing;
  return [
    {
      message:
        'a listed secret was made after the pod; the kubelet found it at a later sync, and nothing is left to do.',
      fix: 'apply secrets before the pods that list them',
      source: locateSpec(pod, ['imagePullSecrets']),
    },
  ];
}
