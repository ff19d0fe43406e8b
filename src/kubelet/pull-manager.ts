import type { Credential } from '../credentials/credential.js';
import { parseImageName, trimImageTagDigest } from '../image/reference.js';
import type { KubeletRelease } from '../versions/kubelet.js';
import { matchAccess, type PodPullCredentials } from './access-match.js';
import { mergeAccess } from './pull-record-merge.js';
import type { ImagePulledRecord, PullRecordStore, RecordedAccess, RecordedSecret } from './pull-records.js';
import type { VerificationPolicy } from './verification-policy.js';

/** KubeletEnsureSecretPulledImages (KEP-2535): who may use an image that is on the node already (kubelet.md §7). */
export interface PullManager {
  /** Called before each pull, also one that ends in back-off. Throws when the intent cannot be written. */
  recordPullIntent(image: string): void;
  /** A pull worked: remembers who may use the image, and ends the intent. */
  recordImagePulled(image: string, imageRef: string, access: RecordedAccess): void;
  /** A pull did not work: ends the intent. */
  recordImagePullFailed(image: string): void;
  /**
   * Whether a present image must be pulled all the same, so that the registry decides.
   *
   * @param credentials called only when the answer depends on them; what it throws is thrown on
   */
  mustAttemptImagePull(
    image: string,
    imageRef: string,
    credentials: () => Promise<PodPullCredentials>,
  ): Promise<boolean>;
}

export interface PullManagerOptions {
  readonly store: PullRecordStore;
  readonly policy: VerificationPolicy;
  readonly names: KubeletRelease['pullRecords']['names'];
  readonly now: () => Date;
}

export function createPullManager(options: PullManagerOptions): PullManager {
  const { store } = options;
  const inFlight = new Map<string, number>();

  const endIntent = (image: string) => {
    const left = (inFlight.get(image) ?? 1) - 1;
    if (left > 0) return void inFlight.set(image, left);
    inFlight.delete(image);
    store.deleteIntent(image);
  };

  return {
    recordPullIntent(image) {
      try {
        store.writeIntent(image);
      } catch (error) {
        throw new Error(
          `failed to record image pull intent: ${error instanceof Error ? error.message : error}`,
        );
      }
      inFlight.set(image, (inFlight.get(image) ?? 0) + 1);
    },
    recordImagePulled(image, imageRef, access) {
      // Without its record the pull stays an intent, so that the image still counts as pulled by the kubelet.
      if (tryRecordAccess(options, image, imageRef, access)) endIntent(image);
    },
    recordImagePullFailed: endIntent,
    async mustAttemptImagePull(image, imageRef, credentials) {
      if (imageRef === '') return true;
      const known = readRecord(store, imageRef);
      if (known === 'unreadable') return true;
      const kubeletPulled = known !== undefined || store.hasIntent(image);
      if (!options.policy.requiresVerification(image, kubeletPulled)) return false;
      const access = known?.credentialMapping?.[recordName(image, options.names)];
      if (access?.nodePodsAccessible === true) return false;
      if (!access?.kubernetesSecrets?.length && !access?.kubernetesServiceAccounts?.length) return true;
      const shown = await credentials();
      const match = matchAccess(access, shown);
      if (match?.learn !== undefined) {
        tryRecordAccess(options, image, imageRef, { kubernetesSecrets: [match.learn] });
      }
      return match === undefined;
    },
  };
}

/** What a pull with this credential proves about access (kubelet.md §7.3). `null`: it was anonymous. */
export function accessProvedBy(credential: Credential | null): RecordedAccess {
  const source = credential?.source;
  if (credential !== null && source?.kind === 'secret') {
    return { kubernetesSecrets: [recordedSecret(credential, source)] };
  }
  if (source?.kind === 'provider' && source.serviceAccount !== undefined) {
    const { uid, namespace, name } = source.serviceAccount;
    return { kubernetesServiceAccounts: [{ uid, namespace, name }] };
  }
  return { nodePodsAccessible: true };
}

/** What a pod's credentials can show to {@link PullManager.mustAttemptImagePull}. */
export function podPullCredentials(credentials: readonly Credential[]): PodPullCredentials {
  const secrets = credentials.flatMap((credential) =>
    credential.source.kind === 'secret' ? [recordedSecret(credential, credential.source)] : [],
  );
  for (const { source } of credentials) {
    if (source.kind === 'provider' && source.serviceAccount !== undefined) {
      const { uid, namespace, name } = source.serviceAccount;
      return { secrets, serviceAccount: { uid, namespace, name } };
    }
  }
  return { secrets, serviceAccount: null };
}

/**
 * At the kubelet's start: intents that a crash left over (kubelet.md §7.5). Where the image has come to the node, a
 * record without credentials makes everybody verify; names are compared as text, so that `nginx` never matches.
 *
 * @param images what the runtime holds, with its RepoTags and RepoDigests
 */
export function recoverPullIntents(options: PullManagerOptions, images: readonly RuntimeImage[]): void {
  const ids = new Map(images.flatMap(({ id, names }) => names.map((name) => [name, id] as const)));
  for (const image of options.store.intents()) {
    const id = ids.get(image);
    if (id !== undefined && tryRecordAccess(options, image, id, {})) options.store.deleteIntent(image);
  }
}

/** An image of the runtime's list. */
export interface RuntimeImage {
  readonly id: string;
  /** RepoTags and RepoDigests, as the runtime spells them. */
  readonly names: readonly string[];
}

/**
 * After image garbage collection: drops the records of images that are gone and were last updated before it began
 * (kubelet.md §7.5).
 */
export function pruneUnknownRecords(
  store: PullRecordStore,
  imageIds: readonly string[],
  collectionStarted: Date,
): void {
  const present = new Set(imageIds);
  for (const { imageRef, lastUpdatedTime } of store.records()) {
    const isOlder = Date.parse(lastUpdatedTime) < collectionStarted.getTime();
    if (!present.has(imageRef) && isOlder) store.deleteRecord(imageRef);
  }
}

function readRecord(store: PullRecordStore, imageRef: string): ImagePulledRecord | undefined | 'unreadable' {
  try {
    return store.record(imageRef);
  } catch {
    return 'unreadable';
  }
}

const recordName = (image: string, names: PullManagerOptions['names']) =>
  names === 'as-spelled' ? trimImageTagDigest(image) : parseImageName(image).repository;

const recordedSecret = (
  { hash }: Credential,
  { uid, namespace, name }: { uid: string; namespace: string; name: string },
): RecordedSecret => ({ uid, namespace, name, credentialHash: hash });

/** @returns false when the record could not be written; the kubelet only logs that */
function tryRecordAccess(
  options: PullManagerOptions,
  image: string,
  imageRef: string,
  access: RecordedAccess,
): boolean {
  try {
    recordAccess(options, image, imageRef, access);
    return true;
  } catch {
    return false;
  }
}

/** A record that says nothing new is not written; a new one is, even without credentials. */
function recordAccess(
  { store, names, now }: PullManagerOptions,
  image: string,
  imageRef: string,
  access: RecordedAccess,
): void {
  const read = readRecord(store, imageRef);
  const known = read === 'unreadable' ? undefined : read;
  const before = known?.credentialMapping ?? {};
  const after = mergeAccess(before, recordName(image, names), access);
  if (known !== undefined && after === before) return;
  store.writeRecord({
    lastUpdatedTime: `${now().toISOString().slice(0, 19)}Z`,
    imageRef,
    ...(Object.keys(after).length > 0 && { credentialMapping: after }),
  });
}
