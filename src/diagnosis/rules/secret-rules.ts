import type { IgnoredSecret } from '../../credentials/credential.js';
import type { RefusedSecret } from '../facts.js';
import { isUsable, pathOf, pullSecretFor, repairEntry } from '../fixes.js';
import { entryFor, keyServes } from '../key-serves.js';
import {
  createPullSecret,
  deleteSecret,
  editPullSecret,
  recreatePullSecret,
  replacePullSecret,
} from '../kubectl-command.js';
import { links } from '../links.js';
import { printableKey } from '../masking.js';
import { listed } from '../phrases.js';
import { type ImageCase, isRefusedAs, type ListedSecret, type PodCase } from '../pod-case.js';
import { type Detection, nothing, type Rule } from '../rule.js';
import {
  type ContentProblem,
  configType,
  type EntryReading,
  legacyType,
  locateContent,
  readSecret,
  type SecretReading,
} from '../secret-reading.js';

/** Catalogue B: the shape of the secret. */
export const secretRules: readonly Rule[] = [
  {
    id: 'SEC00',
    title: 'A pull secret cannot be used',
    severity: 'error',
    why: 'A secret that the API server refuses does not exist for pods. One that the kubelet cannot decode takes the whole keyring with it: no image of the pod is pulled, public ones included.',
    refines: ['REF02', 'REF03', 'KEY00', 'KEY02'],
    links: [links.dockerConfigSecrets],
    about: 'pod',
    detect: (pod) => [
      ...refusedSecrets(pod).map(refusedForAnotherReason),
      ...brokenKeyring(pod, undecodable),
    ],
  },
  {
    id: 'SEC01',
    title: 'The secret has the wrong type',
    severity: 'error',
    why: 'The kubelet reads .dockerconfigjson from secrets of type kubernetes.io/dockerconfigjson and .dockercfg from kubernetes.io/dockercfg. Any other type, Opaque included, is passed over without event or warning. `kubectl create secret generic` makes Opaque secrets.',
    refines: ['REF03', 'REF04', 'KEY00', 'KEY02'],
    links: [links.existingCredentials, links.secretTypes],
    about: 'pod',
    detect: (pod) => ignored(pod, (secret) => secret.because === 'type').map((one) => wrongType(pod, one)),
  },
  {
    id: 'SEC02',
    title: 'Type and format do not belong together',
    severity: 'error',
    why: 'kubernetes.io/dockerconfigjson holds {"auths": {registry: …}}; kubernetes.io/dockercfg holds the bare map {registry: …}. With the formats exchanged the secret is read without an error, and has no entry for any registry.',
    refines: ['REF03', 'REF04', 'KEY00', 'KEY02'],
    links: [links.dockerConfigSecrets],
    about: 'pod',
    detect: (pod) => contentProblems(pod, ['old-format', 'new-format'], exchangedFormat),
  },
  {
    id: 'SEC03',
    title: "The key in the secret's data has the wrong name",
    severity: 'error',
    why: 'The docker config has to stand under .dockerconfigjson, with the dot. A typed secret without that key is refused by the API server; an Opaque one is accepted and never used.',
    refines: ['SEC00', 'REF02', 'REF03', 'KEY00', 'KEY02'],
    links: [links.dockerConfigSecrets],
    about: 'pod',
    detect: (pod) =>
      refusedSecrets(pod)
        .filter((refused) => keyOf(refused.reading.type) !== undefined)
        .filter(({ reading }) => reading.dataKey !== keyOf(reading.type))
        .map(wrongKey),
  },
  {
    id: 'SEC04',
    title: 'The value is base64 of base64',
    severity: 'error',
    why: 'Values under data are base64 once. A value that was encoded before (`| base64` and then `kubectl create secret --from-literal`, or b64enc twice in a template) decodes to text that is no JSON.',
    refines: ['SEC00', 'SEC01', 'REF02', 'REF03', 'KEY00'],
    links: [links.dockerConfigSecrets],
    about: 'pod',
    detect: (pod) => contentProblems(pod, ['base64-twice'], encodedTwice),
  },
  {
    id: 'SEC05',
    title: 'The docker config is wrapped, or auths is text',
    severity: 'error',
    why: 'The API server only checks that the value is a JSON object. Secret operators that put the whole document into a field, or auths into quotes, pass this check; the kubelet then finds no entry, or breaks off and pulls nothing.',
    refines: ['SEC00', 'REF03', 'REF04', 'KEY00', 'KEY02'],
    links: [links.dockerConfigSecrets],
    about: 'pod',
    detect: (pod) => contentProblems(pod, ['auths-no-object', 'wrapped'], wrapped),
  },
  {
    id: 'SEC06',
    title: 'The docker config is no JSON',
    severity: 'error',
    why: 'Templates, quotes and pasted keys break the JSON. The API server refuses a typed secret whose value is no JSON object.',
    refines: ['SEC00', 'REF02', 'REF03', 'KEY00'],
    links: [links.dockerConfigSecrets],
    about: 'pod',
    detect: (pod) => contentProblems(pod, ['not-json', 'not-an-object', 'not-base64'], noJson),
  },
  {
    id: 'SEC07',
    title: 'The entry has no credential in it',
    severity: 'error',
    why: 'A config.json from a machine with a credential store names the registries and keeps the passwords elsewhere. The kubelet runs no credential store: the entry matches and has nothing to send.',
    refines: ['KEY00', 'REF03', 'REF04'],
    links: [links.existingCredentials, links.configJson],
    about: 'image',
    detect: (image) => matchedEmpty(image, (entry) => entry.ignoredToken === undefined, emptyEntry),
  },
  {
    id: 'SEC08',
    title: 'The config.json relies on a credential helper',
    severity: 'error',
    why: 'credHelpers names programs (gcloud, ecr-login, acr-env) that the docker CLI would run. The kubelet does not read it.',
    refines: ['KEY00', 'REF03', 'REF04', 'SEC07'],
    links: [links.configJson, links.credentialProvider],
    about: 'image',
    detect: reliesOnHelper,
  },
  {
    id: 'SEC09',
    title: 'auth has no colon in it',
    severity: 'error',
    why: 'auth is base64 of user:password. A token alone decodes to text without a colon, which the kubelet cannot split: no image of the pod is pulled.',
    refines: ['SEC00'],
    links: [links.dockerConfigSecrets],
    about: 'pod',
    detect: (pod) => brokenKeyring(pod, (reading) => badAuth(reading, 'no-colon')),
  },
  {
    id: 'SEC10',
    title: 'auth is not base64',
    severity: 'error',
    why: 'auth is standard base64 of user:password, with + and / and nothing around it. Anything else is a decoding error in the kubelet, and no image of the pod is pulled. The API server does not look that deep.',
    refines: ['SEC00'],
    links: [links.dockerConfigSecrets],
    about: 'pod',
    detect: (pod) => brokenKeyring(pod, (reading) => badAuth(reading, 'not-base64')),
  },
  {
    id: 'SEC11',
    title: 'auth says something else than username and password',
    severity: 'error',
    why: 'When an entry has auth, username and password are not looked at. After a change of one and not the other, the kubelet sends the old credential, and tools that read the other fields work.',
    refines: ['CRED01', 'CRED10'],
    links: [links.dockerConfigSecrets],
    about: 'image',
    detect: (image) => sentEntries(image, ({ disagreement }) => disagreement !== undefined, twoOpinions),
  },
  {
    id: 'SEC12',
    title: 'A line feed belongs to the password',
    severity: 'error',
    why: '`echo user:password | base64` encodes the line feed of echo, too. Nothing is trimmed: it becomes the last character of the password.',
    refines: ['CRED01'],
    links: [links.dockerConfigSecrets],
    about: 'image',
    detect: (image) => sentEntries(image, ({ flaws }) => flaws.includes('trailing-newline'), lineFeed),
  },
  {
    id: 'SEC14',
    title: 'The entry holds an identity token',
    severity: 'error',
    why: 'Logins through a browser or `az acr login` store an identitytoken. The kubelet reads username, password and auth only.',
    refines: ['SEC07', 'KEY00', 'REF03', 'REF04', 'CRED01', 'CRED06'],
    links: [links.existingCredentials],
    about: 'image',
    detect: (image) => [
      ...matchedEmpty(image, (entry) => entry.ignoredToken !== undefined, identityToken),
      ...sentEntries(image, (entry) => entry.ignoredToken !== undefined, identityToken),
    ],
  },
  {
    id: 'SEC17',
    title: 'One unreadable secret takes the good ones with it',
    severity: 'error',
    why: "The kubelet decodes all secrets of the list before it looks for the image's registry. The first one that fails ends it, for every image of the pod.",
    implies: ['SEC00', 'SEC05', 'SEC09', 'SEC10'],
    links: [links.podPullSecrets],
    about: 'pod',
    detect: poisoned,
  },
  {
    id: 'SEC18',
    title: 'A placeholder was never filled in',
    severity: 'error',
    why: 'Templates that were not rendered leave `<base64>`, `$(PASSWORD)` or REPLACE_ME behind.',
    refines: ['SEC00', 'SEC06', 'REF02', 'REF03', 'KEY00', 'CRED01'],
    links: [links.dockerConfigSecrets],
    about: 'pod',
    detect: (pod) => [...contentProblems(pod, ['placeholder'], leftOpen), ...sentPlaceholders(pod)],
  },
];

