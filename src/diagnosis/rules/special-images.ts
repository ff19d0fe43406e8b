import { createAndList } from '../fixes.js';
import { type ImageCase, isRefusedAs, locateImage } from '../pod-case.js';
import { type Detection, nothing } from '../rule.js';

/** The list of a pod that runs is fixed, and an ephemeral container comes to a pod that runs. */
export function debugImage(image: ImageCase): readonly Detection[] {
  if (image.facts.kind !== 'ephemeralContainer' || !isRefusedAs(image, 'anonymous')) return nothing;
  return [
    {
      message: `the ephemeral container "${image.facts.container}" needs a login for ${image.host}, and the pod's list has none; ephemeral containers bring no list of their own.`,
      fix: `use a debug image that is public; or, before the pod is made:\n${createAndList(image, listedNames(image))}`,
      source: locateImage(image),
    },
  ];
}

export function volumeImage(image: ImageCase): readonly Detection[] {
  if (image.facts.kind !== 'imageVolume' || !isRefusedAs(image, 'anonymous')) return nothing;
  return [
    {
      message: `the image volume "${image.facts.container}" is pulled with the pod's secrets, and none is for ${image.host}.`,
      fix: createAndList(image, listedNames(image)),
      source: locateImage(image),
    },
  ];
}

const listedNames = ({ pod }: ImageCase): string[] => pod.listed.map(({ name }) => name);
