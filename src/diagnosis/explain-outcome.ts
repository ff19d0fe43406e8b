import type { Credential } from '../credentials/credential.js';
import { holder } from './holder.js';
import { printableUser } from './masking.js';
import { counted, listed } from './phrases.js';
import { type ImageCase, isUsed, suffixOf } from './pod-case.js';
import type { Trouble } from './trouble.js';

/**
 * What happened to an image, in one sentence; `null` when it is there, and when nobody could decide. Why, and what to do,
 * is the findings' part.
 */
export function explainOutcome(image: ImageCase): string | null {
  const { trouble } = image;
  switch (trouble.kind) {
    case 'none':
    case 'detour':
    case 'unknown':
      return null;
    case 'blocked':
      return blocked(image);
    case 'refused':
      return refused(image, trouble);
    case 'absent':
      return absent(image, trouble);
    default:
      return notPulled(image, trouble);
  }
}

const blocked = ({ facts }: ImageCase): string =>
  facts.blockedBy === undefined
    ? 'Not tried, because an earlier image of the pod failed.'
    : `Not tried, because the image of "${facts.blockedBy}" comes first and failed.`;

function refused(image: ImageCase, trouble: Extract<Trouble, { kind: 'refused' }>): string {
  const { credential } = trouble.attempt;
  if (trouble.as === 'anonymous') return anonymous(image, credential);
  const tried = image.facts.attempts.filter((attempt) => attempt.failure !== null).length;
  if (tried > 1)
    return `${counted(tried, 'credential')} matched and were tried, and the registry refused each.`;
  const who = credential === null ? 'the login' : userOf(credential);
  return trouble.as === 'login'
    ? `The registry did not accept ${who}, and the kubelet does not try without.`
    : `The registry knows ${who}, and does not let it pull this repository.`;
}

const userOf = (credential: Credential): string =>
  `"${printableUser(credential.username)}" of ${holder(credential)}`;

function anonymous({ facts, pod }: ImageCase, credential: Credential | null): string {
  if (credential !== null)
    return `${capital(holder(credential))} matched and had no credential to send, so the pull was as good as anonymous and the registry refused it.`;
  const brought = facts.considered.length > 0 || pod.listed.length > 0;
  const why =
    brought && !facts.considered.some(isUsed) ? 'No credential matched' : 'The pod brings no credential';
  return `${why}, so the pull was anonymous and the registry refused it.`;
}

function absent(image: ImageCase, { hidden, attempt }: Extract<Trouble, { kind: 'absent' }>): string {
  if (!hidden) return `The registry was asked and has no ${image.facts.repository}${suffixOf(image)}.`;
  const how = attempt.credential === null ? 'the anonymous pull' : 'the pull';
  return `The registry refused ${how}: it has no repository "${image.path}".`;
}

type Other = Exclude<Trouble, { kind: 'none' | 'detour' | 'blocked' | 'unknown' | 'refused' | 'absent' }>;

function notPulled({ host, pod }: ImageCase, trouble: Other): string {
  const { name, platform } = pod.facts.node;
  switch (trouble.kind) {
    case 'invalid-name':
      return 'The kubelet cannot read the name, so no registry was asked.';
    case 'never':
      return `The policy is Never and node "${name}" does not hold the image, so nobody tried to pull it.`;
    case 'keyring':
      return 'A pull secret of the pod cannot be decoded, so nothing was pulled.';
    case 'platform':
      return `The image is there (${trouble.offered.length === 0 ? 'for other platforms' : listed(trouble.offered)}), but not for ${platform}, the platform of node "${name}".`;
    case 'content':
      return 'The manifest was found; a part of the image was not, or is not what the manifest says.';
    case 'unsupported':
      return 'The registry has something under this name, but no container image.';
    case 'rate-limit':
      return 'The registry refused the pull because there were too many.';
    case 'transport':
      return `Node "${name}" did not get through to ${trouble.failure.host}.`;
    case 'token-endpoint':
      return `${host} asks for a token, and its token server gave none.`;
    case 'server':
      return `${trouble.host} answered with an error of its own (${trouble.status}).`;
    case 'signature':
      return "The node's signature policy does not accept the image.";
    case 'other':
      return 'The pull failed.';
    default:
      return trouble satisfies never;
  }
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
