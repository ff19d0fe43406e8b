import { createAndList, fittingSecrets, isUsable, listSecrets, pathOf } from '../fixes.js';
import { type ImageCase, isRefusedAs, locateListed, locateSpec, type PodCase } from '../pod-case.js';
import { type Detection, nothing } from '../rule.js';

export const hasNoList = (image: ImageCase): boolean =>
  isRefusedAs(image, 'anonymous') && image.pod.listed.length === 0;

export function bringsNothing(image: ImageCase): Detection {
  const { pod, host, facts, repository } = image;
  const account = pod.facts.pod.spec.serviceAccountName ?? 'default';
  const what =
    repository?.visibility === 'private' ? `${facts.repository} is private` : `${host} asks for a login`;
  return {
    message: `${what}, and the pod brings no credential: neither it nor its service account "${account}" lists a pull secret.${fitsElsewhere(image)}`,
    fix: fixNothing(image),
    source: locateSpec(pod),
  };
}

/** A near miss worth telling: the secret is there and not listed, or one namespace away. */
function fitsElsewhere(image: ImageCase): string {
  const { pod, facts, host } = image;
  const [here] = fittingSecrets(image);
  if (here !== undefined) return ` Secret ${pathOf(here)} has a key for ${host}, and nobody lists it.`;
  const away = pod.survey.secretsFor(facts.repository ?? '').filter(isUsable);
  const [first] = away;
  if (first === undefined) return '';
  return away.length === 1
    ? ` Secret ${pathOf(first)} has a key for ${host}, but in another namespace.`
    : ` Secrets ${pathOf(first)} and ${away.length - 1} more have keys for ${host}, but in other namespaces.`;
}

function fixNothing(image: ImageCase): string {
  const fitting = fittingSecrets(image)[0];
  return fitting === undefined ? createAndList(image) : listSecrets(image.pod, [fitting.name]);
}

export function emptyNames(pod: PodCase): readonly Detection[] {
  const list = pod.facts.pod.spec.imagePullSecrets ?? [];
  if (list.length === 0 || pod.listed.length > 0) return nothing;
  const image = pod.images.find((candidate) => isRefusedAs(candidate, 'anonymous'));
  if (image === undefined) return nothing;
  return [
    {
      message:
        "imagePullSecrets has no name in it. An empty name is skipped without a word, and a list that is not empty keeps the service account's list out.",
      fix: fixNothing(image),
      source: locateListed(pod, 0),
    },
  ];
}
