import { createAndList, fittingSecrets, isUsable, listSecrets, pathOf } from '../fixes.js';
import { counted } from '../phrases.js';
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

/** A near miss worth telling: somebody has solved this already, one namespace away. */
function fitsElsewhere({ pod, facts, host }: ImageCase): string {
  const fitting = pod.survey
    .secretsFor(facts.repository ?? '')
    .filter((reading) => isUsable(reading) && reading.namespace !== pod.namespace);
  const [first] = fitting;
  if (first === undefined) return '';
  const others = fitting.length > 1 ? ` (and ${counted(fitting.length - 1, 'other')})` : '';
  return ` Secret ${pathOf(first)}${others} has a key for ${host}, but in another namespace.`;
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
