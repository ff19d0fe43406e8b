import type { FieldPath } from '../../cluster/source.js';
import {
  createAndList,
  fittingSecrets,
  isUsable,
  listSecrets,
  pathOf,
  pullSecretFor,
  remakePods,
} from '../fixes.js';
import { entryFor } from '../key-serves.js';
import { createPullSecret, patchServiceAccount } from '../kubectl-command.js';
import { links } from '../links.js';
import { nearestNames } from '../nearest-names.js';
import { didYouMean, listed, quoted } from '../phrases.js';
import {
  type ImageCase,
  isRefusedAs,
  type ListedSecret,
  locateListed,
  locateSpec,
  type PodCase,
} from '../pod-case.js';
import { type Detection, nothing, type Rule } from '../rule.js';
import type { SecretReading } from '../secret-reading.js';

/** Catalogue A: is the right secret attached to the right pod? */
export const referenceRules: readonly Rule[] = [
  {
    id: 'REF01',
    title: 'The secret is in another namespace',
    severity: 'error',
    why: 'The kubelet looks for pull secrets in the namespace of the pod and nowhere else. A name that the namespace does not have leaves a FailedToRetrieveImagePullSecret event at every sync, and the pull goes on without it.',
    refines: ['REF02', 'REF03', 'KEY00', 'KEY02'],
    links: [links.podPullSecrets, links.privateRegistry],
    about: 'pod',
    detect: (pod) =>
      missing(pod).flatMap((secret) => {
        const namesakes = elsewhere(pod, secret);
        return namesakes.length === 0 ? nothing : [inAnotherNamespace(pod, secret, namesakes)];
      }),
  },
  {
    id: 'REF02',
    title: 'The listed secret does not exist',
    severity: 'error',
    why: 'Kubernetes does not check the names in imagePullSecrets. A misspelt one leaves a FailedToRetrieveImagePullSecret event at every sync, and the pull goes on without it.',
    refines: ['REF03', 'KEY00', 'KEY02'],
    links: [links.podPullSecrets],
    about: 'pod',
    detect: (pod) =>
      missing(pod)
        .filter((secret) => elsewhere(pod, secret).length === 0 && hashed(pod, secret).length === 0)
        .map((secret) => notThere(pod, secret)),
  },
  {
    id: 'KUST01',
    title: 'kustomize gave the secret a name with a hash, and the list was not renamed with it',
    severity: 'error',
    why: 'A secretGenerator appends a hash of the content to the name. References in fields that kustomize does not know (custom resources, other namespaces) keep the old name.',
    refines: ['REF02', 'REF03', 'KEY00', 'KEY02'],
    links: ['https://kubectl.docs.kubernetes.io/references/kustomize/builtins/#_secretgenerator_'],
    about: 'pod',
    detect: (pod) =>
      missing(pod).flatMap((secret) => hashed(pod, secret).map((name) => renamed(pod, secret, name))),
  },
  {
    id: 'REF03',
    title: 'The image needs a login and the pod brings none',
    severity: 'error',
    why: 'Without imagePullSecrets on the pod or its service account (and without credentials on the node) the pull is anonymous. A private repository answers as if it did not exist.',
    links: [links.privateRegistry, links.podPullSecrets],
    about: 'image',
    detect: (image) => (hasNoList(image) ? [bringsNothing(image)] : nothing),
  },
  {
    id: 'REF04',
    title: "The pod's own list hides the list of its service account",
    severity: 'error',
    why: "The service account's imagePullSecrets are copied into a pod only when the pod is created and only when it has none. Lists are never merged.",
    refines: ['REF02', 'KEY00', 'KEY02'],
    links: [links.serviceAccount],
    about: 'image',
    detect: hiddenAccountList,
  },
  {
    id: 'REF07',
    title: 'Another service account has the secret',
    severity: 'error',
    why: 'Only the service account that the pod runs as counts. A list on the account `default` does nothing for pods that name another one.',
    refines: ['REF03'],
    links: [links.serviceAccount],
    about: 'image',
    detect: otherAccount,
  },
  {
    id: 'REF08',
    title: 'imagePullSecrets stands at the wrong place',
    severity: 'error',
    why: 'The field belongs to the pod spec. Elsewhere the API server drops it as an unknown field and says no more than a warning.',
    refines: ['REF03', 'REF07', 'KEY00'],
    links: [links.podPullSecrets],
    about: 'pod',
    detect: misplacedList,
  },
  {
    id: 'REF10',
    title: 'The list has only empty names',
    severity: 'error',
    why: 'A template with an unset value writes `- name: ""`. The kubelet skips it without a word, and because the list is not empty, the service account\'s list is not copied either.',
    refines: ['REF03', 'REF04'],
    links: [links.podPullSecrets],
    about: 'pod',
    detect: emptyNames,
  },
  {
    id: 'REF11',
    title: 'The account lists the secret under secrets, not under imagePullSecrets',
    severity: 'error',
    why: 'secrets of a service account is the list of what its pods may mount. Only imagePullSecrets are copied into pods.',
    refines: ['REF03', 'REF07'],
    links: [links.serviceAccount],
    about: 'image',
    detect: mountedSecrets,
  },
];

