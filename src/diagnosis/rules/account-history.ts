import type { ServiceAccount } from '../../cluster/objects.js';
import type { Sourced } from '../../cluster/source.js';
import { remakePods } from '../fixes.js';
import { patchServiceAccount } from '../kubectl-command.js';
import { listed } from '../phrases.js';
import { type ImageCase, isRefusedAs, type PodCase } from '../pod-case.js';
import { type Detection, nothing } from '../rule.js';
import { namesOf, wouldFit } from './account-lists.js';

/** The account's list has the secret now, and the pod was made before. */
export function accountChangedLater(image: ImageCase): readonly Detection[] {
  const { pod, facts } = image;
  if (!isRefusedAs(image, 'anonymous') || pod.facts.pullSecretsFrom === 'pod') return nothing;
  const account = accountNow(pod);
  if (account === undefined) return nothing;
  const own = pod.listed.map(({ name }) => name);
  const fits = namesOf(account.object).find(
    (name) => !own.includes(name) && wouldFit(pod, name, facts.repository),
  );
  if (fits === undefined) return nothing;
  return [
    {
      message: `service account "${account.object.metadata.name}" lists "${fits}" now; the pod was made before, and the list is copied only when a pod is made.`,
      fix: remakePods(pod),
      source: account.locate(['imagePullSecrets']),
    },
  ];
}

/** The pod's account as it is now, which need not be as the pod found it. */
const accountNow = ({ facts, survey, namespace }: PodCase): Sourced<ServiceAccount> | undefined =>
  survey
    .serviceAccountsIn(namespace)
    .find(({ object }) => object.metadata.name === (facts.pod.spec.serviceAccountName ?? 'default'));

/** An earlier version of the account listed the secret, a later one of the same name does not. */
export function accountListReplaced(image: ImageCase): readonly Detection[] {
  const { pod, facts } = image;
  const account = pod.facts.serviceAccount;
  const { replacedServiceAccounts = [] } = pod.facts.cluster;
  if (!isRefusedAs(image, 'anonymous') || account === undefined) return nothing;
  const { name = 'default', namespace } = account.object.metadata;
  const now = namesOf(account.object);
  const before = replacedServiceAccounts
    .filter(({ object }) => object.metadata.name === name && object.metadata.namespace === namespace)
    .flatMap(({ object }) => namesOf(object));
  const lost = before.find((one) => !now.includes(one) && wouldFit(pod, one, facts.repository));
  if (lost === undefined) return nothing;
  const left = now.length === 0 ? 'no list' : `only ${listed(now)}`;
  return [
    {
      message: `service account "${name}" listed "${lost}" before; the one that took its place has ${left}: lists are replaced, never joined.`,
      fix: `${patchServiceAccount(name, pod.namespace, [...now, lost])}\n${remakePods(pod)}`,
      source: account.locate(['imagePullSecrets']),
    },
  ];
}
