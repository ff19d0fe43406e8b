import { isUsable, pathOf } from '../fixes.js';
import { entryFor } from '../key-serves.js';
import { printableKey } from '../masking.js';
import { listed } from '../phrases.js';
import type { PodCase } from '../pod-case.js';
import { type Detection, nothing } from '../rule.js';
import { type EntryReading, locateContent, type SecretReading } from '../secret-reading.js';
import { isNeeded, refusedImage, remedy } from './secret-remedy.js';

/** The secret that broke the keyring, if this is what is wrong with it. */
export function brokenKeyring(
  pod: PodCase,
  tell: (reading: SecretReading) => string | undefined,
): Detection[] {
  const broken = pod.facts.keyringError;
  const reading = broken && pod.survey.secret(pod.namespace, broken.secret);
  if (broken === undefined || reading === undefined) return [];
  const what = tell(reading);
  if (what === undefined) return [];
  const consequence =
    refusedImage(pod) === undefined
      ? 'No image had to be pulled this time.'
      : 'The kubelet cannot decode the secret, so no image of the pod is pulled, public ones included.';
  return [
    {
      message: `${what} ${consequence}`,
      fix: remedy(pod, reading),
      source: locateContent(reading),
      severity: isNeeded(pod),
    },
  ];
}

export const undecodable = (reading: SecretReading): string =>
  `secret ${pathOf(reading)} holds JSON, but no docker config.`;

export function badAuth(reading: SecretReading, auth: EntryReading['auth']): string | undefined {
  const entry = reading.entries.find((candidate) => candidate.auth !== 'good' && candidate.auth !== 'absent');
  if (entry?.auth !== auth) return undefined;
  const problem = auth === 'no-colon' ? 'decodes to text without a colon' : 'is not base64';
  return `"auth" of "${printableKey(entry.key)}" in secret ${pathOf(reading)} ${problem}; it must be base64 of user:password.`;
}

/** A secret that would have worked, hidden behind the one that does not. */
export function poisoned(pod: PodCase): readonly Detection[] {
  const broken = pod.facts.keyringError;
  if (broken === undefined) return nothing;
  const good = pod.listed.flatMap(({ reading }) =>
    reading !== undefined && reading.name !== broken.secret && isUsable(reading) ? [reading] : [],
  );
  const stopped = pod.images.filter(({ trouble }) => trouble.kind === 'keyring');
  const wasted = good.filter((reading) =>
    stopped.some(({ facts }) => entryFor(reading, facts.repository ?? '') !== undefined),
  );
  if (wasted.length === 0) return nothing;
  const names = [...new Set(wasted.map(pathOf))];
  return [
    {
      message: `${listed(names)} would have worked, but secret ${pod.namespace}/${broken.secret} on the same list cannot be decoded, and that ends it for all of them.`,
      fix: `repair secret "${broken.secret}", or take it off the list`,
      source: pod.survey.secret(pod.namespace, broken.secret)?.secret.source,
    },
  ];
}