/** Names of the list that lead nowhere; secrets that the API server refused have rules of their own. */
const missing = (pod: PodCase): ListedSecret[] =>
  pod.listed.filter(
    ({ name, reading }) =>
      reading === undefined &&
      pod.facts.missingSecrets.includes(name) &&
      pod.survey.refused(pod.namespace, name) === undefined,
  );

const elsewhere = (pod: PodCase, { name }: ListedSecret): readonly SecretReading[] =>
  pod.survey.secretsNamed(name).filter(({ namespace }) => namespace !== pod.namespace);

/** `regcred-5h2k9m4tfg`: the name and ten characters of kustomize's hash. */
const hashed = (pod: PodCase, { name }: ListedSecret): string[] =>
  pod.survey
    .secretsIn(pod.namespace)
    .map((reading) => reading.name)
    .filter(
      (other) =>
        other.startsWith(`${name}-`) && /^[bcdfghkmt2456789]{10}$/.test(other.slice(name.length + 1)),
    );

/** Only a pull that was refused for want of a credential is broken by a missing secret; others are merely warned. */
const severityOf = (pod: PodCase) =>
  pod.images.some((image) => isRefusedAs(image, 'anonymous')) ? ('error' as const) : ('warning' as const);

const everySync = (pod: PodCase): string =>
  severityOf(pod) === 'warning' ? ' The image did not need it, but each sync leaves a warning event.' : '';

function inAnotherNamespace(
  pod: PodCase,
  { name, index }: ListedSecret,
  namesakes: readonly SecretReading[],
): Detection {
  const refused = pod.images.filter((image) => isRefusedAs(image, 'anonymous'));
  const where = quoted(namesakes.map(({ namespace }) => namespace));
  return {
    message: `secret "${name}" is in namespace ${where}, but the pod runs in "${pod.namespace}": secrets are looked up in the pod's own namespace.${everySync(pod)}`,
    fix: refused[0] === undefined ? takeOff(pod, name) : createHere(refused[0], name, namesakes),
    source: locateListed(pod, index),
    severity: severityOf(pod),
  };
}

/** With the user name of the namesake that fits, if one does. */
function createHere(image: ImageCase, name: string, namesakes: readonly SecretReading[]): string {
  const entries = namesakes.flatMap((reading) => entryFor(reading, image.facts.repository ?? '') ?? []);
  return createPullSecret(pullSecretFor(image, name, entries[0]?.username));
}

const takeOff = (pod: PodCase, name: string): string =>
  `take "${name}" off the list, or create it in namespace "${pod.namespace}"`;

function notThere(pod: PodCase, { name, index }: ListedSecret): Detection {
  const here = pod.survey.secretsIn(pod.namespace).map((reading) => reading.name);
  const near = nearestNames(name, here);
  const others = here.length === 0 ? ' It has no secret in your files.' : '';
  return {
    message: `the pod lists secret "${name}", but namespace "${pod.namespace}" has none of that name${near.length > 0 ? didYouMean(near) : `.${others}`}${everySync(pod)}`,
    fix: fixMissing(pod, name, near[0]),
    source: locateListed(pod, index),
    severity: severityOf(pod),
  };
}

function fixMissing(pod: PodCase, name: string, near: string | undefined): string {
  if (near !== undefined) return renameInList(pod, name, near);
  const image = pod.images.find((candidate) => isRefusedAs(candidate, 'anonymous'));
  if (image === undefined) return takeOff(pod, name);
  const fitting = fittingSecrets(image)[0];
  return fitting === undefined
    ? createPullSecret(pullSecretFor(image, name))
    : renameInList(pod, name, fitting.name);
}

function renamed(pod: PodCase, { name, index }: ListedSecret, hashedName: string): Detection {
  return {
    message: `the pod lists secret "${name}"; kustomize named it "${hashedName}" and did not rename the list.`,
    fix: 'in kustomization.yaml write\n  generatorOptions:\n    disableNameSuffixHash: true',
    source: locateListed(pod, index),
    severity: severityOf(pod),
  };
}

/** The list lives where it was written: on the pod or on the account. */
function renameInList(pod: PodCase, wrong: string, right: string): string {
  const names = [...new Set(pod.listed.map(({ name }) => (name === wrong ? right : name)))];
  const account = pod.facts.serviceAccount?.object.metadata.name;
  if (pod.facts.pullSecretsFrom !== 'serviceAccount' || account === undefined) return listSecrets(pod, names);
  return `${patchServiceAccount(account, pod.namespace, names)}\n${remakePods(pod)}`;
}

const hasNoList = (image: ImageCase): boolean =>
  isRefusedAs(image, 'anonymous') && image.pod.listed.length === 0;

