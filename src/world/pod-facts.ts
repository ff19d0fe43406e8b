import type { LoadedPod } from '../cluster/load-pod.js';
import type { PullSecretsOfPod } from '../cluster/pull-secrets.js';
import type { ConsideredEntry } from '../credentials/credential.js';
import { type Keyring, KeyringError } from '../credentials/keyring.js';
import type { ClusterFacts, ImageFacts, PodFacts, RegistryFacts } from '../diagnosis/facts.js';
import { CredentialsUnknown } from '../kubelet/image-request.js';
import type { Kubelet } from '../kubelet/kubelet.js';
import type { ImageOutcome, PodOutcome } from '../kubelet/pod-outcome.js';
import type { NodeParts } from './node-parts.js';

export type AdmittedPod = Extract<LoadedPod, { readonly admitted: true }>;

export interface PodFactsParts {
  readonly loaded: AdmittedPod;
  readonly secrets: PullSecretsOfPod;
  readonly outcome: PodOutcome;
  /** For what came before; without it only the last state counts. */
  readonly kubelet?: Pick<Kubelet, 'eventsOf'>;
  readonly node: NodeParts;
  readonly cluster: ClusterFacts;
  readonly registries: RegistryFacts;
}

/** Everything recorded about one pod on one node, for diagnosis. */
export function podFacts(parts: PodFactsParts): PodFacts {
  const { loaded, secrets, outcome, node, cluster, registries } = parts;
  const { pod, written, specPath, pullSecretsFrom, serviceAccount } = loaded;
  const read = readKeyring(node, secrets);
  return {
    pod,
    written,
    specPath,
    pullSecretsFrom,
    ...(serviceAccount && { serviceAccount }),
    missingSecrets: secrets.missing,
    ignoredSecrets: read.keyring?.ignored ?? [],
    ...(read.error && { keyringError: read.error }),
    images: outcome.images.map((image) => imageFacts(image, read.keyring)),
    ...(parts.kubelet && { past: pastOf(loaded, parts.kubelet) }),
    node: node.facts,
    cluster,
    registries,
  };
}

/** What its events tell of earlier syncs. */
function pastOf(loaded: AdmittedPod, kubelet: Pick<Kubelet, 'eventsOf'>): NonNullable<PodFacts['past']> {
  const events = kubelet.eventsOf(loaded.pod);
  const failed = events.filter(({ type, reason }) => type === 'Warning' && reason === 'Failed');
  return {
    secretsWereMissing: events.some(({ reason }) => reason === 'FailedToRetrieveImagePullSecret'),
    failedFirst: failed.flatMap(({ fieldPath }) => /\{(.+)\}$/.exec(fieldPath ?? '')?.[1] ?? []),
  };
}

interface ReadKeyring {
  readonly keyring?: Keyring;
  readonly error?: { readonly secret: string; readonly message: string };
}

function readKeyring(node: NodeParts, secrets: PullSecretsOfPod): ReadKeyring {
  try {
    return { keyring: node.keyrings.keyring(secrets) };
  } catch (error) {
    if (error instanceof CredentialsUnknown) return {};
    if (!(error instanceof KeyringError)) throw error;
    return { error: { secret: error.secret.name, message: error.message } };
  }
}

function imageFacts(image: ImageOutcome, keyring: Keyring | undefined): ImageFacts {
  const {
    container,
    kind,
    path,
    repository,
    tag,
    digest,
    nameError,
    pullPolicy,
    verdict,
    reason,
    blockedBy,
  } = image;
  return {
    container,
    kind,
    path,
    image: image.image,
    repository,
    tag,
    digest,
    ...(nameError !== undefined && { nameError }),
    pullPolicy,
    verdict,
    reason,
    considered: repository === null || keyring === undefined ? [] : consider(keyring, repository),
    attempts: image.attempts.map(({ credential, result }) => ({
      credential,
      failure: result.outcome === 'failed' ? result.failure : null,
    })),
    ...(blockedBy !== undefined && { blockedBy }),
  };
}

/** Many pods share a list of secrets and an image; what became of the entries is the same for all. */
const considered = new WeakMap<Keyring, Map<string, readonly ConsideredEntry[]>>();

function consider(keyring: Keyring, repository: string): readonly ConsideredEntry[] {
  const known = considered.get(keyring) ?? new Map<string, readonly ConsideredEntry[]>();
  considered.set(keyring, known);
  const entries = known.get(repository) ?? keyring.consider(repository);
  known.set(repository, entries);
  return entries;
}
