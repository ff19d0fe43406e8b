import { pullSecretFor, rewriteSecret } from '../fixes.js';
import { entryFor, keyServes } from '../key-serves.js';
import { deleteSecret, editPullSecret } from '../kubectl-command.js';
import { printableKey } from '../masking.js';
import { type ImageCase, isRefusedAs, type PodCase } from '../pod-case.js';
import type { SecretReading } from '../secret-reading.js';

/** The pull that the secret was meant for. */
export const refusedImage = (pod: PodCase): ImageCase | undefined =>
  pod.images.find((image) => isRefusedAs(image, 'anonymous') || image.trouble.kind === 'keyring');

export const isNeeded = (pod: PodCase) =>
  refusedImage(pod) === undefined ? ('warning' as const) : ('error' as const);

/** Writes a secret anew: for the image that its entry serves, or else for the registry that the entry names. */
export function remedy(pod: PodCase, reading: SecretReading): string {
  const served = pod.images.find(({ facts }) => entryFor(reading, facts.repository ?? '') !== undefined);
  const image = served ?? refusedImage(pod) ?? pod.images[0];
  if (image === undefined) return deleteSecret(reading.name, reading.namespace);
  const entry = reading.entries.find(
    ({ key }) => served === undefined || keyServes(key, served.facts.repository ?? ''),
  );
  if (reading.entries.length > 1)
    return editPullSecret(reading, `correct the entry "${printableKey(entry?.key ?? '')}"`);
  const wish = pullSecretFor(image, reading.name, entry?.username || undefined);
  const named = served === undefined && entry !== undefined ? { server: withoutUserInfo(entry.key) } : {};
  return rewriteSecret(reading, { ...wish, ...named });
}

const withoutUserInfo = (key: string): string => printableKey(key).replace('***@', '');