function bringsNothing(image: ImageCase): Detection {
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
function fitsElsewhere({ pod, facts }: ImageCase): string {
  const fitting = pod.survey
    .secretsFor(facts.repository ?? '')
    .filter((reading) => isUsable(reading) && reading.namespace !== pod.namespace);
  if (fitting.length === 0) return '';
  return ` ${listed(fitting.map(pathOf), 3)} would fit, but in another namespace.`;
}

function fixNothing(image: ImageCase): string {
  const fitting = fittingSecrets(image)[0];
  return fitting === undefined ? createAndList(image) : listSecrets(image.pod, [fitting.name]);
}

function hiddenAccountList(image: ImageCase): readonly Detection[] {
  const { pod, facts } = image;
  const account = pod.facts.serviceAccount?.object;
  if (!isRefusedAs(image, 'anonymous') || pod.facts.pullSecretsFrom !== 'pod' || account === undefined)
    return nothing;
  const own = pod.listed.map(({ name }) => name);
  const hidden = namesOf(account).filter((name) => !own.includes(name));
  const fits = hidden.find((name) => wouldFit(pod, name, facts.repository));
  if (fits === undefined) return nothing;
  const list = own.length === 0 ? 'an empty list' : `a list of its own (${listed(own)})`;
  return [
    {
      message: `the pod has ${list}, so the list of service account "${account.metadata.name}" (${listed(namesOf(account))}) was not copied into it; ${pod.namespace}/${fits} has the key for ${image.host}.`,
      fix: listSecrets(pod, [...own, fits]),
      source: locateSpec(pod, ['imagePullSecrets']),
    },
  ];
}

const namesOf = (account: { readonly imagePullSecrets?: readonly { readonly name?: string }[] }): string[] =>
  (account.imagePullSecrets ?? []).flatMap(({ name }) => (name === undefined || name === '' ? [] : [name]));

function wouldFit(pod: PodCase, name: string, repository: string | null): boolean {
  const reading = pod.survey.secret(pod.namespace, name);
  return reading !== undefined && isUsable(reading) && entryFor(reading, repository ?? '') !== undefined;
}

function otherAccount(image: ImageCase): readonly Detection[] {
  const { pod, facts } = image;
  if (!hasNoList(image) || pod.facts.pullSecretsFrom !== 'nobody') return nothing;
  const own = pod.facts.pod.spec.serviceAccountName ?? 'default';
  for (const { object } of pod.survey.serviceAccountsIn(pod.namespace)) {
    const fits = namesOf(object).find((name) => wouldFit(pod, name, facts.repository));
    if (object.metadata.name === own || fits === undefined) continue;
    return [
      {
        message: `the pod runs as service account "${own}", which has no imagePullSecrets; "${fits}" is on the account "${object.metadata.name}".`,
        fix: `${patchServiceAccount(own, pod.namespace, [fits])}\n${remakePods(pod)}`,
        source: locateSpec(pod, ['serviceAccountName']),
      },
    ];
  }
  return nothing;
}

function mountedSecrets(image: ImageCase): readonly Detection[] {
  const { pod, facts } = image;
  const account = pod.facts.serviceAccount;
  if (!hasNoList(image) || account === undefined) return nothing;
  const mounted = (account.object.secrets ?? []).map(({ name }) => name ?? '');
  const fits = mounted.find((name) => wouldFit(pod, name, facts.repository));
  if (fits === undefined) return nothing;
  const name = account.object.metadata.name ?? 'default';
  return [
    {
      message: `service account "${name}" lists "${fits}" under secrets, which is for mounting; pulls use imagePullSecrets.`,
      fix: `${patchServiceAccount(name, pod.namespace, [fits])}\n${remakePods(pod)}`,
      source: account.locate(['secrets']),
    },
  ];
}

function emptyNames(pod: PodCase): readonly Detection[] {
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

/** Where people put the list by mistake, below the object and below the pod spec. */
function misplacedList(pod: PodCase): readonly Detection[] {
  if (pod.facts.pullSecretsFrom === 'pod' || !pod.images.some((image) => isRefusedAs(image, 'anonymous')))
    return nothing;
  const { written, specPath } = pod.facts;
  const path = [...wrongPlaces(specPath, pod)].find((candidate) =>
    isList(valueAt(written.object, candidate)),
  );
  if (path === undefined) return nothing;
  const names = (valueAt(written.object, path) as readonly { name?: string }[]).flatMap(
    ({ name }) => name ?? [],
  );
  return [
    {
      message: `imagePullSecrets stands under ${printPath(path.slice(0, -1))}, where the API server drops it; it belongs under ${specPath.join('.')}.`,
      fix: listSecrets(pod, names),
      source: written.locate(path),
    },
  ];
}

function* wrongPlaces(specPath: FieldPath, pod: PodCase): Generator<FieldPath> {
  const field = 'imagePullSecrets';
  for (let depth = specPath.length - 1; depth >= 0; depth--) {
    yield [...specPath.slice(0, depth), field];
    yield [...specPath.slice(0, depth), 'metadata', field];
  }
  for (const { facts } of pod.images) yield [...specPath, ...facts.path.slice(0, -1), field];
}

function valueAt(object: unknown, path: FieldPath): unknown {
  let value = object;
  for (const step of path) value = (value as Record<string | number, unknown> | null | undefined)?.[step];
  return value;
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value) && value.length > 0;

const printPath = (path: FieldPath): string =>
  path.length === 0
    ? 'the top of the object'
    : path
        .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
        .join('');
