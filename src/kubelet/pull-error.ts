import type { WaitingReason } from './reason-cache.js';

/** The reasons of the image manager that are not raw error texts (kubelet.md §6.5). */
export const imageReasons = {
  invalidName: 'InvalidImageName',
  inspect: 'ImageInspectError',
  neverPull: 'ErrImageNeverPull',
  pull: 'ErrImagePull',
  backOff: 'ImagePullBackOff',
  registryUnavailable: 'RegistryUnavailable',
  signature: 'SignatureValidationFailed',
} as const;

/** Error texts by which CRI-O tells the kubelet what happened. Only a prefix of the whole text counts. */
const runtimePrefixes = [
  { prefix: imageReasons.registryUnavailable, because: 'the registry is unavailable' },
  { prefix: imageReasons.signature, because: 'the signature validation failed' },
] as const;

/**
 * Turns a pull's final text into the waiting reason and message (kubelet.md §6.5). Brackets around several texts, or
 * `rpc error: …` before one, hide a classification.
 *
 * @param image the name as the pod spells it
 */
export function classifyPullError(image: string, text: string): WaitingReason {
  const known = runtimePrefixes.find(({ prefix }) => text.startsWith(prefix));
  if (known === undefined) return { reason: imageReasons.pull, message: text };
  const rest = text.slice(known.prefix.length);
  return { reason: known.prefix, message: `image pull failed for ${image} because ${known.because}${rest}` };
}
