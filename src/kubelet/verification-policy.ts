import type { KubeletRelease } from '../versions/kubelet.js';
import { type AllowlistPattern, matchesAllowlist } from './verification-allowlist.js';

/** `imagePullCredentialsVerificationPolicy` (kubelet.md §7.1). */
export const verificationPolicies = [
  'NeverVerify',
  'NeverVerifyPreloadedImages',
  'NeverVerifyAllowlistedImages',
  'AlwaysVerify',
] as const;

export type VerificationPolicyName = (typeof verificationPolicies)[number];

export const defaultVerificationPolicy: VerificationPolicyName = 'NeverVerifyPreloadedImages';

/** Whether a pod must show that it could have pulled an image that is present. */
export interface VerificationPolicy {
  /** @param kubeletPulled the kubelet has a pulled record of the image ID, or an intent for the image string */
  requiresVerification(image: string, kubeletPulled: boolean): boolean;
}

export function createVerificationPolicy(
  name: VerificationPolicyName,
  allowlist: readonly AllowlistPattern[],
  names: KubeletRelease['pullRecords']['names'],
): VerificationPolicy {
  switch (name) {
    case 'NeverVerify':
      return { requiresVerification: () => false };
    case 'AlwaysVerify':
      return { requiresVerification: () => true };
    case 'NeverVerifyPreloadedImages':
      return { requiresVerification: (_image, kubeletPulled) => kubeletPulled };
    // The list exempts by name alone: also what the kubelet itself has pulled with a secret.
    case 'NeverVerifyAllowlistedImages':
      return { requiresVerification: (image) => !matchesAllowlist(allowlist, image, names) };
    default:
      return name satisfies never;
  }
}
