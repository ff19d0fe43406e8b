import { likelyUser } from './declared-registries.js';
import { dockerHub, serverFor } from './docker-hub.js';
import {
  createPullSecret,
  editPullSecret,
  inNamespace,
  type PullSecretWish,
  recreatePullSecret,
  replacePullSecret,
  shellWord,
} from './kubectl-command.js';
import type { ImageCase, PodCase } from './pod-case.js';
import { configType, legacyType, type SecretReading } from './secret-reading.js';

/** The YAML that gives a pod this list of pull secrets. The list of a pod that exists cannot be changed. */
export function listSecrets(pod: PodCase, names: readonly string[]): string {
  const { kind, name } = pod.owner;
  const anew = kind === 'Pod' ? `\n${remakePods(pod)}` : '';
  const list = names.map((secret) => `    - name: ${secret}`).join('\n');
  return `under ${pod.facts.specPath.join('.')} of ${kind}/${name} write\n  imagePullSecrets:\n${list}${anew}`;
}

/** Makes a secret for an image and lists it. */
export function createAndList(image: ImageCase, listed: readonly string[] = []): string {
  const name = freeSecretName(image);
  return `${createPullSecret(pullSecretFor(image, name))}\n${listSecrets(image.pod, [...listed, name])}`;
}

/** What a pull secret for this image needs; the user name that the world knows to be right, if there is one. */
export const pullSecretFor = (image: ImageCase, name: string, username?: string): PullSecretWish => ({
  name,
  namespace: image.pod.namespace,
  server: serverFor(image.host),
  username: username ?? likelyUser(image.registry, image.facts.repository ?? ''),
});

/**
 * Repairs one entry of a secret: written anew when it is the only one, else edited, because the others would be lost.
 *
 * @param edit what to change in the config.json, for the second case
 */
export function repairEntry(
  image: ImageCase,
  reading: SecretReading,
  username: string,
  edit: string,
): string {
  if (reading.entries.length > 1) return editPullSecret(reading, edit);
  const known = username === '' ? undefined : username;
  return rewriteSecret(reading, pullSecretFor(image, reading.name, known));
}

/** Writes a secret with one entry anew: in place where it has the type that kubectl writes, else after deleting it. */
export const rewriteSecret = ({ type }: SecretReading, wish: PullSecretWish): string =>
  type === configType ? replacePullSecret(wish) : recreatePullSecret(wish);

/** `regcred`, as every lesson calls it, unless the namespace has one already. */
export function freeSecretName({ host, pod }: ImageCase): string {
  const taken = new Set(pod.survey.secretsIn(pod.namespace).map(({ name }) => name));
  const label = host === dockerHub ? 'docker-hub' : host.replace(/[^a-z0-9]+/gi, '-').toLowerCase();
  const candidates = ['regcred', `${label}-cred`, `${label}-regcred`];
  return candidates.find((name) => !taken.has(name)) ?? `${label}-pull-secret`;
}

/** Lists do not reach pods that exist: what makes new ones. */
export function remakePods({ owner, namespace, name }: PodCase): string {
  const rollable = ['Deployment', 'StatefulSet', 'DaemonSet'].includes(owner.kind);
  if (rollable)
    return `kubectl rollout restart ${owner.kind.toLowerCase()} ${shellWord(owner.name)}${inNamespace(namespace)}`;
  if (owner.kind === 'Pod')
    return `kubectl delete pod ${shellWord(name)}${inNamespace(namespace)}   # then apply it again`;
  return `delete the pods of ${owner.kind}/${owner.name}: new ones get the new list`;
}

/** `shop/regcred` */
export const pathOf = ({ namespace, name }: SecretReading): string => `${namespace}/${name}`;

/** A secret of the pod's namespace that the kubelet could use for this image as it is. */
export const fittingSecrets = (image: ImageCase): SecretReading[] =>
  image.pod.survey
    .secretsFor(image.facts.repository ?? '')
    .filter((reading) => reading.namespace === image.pod.namespace && isUsable(reading));

/** Whether the kubelet can read it: right type, right key, nothing in it that breaks the keyring. */
export const isUsable = ({ type, dataKey, problem, entries }: SecretReading): boolean =>
  problem === undefined &&
  entries.every(({ auth }) => auth === 'good' || auth === 'absent') &&
  ((type === configType && dataKey === '.dockerconfigjson') ||
    (type === legacyType && dataKey === '.dockercfg'));
