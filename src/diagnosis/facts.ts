import type { DeclaredSecret } from '../cluster/declared-secrets.js';
import type { Pod, Secret, ServiceAccount } from '../cluster/objects.js';
import type { FieldPath, Sourced } from '../cluster/source.js';
import type { ConsideredEntry, Credential, IgnoredSecret } from '../credentials/credential.js';
import type { PullFailure } from '../wire/pull-failure.js';

/**
 * Everything recorded about one pod on one node, as values: what rules read. Nothing here is a message to be parsed,
 * and a rule asks nobody anything.
 */
export interface PodFacts {
  /** After defaulting and admission. */
  readonly pod: Pod;
  /** The object as written (the workload's, when a workload made the pod) with its lines. */
  readonly written: Sourced<unknown>;
  /** Where the pod spec sits in `written`: `['spec']`, `['spec','template','spec']`. */
  readonly specPath: FieldPath;
  /** Whose list the pod's `imagePullSecrets` are. */
  readonly pullSecretsFrom: 'pod' | 'serviceAccount' | 'nobody';
  readonly serviceAccount?: Sourced<ServiceAccount>;
  /** Names on the list for which the namespace has no secret. */
  readonly missingSecrets: readonly string[];
  readonly ignoredSecrets: readonly IgnoredSecret[];
  /**
   * Set when a secret of the list could not be decoded: the whole keyring is gone (kubelet.md §2.1). `secret` is the
   * name alone: it is in the pod's namespace.
   */
  readonly keyringError?: { readonly secret: string; readonly message: string };
  readonly images: readonly ImageFacts[];
  /** What the pod went through before; absent where only its last state is known. */
  readonly past?: {
    /** A listed secret was not there at some sync. */
    readonly secretsWereMissing: boolean;
    /** Containers whose pull failed at least once. */
    readonly failedFirst: readonly string[];
  };
  readonly node: NodeFacts;
  readonly cluster: ClusterFacts;
  readonly registries: RegistryFacts;
}

export interface ImageFacts {
  readonly container: string;
  readonly kind: 'container' | 'initContainer' | 'ephemeralContainer' | 'imageVolume';
  /** Path of the image field below the pod spec: `['containers', 0, 'image']`. */
  readonly path: FieldPath;
  readonly image: string;
  /** `null`: the name does not parse; `nameError` has the library's text. */
  readonly repository: string | null;
  readonly tag: string;
  readonly digest: string;
  readonly nameError?: string;
  readonly pullPolicy: string;
  readonly verdict: 'pulled' | 'present' | 'failed' | 'unknown' | 'blocked';
  readonly reason: string | null;
  readonly considered: readonly ConsideredEntry[];
  /** One per credential offered in the last pull; empty when nothing was pulled. */
  readonly attempts: readonly AttemptFacts[];
  /** For `blocked`: the container whose image failed first. */
  readonly blockedBy?: string;
}

export interface AttemptFacts {
  /** `null`: anonymous. */
  readonly credential: Credential | null;
  /** `null`: it worked. */
  readonly failure: PullFailure | null;
}

export interface NodeFacts {
  readonly name: string;
  readonly platform: string;
  readonly kubernetesVersion: string;
  /** Images that the node holds before the pod comes. */
  readonly images: readonly string[];
  /** `containerd-2.3`, `cri-o`: for rules that differ by runtime. */
  readonly runtime?: string;
  /** Registry host of image names to the hosts of its mirrors (hosts.toml, registries.conf). */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
  /** Credential provider plugins of the kubelet. */
  readonly providers?: readonly ProviderFacts[];
}

/** A credential provider as the kubelet is configured with it. */
export interface ProviderFacts {
  readonly name: string;
  readonly matchImages: readonly string[];
  /** Annotations without which a service account is not for this provider. */
  readonly requiredAnnotations: readonly string[];
}

/** One value for the whole run: rules remember what they read from it by its identity. */
export interface ClusterFacts {
  readonly secrets: readonly Sourced<Secret>[];
  readonly serviceAccounts: readonly Sourced<ServiceAccount>[];
  /** Secrets in the input that the API server refuses: for pods they do not exist. */
  readonly refusedSecrets?: readonly RefusedSecret[];
  /** Secrets that the input promises without their content. */
  readonly declaredSecrets?: readonly DeclaredSecret[];
  /** Service accounts of the input that a later one of the same name took the place of. */
  readonly replacedServiceAccounts?: readonly Sourced<ServiceAccount>[];
  /** The pull secrets of every pod of the run, after admission. */
  readonly pullSecretLists?: readonly PullSecretList[];
  /** Whether the AlwaysPullImages admission plugin is on. */
  readonly alwaysPullImages?: boolean;
}

/** The list of one pod: whose pod it is, and the names on the list. */
export interface PullSecretList {
  /** As written: `Deployment/web`. */
  readonly owner: string;
  readonly namespace: string;
  readonly names: readonly string[];
}

export interface RefusedSecret {
  readonly secret: Sourced<Secret>;
  /** The API server's whole text. */
  readonly message: string;
}

/** What the world file says of its registries: names only, no passwords. One value for the whole run. */
export interface RegistryFacts {
  readonly registries: readonly {
    readonly host: string;
    readonly auth: 'token' | 'basic' | 'none';
    readonly users: readonly string[];
    readonly repositories: readonly {
      readonly name: string;
      readonly visibility: 'public' | 'private';
      readonly tags: Readonly<Record<string, { readonly platforms: readonly string[] }>>;
      /** Digests that exist although nobody gave their content. */
      readonly digests?: readonly string[];
      /** Users that may pull; absent for public repositories. */
      readonly pullers?: readonly string[];
      /** Users that may push. */
      readonly pushers?: readonly string[];
    }[];
  }[];
}