interface Refused extends RefusedSecret {
  readonly reading: SecretReading;
  readonly pod: PodCase;
}

/** Secrets of the pod's list that are in the input and that the API server refuses. */
const refusedSecrets = (pod: PodCase): Refused[] =>
  pod.listed.flatMap(({ name }) => {
    const refused = pod.survey.refused(pod.namespace, name);
    return refused === undefined ? [] : [{ ...refused, reading: readSecret(refused.secret), pod }];
  });

const keyOf = (type: string): string | undefined =>
  ({ [configType]: '.dockerconfigjson', [legacyType]: '.dockercfg' })[type];

/** The pull that the secret was meant for. */
const refusedImage = (pod: PodCase): ImageCase | undefined =>
  pod.images.find((image) => isRefusedAs(image, 'anonymous') || image.trouble.kind === 'keyring');

const isNeeded = (pod: PodCase) =>
  refusedImage(pod) === undefined ? ('warning' as const) : ('error' as const);

/** Writes a secret anew: for the image that its entry serves, or else for the registry that the entry names. */
function remedy(pod: PodCase, reading: SecretReading, make = replacePullSecret): string {
  const served = pod.images.find(({ facts }) => entryFor(reading, facts.repository ?? '') !== undefined);
  const image = served ?? refusedImage(pod) ?? pod.images[0];
  if (image === undefined) return deleteSecret(reading.name, reading.namespace);
  const entry = reading.entries.find(
    ({ key }) => served === undefined || keyServes(key, served.facts.repository ?? ''),
  );
  const wish = pullSecretFor(image, reading.name, entry?.username || undefined);
  if (reading.entries.length > 1 && make === replacePullSecret)
    return editPullSecret(
      reading.name,
      reading.namespace,
      `correct the entry "${printableKey(entry?.key ?? '')}"`,
    );
  return make(
    served === undefined && entry !== undefined
      ? { ...wish, server: printableKey(entry.key).replace('***@', '') }
      : wish,
  );
}

