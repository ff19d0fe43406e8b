import { isUsable, listSecrets, remakePods } from '../fixes.js';
import { entryFor } from '../key-serves.js';
import { patchServiceAccount } from '../kubectl-command.js';
import { listed } from '../phrases.js';
import { type ImageCase, isRefusedAs, locateSpec, type PodCase } from '../pod-case.js';
import { type Detection, nothing } from '../rule.js';
import { hasNoList } from './unlisted-secrets.js';

export function hiddenAccountList(image: ImageCase): readonly Detection[] {
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

export const namesOf = (account: {
  readonly imagePullSecrets?: readonly { readonly name?: string }[];
}): string[] =>
  (account.imagePullSecrets ?? []).flatMap(({ name }) => (name === undefined || name === '' ? [] : [name]));

/** Whether a secret of the pod's namespace is usable as it is and has a key for the repository. */
export function wouldFit(pod: PodCase, name: string, repository: string | null): boolean {
  const reading = pod.survey.secret(pod.namespace, name);
  return reading !== undefined && isUsable(reading) && entryFor(reading, repository ?? '') !== undefined;
}

export function otherAccount(image: ImageCase): readonly Detection[] {
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

export function mountedSecrets(image: ImageCase): readonly Detection[] {
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
