/** What differs between kubelet minor versions where images are concerned (kubelet.md §0.2, §6, §7). */
export interface KubeletRelease {
  /** `1.36` */
  readonly minor: string;
  readonly featureGates: {
    /** KEP-2535: alpha 1.33, on by default since 1.35. */
    readonly KubeletEnsureSecretPulledImages: GateDefault;
    /** KEP-4639: on by default since 1.35, locked on in 1.36. */
    readonly ImageVolume: GateDefault;
    /** KEP-4412: alpha 1.33, on by default since 1.34. */
    readonly KubeletServiceAccountTokenForCredentialProviders: GateDefault;
  };
  /** What a `CredentialProviderConfig` may be, and how strictly it and the plugins' answers are read (kubelet.md §8). */
  readonly credentialProviders: {
    /** Unknown and duplicate fields are errors; configuration and answers share one decoder. */
    readonly strictDecoding: boolean;
    /** `--image-credential-provider-config` may name a directory. */
    readonly configDirectory: boolean;
    /** `tokenAttributes.cacheType` exists, and is required. */
    readonly tokenCacheType: boolean;
  };
  /**
   * When pull secrets are decoded, which decides how a malformed one shows (kubelet.md §6.4): inside the pull, as an
   * `ErrImagePull` with back-off; or in the image manager, where the raw text becomes the reason.
   */
  readonly keyringBuilt: 'inside-pull' | 'always' | 'unless-present-and-unverified' | 'lazily';
  /** After the secrets: the node's file and plugins, merged in one index up to 1.32 (kubelet.md §2.7). */
  readonly nodeAndProviders: 'merged' | 'separate';
  /** `Back-off pulling image "X": ErrImagePull: …` instead of `Back-off pulling image "X"` in the waiting message. */
  readonly backOffMessageHasCause: boolean;
  /** `Failed to inspect image "": …`: the name got lost in 1.32. */
  readonly inspectMessageNamesImage: boolean;
  readonly containerCreated: (container: string) => string;
  readonly containerStarted: (container: string) => string;
  /** `PodReadyToStartContainers` turns True before the pulls of the first sync, not at the next sync (kubelet.md §9.1). */
  readonly publishesSandboxAtOnce: boolean;
  readonly pullRecords: {
    readonly apiVersion: string;
    /** Names in records and allowlist comparisons: as the pod spells them since 1.36, completed before. */
    readonly names: 'as-spelled' | 'normalised';
  };
  /** client-go keeps one spam bucket per object, since 1.31 one per object and event type (kubelet.md §6.9). */
  readonly spamFilterPerType: boolean;
}

/** Off or on by default; `absent`: the version does not know it; `locked`: on, whatever the configuration says. */
export type GateDefault = boolean | 'absent' | 'locked';

const withColon = (container: string) => `Created container: ${container}`;
const startedContainer = (container: string) => `Started container ${container}`;

const v1_30: KubeletRelease = {
  minor: '1.30',
  featureGates: {
    KubeletEnsureSecretPulledImages: 'absent',
    ImageVolume: 'absent',
    KubeletServiceAccountTokenForCredentialProviders: 'absent',
  },
  credentialProviders: { strictDecoding: false, configDirectory: false, tokenCacheType: false },
  keyringBuilt: 'inside-pull',
  nodeAndProviders: 'merged',
  backOffMessageHasCause: false,
  inspectMessageNamesImage: true,
  containerCreated: (container) => `Created container ${container}`,
  containerStarted: startedContainer,
  publishesSandboxAtOnce: false,
  pullRecords: { apiVersion: 'kubelet.config.k8s.io/v1alpha1', names: 'normalised' },
  spamFilterPerType: false,
};

const v1_31: KubeletRelease = {
  ...v1_30,
  minor: '1.31',
  featureGates: { ...v1_30.featureGates, ImageVolume: false },
  spamFilterPerType: true,
};

const v1_32: KubeletRelease = {
  ...v1_31,
  minor: '1.32',
  credentialProviders: { ...v1_31.credentialProviders, strictDecoding: true },
  backOffMessageHasCause: true,
  inspectMessageNamesImage: false,
  containerCreated: withColon,
};

const v1_33: KubeletRelease = {
  ...v1_32,
  minor: '1.33',
  featureGates: {
    KubeletEnsureSecretPulledImages: false,
    ImageVolume: false,
    KubeletServiceAccountTokenForCredentialProviders: false,
  },
  keyringBuilt: 'always',
  nodeAndProviders: 'separate',
};

const v1_34: KubeletRelease = {
  ...v1_33,
  minor: '1.34',
  featureGates: { ...v1_33.featureGates, KubeletServiceAccountTokenForCredentialProviders: true },
  credentialProviders: { strictDecoding: true, configDirectory: true, tokenCacheType: true },
  keyringBuilt: 'unless-present-and-unverified',
};

const v1_35: KubeletRelease = {
  ...v1_34,
  minor: '1.35',
  featureGates: { ...v1_34.featureGates, KubeletEnsureSecretPulledImages: true, ImageVolume: true },
  keyringBuilt: 'lazily',
  containerCreated: () => 'Container created',
  containerStarted: () => 'Container started',
  pullRecords: { apiVersion: 'kubelet.config.k8s.io/v1beta1', names: 'normalised' },
};

const v1_36: KubeletRelease = {
  ...v1_35,
  minor: '1.36',
  featureGates: { ...v1_35.featureGates, ImageVolume: 'locked' },
  publishesSandboxAtOnce: true,
  pullRecords: { apiVersion: 'kubelet.config.k8s.io/v1beta1', names: 'as-spelled' },
};

/** Oldest first; the last one is what pullsim simulates by default. */
export const kubeletReleases = [v1_30, v1_31, v1_32, v1_33, v1_34, v1_35, v1_36] as const;

/**
 * The release that a version names: `1.34`, `v1.34.2`. Versions outside the table get the nearest one in it.
 *
 * @throws RangeError when the text is no Kubernetes version
 */
export function kubeletRelease(version: string): KubeletRelease {
  const match = /^v?1\.(\d+)(?:[.\-+].*)?$/.exec(version);
  if (match === null) throw new RangeError(`"${version}" is no Kubernetes version: write it like 1.36`);
  const oldest = 30;
  const index = Math.min(Math.max(Number(match[1]) - oldest, 0), kubeletReleases.length - 1);
  return kubeletReleases[index] ?? v1_36;
}