function refusedForAnotherReason({ reading, message, pod }: Refused): Detection {
  return {
    message: `the API server refuses secret ${pathOf(reading)}, so it does not exist: ${message}`,
    fix: remedy(pod, reading),
    source: reading.secret.source,
    severity: isNeeded(pod),
  };
}

function wrongKey({ reading, pod }: Refused): Detection {
  const found = reading.dataKey === undefined ? 'has no such key' : `has "${reading.dataKey}"`;
  return {
    message: `secret ${pathOf(reading)} must hold its docker config under "${keyOf(reading.type)}" and ${found}; the API server refuses it, so it does not exist.`,
    fix: remedy(pod, reading),
    source: locateContent(reading),
    severity: isNeeded(pod),
  };
}

interface Ignored {
  readonly ignored: IgnoredSecret;
  readonly reading: SecretReading;
}

const ignored = (pod: PodCase, wanted: (secret: IgnoredSecret) => boolean): Ignored[] =>
  pod.facts.ignoredSecrets.filter(wanted).flatMap((one) => {
    const reading = pod.survey.secret(one.namespace, one.name);
    return reading === undefined ? [] : [{ ignored: one, reading }];
  });

function wrongType(pod: PodCase, { reading }: Ignored): Detection {
  const wanted = reading.dataKey === '.dockercfg' ? legacyType : configType;
  const fits = fittingImage(pod, reading);
  const entry = fits && entryFor(reading, fits.facts.repository ?? '');
  const otherwise =
    entry === undefined
      ? ''
      : ` Its entry "${printableKey(entry.key)}" would have served ${fits?.facts.image}.`;
  return {
    message: `secret ${pathOf(reading)} is of type ${reading.type}; the kubelet uses ${wanted} only and passed over it without an event.${otherwise}`,
    fix: remedy(pod, reading, recreatePullSecret),
    source: reading.secret.locate(['type']),
    severity: reading.entries.length > 0 && fits === undefined ? 'warning' : isNeeded(pod),
  };
}

/** The image that failed for want of exactly this secret. */
const fittingImage = (pod: PodCase, reading: SecretReading): ImageCase | undefined =>
  pod.images.find(
    (image) =>
      isRefusedAs(image, 'anonymous') && entryFor(reading, image.facts.repository ?? '') !== undefined,
  );

/** Listed secrets, refused ones included, whose content has one of these problems. */
function contentProblems(
  pod: PodCase,
  problems: readonly ContentProblem[],
  tell: (reading: SecretReading) => string,
): Detection[] {
  const readings = [
    ...pod.listed.flatMap(({ reading }: ListedSecret) => reading ?? []),
    ...refusedSecrets(pod).map(({ reading }) => reading),
  ];
  return readings
    .filter(({ problem }) => problem !== undefined && problems.includes(problem))
    .map((reading) => ({
      message: tell(reading),
      fix: remedy(pod, reading),
      source: locateContent(reading),
      severity: isNeeded(pod),
    }));
}

