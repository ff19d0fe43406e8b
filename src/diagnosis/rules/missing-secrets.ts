import { nearestNames } from '../../cluster/nearest-names.js';
import { fittingSecrets, listSecrets, pullSecretFor, remakePods } from '../fixes.js';
import { entryFor } from '../key-serves.js';
import { createPullSecret, patchServiceAccount } from '../kubectl-command.js';
import { didYouMean, quoted } from '../phrases.js';
import { type ImageCase, isRefusedAs, type ListedSecret, locateListed, type PodCase } from '../pod-case.js';
import type { Detection } from '../rule.js';
import type { SecretReading } from '../secret-reading.js';
import type { Trouble } from '../trouble.js';

/** Names of the list that lead nowhere; secrets that the API server refused have rules of their own. */
export const missing = (pod: PodCase): ListedSecret[] =>
  pod.listed.filter(
    ({ name, reading }) =>
      reading === undefined &&
      pod.facts.missingSecrets.includes(name) &&
      pod.survey.refused(pod.namespace, name) === undefined,
  );

/** Whether the author of a secret left its namespace to whoever applies it. */
export const namesNoNamespace = ({ secret }: SecretReading): boolean => {
  const { metadata } = (secret.written ?? {}) as { readonly metadata?: { readonly namespace?: unknown } };
  return secret.written !== undefined && !metadata?.namespace;
};

export function withoutNamespace(pod: PodCase, { name }: ListedSecret, namesake: SecretReading): Detection {
  return {
    message: `secret "${name}" says no namespace, so it went to "${namesake.namespace}"; the pod runs in "${pod.namespace}" and looks there.${everySync(pod)}`,
    fix: `in the secret's metadata write\n  namespace: ${pod.namespace}\nor make it with: kubectl create secret docker-registry ${name} -n ${pod.namespace} … --dry-run=client -o yaml`,
    source: namesake.secret.source,
    severity: severityOf(pod),
  };
}

export const elsewhere = (pod: PodCase, { name }: ListedSecret): readonly SecretReading[] =>
  pod.survey.secretsNamed(name).filter(({ namespace }) => namespace !== pod.namespace);

/** `regcred-5h2k9m4tfg`: the name and ten characters of kustomize's hash. */
export const hashed = (pod: PodCase, { name }: ListedSecret): string[] =>
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

function everySync(pod: PodCase): string {
  if (severityOf(pod) === 'error') return '';
  return pod.images.every(isSettled)
    ? ' The image did not need it, but each sync leaves a warning event.'
    : ' Each sync leaves a warning event.';
}

/** Whether a registry answered, and not for want of a credential: then it is known that none was needed. */
const isSettled = ({ facts, trouble }: ImageCase): boolean =>
  facts.verdict === 'pulled' || facts.verdict === 'present' || neededNone.has(trouble.kind);

const neededNone: ReadonlySet<Trouble['kind']> = new Set(['absent', 'platform', 'content', 'unsupported']);

export function inAnotherNamespace(
  pod: PodCase,
  { name, index }: ListedSecret,
  namesakes: readonly SecretReading[],
): Detection {
  const refused = pod.images.filter((image) => isRefusedAs(image, 'anonymous'));
  const where = quoted(
    namesakes.map(({ namespace }) => namespace),
    3,
  );
  const namespaces = namesakes.length === 1 ? 'namespace' : 'namespaces';
  return {
    message: `secret "${name}" is in ${namespaces} ${where}, but the pod runs in "${pod.namespace}": secrets are looked up in the pod's own namespace.${everySync(pod)}`,
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
  pod.images.every(isSettled)
    ? `take "${name}" off the list, or create it in namespace "${pod.namespace}"`
    : `create "${name}" in namespace "${pod.namespace}", or take it off the list if no image needs it`;

export function notThere(pod: PodCase, { name, index }: ListedSecret): Detection {
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

export function renamed(pod: PodCase, { name, index }: ListedSecret, hashedName: string): Detection {
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
