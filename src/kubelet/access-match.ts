import type { RecordedAccess, RecordedSecret, RecordedServiceAccount } from './pull-records.js';

/** What a pod can show: its credentials for the image's repository, in keyring order. */
export interface PodPullCredentials {
  readonly secrets: readonly RecordedSecret[];
  /** Of the first credential that came from a plugin in service-account-token mode. */
  readonly serviceAccount: RecordedServiceAccount | null;
}

/** More recorded secrets than this are not extended by mere verification. */
const maxRecordedSecrets = 100;

/** A pod may use the image. */
export interface AccessMatch {
  /** A secret that verification alone proved, to be stored for the next pod. */
  readonly learn?: RecordedSecret;
}

/**
 * Pod credentials in keyring order against recorded ones in stored order (kubelet.md §7.4).
 *
 * @returns undefined when nothing matches and the registry must decide
 */
export function matchAccess(access: RecordedAccess, shown: PodPullCredentials): AccessMatch | undefined {
  const recorded = access.kubernetesSecrets ?? [];
  const mayLearn = recorded.length < maxRecordedSecrets;
  for (const secret of shown.secrets) {
    for (const known of recorded) {
      const match = matchSecret(secret, known, mayLearn);
      if (match !== undefined) return match;
    }
  }
  const accounts = access.kubernetesServiceAccounts ?? [];
  return accounts.some((account) => sameCoordinates(account, shown.serviceAccount)) ? {} : undefined;
}

/**
 * The same credential in another secret is accepted without asking the registry; so is the same secret with another
 * credential, even a wrong one: an edit in place keeps the access.
 */
function matchSecret(
  shown: RecordedSecret,
  known: RecordedSecret,
  mayLearn: boolean,
): AccessMatch | undefined {
  const sameHash = known.credentialHash !== '' && known.credentialHash === shown.credentialHash;
  const sameSecret = sameCoordinates(known, shown);
  if (sameHash) return sameSecret || !mayLearn ? {} : { learn: shown };
  return sameSecret && mayLearn ? { learn: shown } : undefined;
}

const sameCoordinates = (a: RecordedServiceAccount, b: RecordedServiceAccount | null) =>
  b !== null && a.uid === b.uid && a.namespace === b.namespace && a.name === b.name;
