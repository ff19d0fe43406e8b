import type { RecordedAccess, RecordedSecret, RecordedServiceAccount } from './pull-records.js';

export type CredentialMapping = Readonly<Record<string, RecordedAccess>>;

/**
 * Adds what a pull proved to what is known about an image name (kubelet.md §7.3). Node-wide access is sticky and
 * replaces all lists; a secret is known by its coordinates, and its newer hash wins.
 *
 * @param name without tag and digest
 * @returns the same object when nothing changed
 */
export function mergeAccess(
  mapping: CredentialMapping,
  name: string,
  proved: RecordedAccess | undefined,
): CredentialMapping {
  if (proved === undefined || isEmpty(proved)) return mapping;
  const known = Object.hasOwn(mapping, name) ? mapping[name] : undefined;
  const merged = known === undefined ? proved : mergeKnown(known, proved);
  return merged === known ? mapping : { ...mapping, [name]: merged };
}

const isEmpty = ({ kubernetesSecrets, kubernetesServiceAccounts, nodePodsAccessible }: RecordedAccess) =>
  nodePodsAccessible !== true && !kubernetesSecrets?.length && !kubernetesServiceAccounts?.length;

function mergeKnown(known: RecordedAccess, proved: RecordedAccess): RecordedAccess {
  if (known.nodePodsAccessible === true) return known;
  if (proved.nodePodsAccessible === true) return { nodePodsAccessible: true };
  const secrets = mergeByCoordinates(known.kubernetesSecrets ?? [], proved.kubernetesSecrets ?? []);
  const accounts = mergeByCoordinates(
    known.kubernetesServiceAccounts ?? [],
    proved.kubernetesServiceAccounts ?? [],
  );
  if (secrets === known.kubernetesSecrets && accounts === known.kubernetesServiceAccounts) return known;
  const unchanged =
    sameJson(secrets, known.kubernetesSecrets) && sameJson(accounts, known.kubernetesServiceAccounts);
  return unchanged ? known : withoutEmpty(secrets, accounts);
}

/** Sorted by namespace, name and uid, as the kubelet stores merged lists; a list nobody added to stays as it is. */
function mergeByCoordinates<T extends RecordedServiceAccount>(
  known: readonly T[],
  added: readonly T[],
): readonly T[] {
  if (added.length === 0) return known;
  const merged = new Map([...known, ...added].map((entry) => [coordinates(entry), entry]));
  return [...merged.values()].sort(byCoordinates);
}

const coordinates = ({ namespace, name, uid }: RecordedServiceAccount) =>
  JSON.stringify([namespace, name, uid]);

const byCoordinates = (a: RecordedServiceAccount, b: RecordedServiceAccount) =>
  compare(a.namespace, b.namespace) || compare(a.name, b.name) || compare(a.uid, b.uid);

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const sameJson = (a: readonly unknown[], b: readonly unknown[] | undefined) =>
  JSON.stringify(a) === JSON.stringify(b ?? []);

const withoutEmpty = (
  secrets: readonly RecordedSecret[],
  accounts: readonly RecordedServiceAccount[],
): RecordedAccess => ({
  ...(secrets.length > 0 && { kubernetesSecrets: secrets }),
  ...(accounts.length > 0 && { kubernetesServiceAccounts: accounts }),
});
