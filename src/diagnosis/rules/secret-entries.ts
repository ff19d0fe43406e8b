import { pathOf, pullSecretFor, repairEntry } from '../fixes.js';
import { entryFor } from '../key-serves.js';
import { createPullSecret } from '../kubectl-command.js';
import { printableKey } from '../masking.js';
import { type ImageCase, isRefusedAs, type PodCase } from '../pod-case.js';
import { type Detection, nothing } from '../rule.js';
import { type EntryReading, locateContent, type SecretReading } from '../secret-reading.js';

type Tell = (entry: EntryReading, reading: SecretReading, image: ImageCase) => string;

/** Entries that matched, had nothing to send, and so left the pull anonymous. */
export function matchedEmpty(
  image: ImageCase,
  wanted: (entry: EntryReading) => boolean,
  tell: Tell,
): Detection[] {
  if (!isRefusedAs(image, 'anonymous')) return [];
  return image.facts.considered.flatMap(({ empty, key, source, outcome }) => {
    if (source.kind !== 'secret' || !(empty || isOfferedInVain(image, key))) return [];
    if (outcome.kind !== 'matched' && outcome.kind !== 'docker-hub-fallback') return [];
    return explainEntry(image, source.namespace, source.name, key, wanted, tell);
  });
}

/** containerd logs in with a password only: a user name without one, as `az acr login` leaves it, is not sent. */
const isOfferedInVain = ({ facts }: ImageCase, key: string): boolean =>
  facts.attempts.some(({ credential }) => credential?.key === key && credential.password === '');

/** Entries whose credential was sent and refused. */
export function sentEntries(
  image: ImageCase,
  wanted: (entry: EntryReading) => boolean,
  tell: Tell,
): Detection[] {
  return image.facts.attempts.flatMap(({ credential, failure }) => {
    if (credential?.source.kind !== 'secret' || failure === null) return [];
    if (failure.kind !== 'token-refused' && failure.kind !== 'status') return [];
    const { namespace, name } = credential.source;
    return explainEntry(image, namespace, name, credential.key, wanted, tell);
  });
}

function explainEntry(
  image: ImageCase,
  namespace: string,
  name: string,
  key: string,
  wanted: (entry: EntryReading) => boolean,
  tell: Tell,
): Detection[] {
  const reading = image.pod.survey.secret(namespace, name);
  const entry = reading?.entries.find((candidate) => candidate.key === key);
  if (reading === undefined || entry === undefined || !wanted(entry)) return [];
  return [
    {
      message: tell(entry, reading, image),
      fix: repairEntry(image, reading, entry.username, `correct the entry "${printableKey(entry.key)}"`),
      source: locateContent(reading),
      severity: image.facts.verdict === 'failed' ? 'error' : 'warning',
    },
  ];
}

const entryIn = (entry: EntryReading, reading: SecretReading): string =>
  `entry "${printableKey(entry.key)}" of secret ${pathOf(reading)}`;

export function emptyEntry(entry: EntryReading, reading: SecretReading): string {
  const store =
    reading.credsStore === undefined
      ? ''
      : `: the config.json keeps them in the credential store "${reading.credsStore}", which nodes do not have`;
  const what = entry.username ? 'has a user name and no password' : 'has neither user name nor password';
  return `${entryIn(entry, reading)} matches, but ${what}${store}.`;
}

export const identityToken: Tell = (entry, reading) =>
  `${entryIn(entry, reading)} holds ${entry.ignoredToken === 'identitytoken' ? 'an' : 'a'} ${entry.ignoredToken}, which the kubelet does not read; nothing else in it is a credential.`;

export const twoOpinions: Tell = (entry, reading) =>
  `${entryIn(entry, reading)} has another ${entry.disagreement === 'username' ? 'user name' : 'password'} in auth than beside it; auth wins, and it was refused.`;

export const lineFeed: Tell = (entry, reading) =>
  `the credential in ${entryIn(entry, reading)} ends with a line feed, which is sent as part of it (echo without -n?).`;

export function sentPlaceholders(pod: PodCase): Detection[] {
  return pod.images.flatMap((image) =>
    sentEntries(
      image,
      ({ flaws }) => flaws.includes('placeholder'),
      (entry, reading) => `${entryIn(entry, reading)} holds a placeholder that nobody filled in.`,
    ),
  );
}

export function reliesOnHelper(image: ImageCase): readonly Detection[] {
  if (!isRefusedAs(image, 'anonymous')) return nothing;
  const helped = image.pod.listed.find(
    ({ reading }) =>
      reading?.credHelpers.includes(image.host) && !entryFor(reading, image.facts.repository ?? ''),
  )?.reading;
  if (helped === undefined) return nothing;
  return [
    {
      message: `secret ${pathOf(helped)} leaves ${image.host} to a credential helper, which the kubelet does not run.`,
      fix: createPullSecret(pullSecretFor(image, helped.name)),
      source: locateContent(helped),
    },
  ];
}
