import type { KubeletRelease } from '../versions/kubelet.js';
import { type AllowlistPattern, parseAllowlistPattern } from './verification-allowlist.js';
import {
  defaultVerificationPolicy,
  type VerificationPolicyName,
  verificationPolicies,
} from './verification-policy.js';

/** The fields of a `KubeletConfiguration` document that have to do with images, as a user writes them. */
export interface KubeletConfigurationDocument {
  readonly registryPullQPS?: number;
  readonly registryBurst?: number;
  readonly serializeImagePulls?: boolean;
  readonly maxParallelImagePulls?: number;
  readonly imagePullCredentialsVerificationPolicy?: string;
  readonly preloadedImagesVerificationAllowlist?: readonly string[];
  readonly featureGates?: Readonly<Record<string, boolean>>;
}

/** The same, checked and with the kubelet's defaults. */
export interface KubeletConfiguration {
  readonly registryPullQPS: number;
  readonly registryBurst: number;
  /** How many pulls at a time: 1 when serialised, `Infinity` when nothing limits them. */
  readonly parallelPulls: number;
  readonly ensureSecretPulledImages: boolean;
  readonly imageVolumes: boolean;
  readonly verificationPolicy: VerificationPolicyName;
  readonly allowlist: readonly AllowlistPattern[];
}

/** The kubelet would not start with this configuration. The message is its text. */
export class KubeletConfigurationError extends Error {
  override readonly name = 'KubeletConfigurationError';
  readonly field: keyof KubeletConfigurationDocument;
  constructor(problem: string, field: keyof KubeletConfigurationDocument) {
    super(`invalid configuration: ${problem}`);
    this.field = field;
  }
}

/**
 * Checks a kubelet configuration and fills in the defaults (kubelet.md §6.7, §7.1).
 *
 * @throws KubeletConfigurationError with the kubelet's text
 */
export function kubeletConfiguration(
  document: KubeletConfigurationDocument,
  release: KubeletRelease,
): KubeletConfiguration {
  const gate = isOn('KubeletEnsureSecretPulledImages', document, release);
  checkLimits(document);
  checkVerification(document, gate);
  return {
    registryPullQPS: document.registryPullQPS ?? 5,
    // The field is no pointer in the kubelet: 0 cannot be told from unset.
    registryBurst: document.registryBurst || 10,
    parallelPulls: parallelPulls(document),
    ensureSecretPulledImages: gate,
    imageVolumes: isOn('ImageVolume', document, release),
    verificationPolicy: verificationPolicy(document),
    allowlist: (document.preloadedImagesVerificationAllowlist ?? []).map((pattern) =>
      allowlistPattern(pattern, release),
    ),
  };
}

/** Whether a feature gate is on. One that the version does not have, or has locked, is not switched. */
export function isOn(
  gate: keyof KubeletRelease['featureGates'],
  { featureGates }: Pick<KubeletConfigurationDocument, 'featureGates'>,
  release: Pick<KubeletRelease, 'featureGates'>,
): boolean {
  const byDefault = release.featureGates[gate];
  if (byDefault === 'absent') return false;
  return byDefault === 'locked' || (featureGates?.[gate] ?? byDefault);
}

/** Two or more parallel pulls switch serialisation off where the field is unset. */
const isSerialised = ({ serializeImagePulls, maxParallelImagePulls }: KubeletConfigurationDocument) =>
  serializeImagePulls ?? (maxParallelImagePulls ?? 0) < 2;

const parallelPulls = (document: KubeletConfigurationDocument) =>
  isSerialised(document) ? 1 : (document.maxParallelImagePulls ?? Number.POSITIVE_INFINITY);

function checkLimits(document: KubeletConfigurationDocument): void {
  const { maxParallelImagePulls: parallel, registryPullQPS: qps, registryBurst: burst } = document;
  if (parallel !== undefined && parallel < 1) {
    throw new KubeletConfigurationError(
      `maxParallelImagePulls ${parallel} must be a positive number`,
      'maxParallelImagePulls',
    );
  }
  if ((parallel ?? 0) > 1 && isSerialised(document)) {
    throw new KubeletConfigurationError(
      'maxParallelImagePulls cannot be larger than 1 unless SerializeImagePulls (--serialize-image-pulls) is set to false',
      'maxParallelImagePulls',
    );
  }
  if ((burst ?? 0) < 0) {
    throw new KubeletConfigurationError(
      `registryBurst (--registry-burst) ${burst} must not be a negative number`,
      'registryBurst',
    );
  }
  if ((qps ?? 0) < 0) {
    throw new KubeletConfigurationError(
      `registryPullQPS (--registry-qps) ${qps} must not be a negative number`,
      'registryPullQPS',
    );
  }
}

function checkVerification(document: KubeletConfigurationDocument, gate: boolean): void {
  const { imagePullCredentialsVerificationPolicy: policy, preloadedImagesVerificationAllowlist: allowlist } =
    document;
  const requiresGate = (option: keyof KubeletConfigurationDocument) =>
    new KubeletConfigurationError(
      `\`${option}\` must not be set if KubeletEnsureSecretPulledImages feature gate is not enabled`,
      option,
    );
  if (!gate && policy) throw requiresGate('imagePullCredentialsVerificationPolicy');
  if (!gate && allowlist?.length) throw requiresGate('preloadedImagesVerificationAllowlist');
  if (allowlist?.length && verificationPolicy(document) !== 'NeverVerifyAllowlistedImages') {
    // "Vertification" is the kubelet's own spelling.
    throw new KubeletConfigurationError(
      'can\'t set `preloadedImagesVerificationAllowlist` if `imagePullCredentialsVertificationPolicy` is not "NeverVerifyAllowlistedImages"',
      'preloadedImagesVerificationAllowlist',
    );
  }
}

function verificationPolicy({
  imagePullCredentialsVerificationPolicy: policy,
}: KubeletConfigurationDocument): VerificationPolicyName {
  if (!policy) return defaultVerificationPolicy;
  const known = verificationPolicies.find((name) => name === policy);
  if (known === undefined) {
    throw new KubeletConfigurationError(
      `option ${JSON.stringify(policy)} specified for imagePullCredentialsVerificationPolicy. Valid options are ` +
        '"NeverVerify", "NeverVerifyPreloadedImages", "NeverVerifyAllowlistedImages" or "AlwaysVerify"',
      'imagePullCredentialsVerificationPolicy',
    );
  }
  return known;
}

function allowlistPattern(pattern: string, release: KubeletRelease): AllowlistPattern {
  try {
    return parseAllowlistPattern(pattern, release.pullRecords.names);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new KubeletConfigurationError(
      `invalid image pattern in \`preloadedImagesVerificationAllowlist\`: ${problem}`,
      'preloadedImagesVerificationAllowlist',
    );
  }
}
