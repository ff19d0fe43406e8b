import { createAndList } from '../fixes.js';
import { links } from '../links.js';
import { type ImageCase, isRefusedAs, locateImage } from '../pod-case.js';
import { nothing, type Rule } from '../rule.js';

/** Speaks when nobody else does, so that no failure stays without a word. */
export const lastResort: Rule = {
  id: 'PULL00',
  title: 'The pull failed for a reason that no rule knows',
  severity: 'error',
  why: "The kubelet's message and the HTTP exchange of the pull say more.",
  links: [links.privateRegistry],
  about: 'image',
  on: 'any',
  detect: (image) =>
    image.facts.verdict === 'failed'
      ? [{ message: seen(image), fix: fixFor(image), source: locateImage(image) }]
      : nothing,
};

function seen(image: ImageCase): string {
  const { facts, host } = image;
  if (isRefusedAs(image, 'anonymous')) return `${host} refused the anonymous pull of ${facts.image}.`;
  if (image.trouble.kind === 'refused') return `${host} refused the pull of ${facts.image}.`;
  return `${facts.image} was not pulled; see the kubelet's message.`;
}

const fixFor = (image: ImageCase): string =>
  isRefusedAs(image, 'anonymous') && image.pod.listed.length === 0
    ? createAndList(image)
    : "look at the exchange of the pull (-v), and at the registry's log";