const exchangedFormat = (reading: SecretReading): string =>
  reading.problem === 'old-format'
    ? `secret ${pathOf(reading)} is of type ${configType} but holds the registries without "auths" around them, so the kubelet finds no entry in it.`
    : `secret ${pathOf(reading)} is of type ${legacyType} but has "auths" around the registries, so the kubelet takes "auths" for a registry.`;

const encodedTwice = (reading: SecretReading): string =>
  `${reading.dataKey} of secret ${pathOf(reading)} is base64 of base64: decoded once it still is no JSON.`;

const wrapped = (reading: SecretReading): string =>
  reading.problem === 'wrapped'
    ? `${reading.dataKey} of secret ${pathOf(reading)} is a JSON object around the docker config; the kubelet finds no "auths" in it.`
    : `"auths" in secret ${pathOf(reading)} is no object, so the kubelet cannot decode the secret and pulls no image of the pod.`;

const noJson = (reading: SecretReading): string => {
  const what = reading.problem === 'not-base64' ? 'base64' : 'a JSON object';
  return `${reading.dataKey} of secret ${pathOf(reading)} is not ${what}.`;
};

const leftOpen = (reading: SecretReading): string =>
  `${reading.dataKey} of secret ${pathOf(reading)} is a placeholder that nobody filled in.`;

/** The secret that broke the keyring, if this is what is wrong with it. */
function brokenKeyring(pod: PodCase, tell: (reading: SecretReading) => string | undefined): Detection[] {
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

const undecodable = (reading: SecretReading): string =>
  `secret ${pathOf(reading)} holds JSON, but no docker config.`;

function badAuth(reading: SecretReading, auth: EntryReading['auth']): string | undefined {
  const entry = reading.entries.find((candidate) => candidate.auth !== 'good' && candidate.auth !== 'absent');
  if (entry?.auth !== auth) return undefined;
  const problem = auth === 'no-colon' ? 'decodes to text without a colon' : 'is not base64';
  return `"auth" of "${printableKey(entry.key)}" in secret ${pathOf(reading)} ${problem}; it must be base64 of user:password.`;
}

/** A secret that would have worked, hidden behind the one that does not. */
function poisoned(pod: PodCase): readonly Detection[] {
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

type Tell = (entry: EntryReading, reading: SecretReading, image: ImageCase) => string;

/** Entries that matched, had nothing to send, and so left the pull anonymous. */
function matchedEmpty(image: ImageCase, wanted: (entry: EntryReading) => boolean, tell: Tell): Detection[] {
  if (!isRefusedAs(image, 'anonymous')) return [];
  return image.facts.considered.flatMap(({ empty, key, source, outcome }) => {
    if (!empty || source.kind !== 'secret') return [];
    if (outcome.kind !== 'matched' && outcome.kind !== 'docker-hub-fallback') return [];
    return explainEntry(image, source.namespace, source.name, key, wanted, tell);
  });
}

/** Entries whose credential was sent and refused. */
function sentEntries(image: ImageCase, wanted: (entry: EntryReading) => boolean, tell: Tell): Detection[] {
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

function emptyEntry(entry: EntryReading, reading: SecretReading): string {
  const store =
    reading.credsStore === undefined
      ? ''
      : `: the config.json keeps them in the credential store "${reading.credsStore}", which nodes do not have`;
  return `${entryIn(entry, reading)} matches, but has neither user name nor password${store}.`;
}

const identityToken: Tell = (entry, reading) =>
  `${entryIn(entry, reading)} holds an ${entry.ignoredToken}, which the kubelet does not read; nothing else in it is a credential.`;

const twoOpinions: Tell = (entry, reading) =>
  `${entryIn(entry, reading)} has another ${entry.disagreement === 'username' ? 'user name' : 'password'} in auth than beside it; auth wins, and it was refused.`;

const lineFeed: Tell = (entry, reading) =>
  `the credential in ${entryIn(entry, reading)} ends with a line feed, which is sent as part of it (echo without -n?).`;

function sentPlaceholders(pod: PodCase): Detection[] {
  return pod.images.flatMap((image) =>
    sentEntries(
      image,
      ({ flaws }) => flaws.includes('placeholder'),
      (entry, reading) => `${entryIn(entry, reading)} holds a placeholder that nobody filled in.`,
    ),
  );
}

function reliesOnHelper(image: ImageCase): readonly Detection[] {
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
