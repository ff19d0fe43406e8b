import { holder } from '../holder.js';
import { printableUser } from '../masking.js';
import { type ImageCase, isRefusedAs, locateImage } from '../pod-case.js';
import { type Detection, nothing } from '../rule.js';

/** The account may push here and not pull. */
export function pushOnly(image: ImageCase): readonly Detection[] {
  if (!isRefusedAs(image, 'access') || image.trouble.kind !== 'refused') return nothing;
  const { credential } = image.trouble.attempt;
  const { pullers = [], pushers = [] } = image.repository ?? {};
  if (credential === null || !pushers.includes(credential.username) || pullers.includes(credential.username))
    return nothing;
  const user = printableUser(credential.username);
  return [
    {
      message: `user "${user}" of ${holder(credential)} may push to ${image.facts.repository}, but not pull: the token of a build is not the token of a node.`,
      fix: `in the registry, let "${user}" pull ${image.path}; or use an account that may`,
      source: locateImage(image),
    },
  ];
}

/** The registry's own rules would let this pull through, and it was forbidden all the same. */
export function forbiddenOnTheWay(image: ImageCase): readonly Detection[] {
  if (image.trouble.kind !== 'refused') return nothing;
  const { failure, credential } = image.trouble.attempt;
  if (failure?.kind !== 'status' || failure.status !== 403) return nothing;
  const { repository, host } = image;
  const mayPull =
    repository?.visibility === 'public' ||
    (credential !== null && (repository?.pullers ?? []).includes(credential.username));
  if (!mayPull) return nothing;
  const who = credential === null ? 'anybody' : `user "${printableUser(credential.username)}"`;
  return [
    {
      message: `${host} answers 403 although ${who} may pull ${image.facts.repository}: a firewall or an allow-list of addresses stands before it.`,
      fix: `let the addresses of the nodes through to ${host}`,
      source: locateImage(image),
    },
  ];
}
