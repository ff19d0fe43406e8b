import type { Credential } from '../credentials/credential.js';
import { KeyringError } from '../credentials/keyring.js';
import type { ImageName } from '../image/reference.js';
import type { KubeletRelease } from '../versions/kubelet.js';
import type { BackOff } from './back-off.js';
import {
  CredentialsUnknown,
  type EnsureLabels,
  type ImageFailure,
  type ImageManagerObserver,
  type ImageRequest,
  type ImageUnknown,
} from './image-request.js';
import type { ImageService } from './image-service.js';
import type { PullManager } from './pull-manager.js';
import type { PullQueue } from './pull-queue.js';
import type { PullThrottle } from './pull-throttle.js';
import type { PullTimes } from './pull-times.js';
import type { WaitingReason } from './reason-cache.js';

/** What the image manager of a node works with. */
export interface ImageManagerParts {
  readonly release: KubeletRelease;
  readonly imageService: ImageService;
  readonly backOff: BackOff;
  readonly throttle: PullThrottle;
  readonly queue: PullQueue;
  /** `null`: KubeletEnsureSecretPulledImages is off. */
  readonly pullManager: PullManager | null;
  readonly times: PullTimes;
  readonly observer?: ImageManagerObserver;
  /** Why the last pull of a back-off key failed, for the message of the back-off. Gone once the next pull begins. */
  readonly causes: Map<string, PullCause>;
}

/** Why a pull failed, in the words that were said of it: a pull that fails likewise says the same. */
export interface PullCause {
  /** The aggregated text of the attempts. */
  readonly text: string;
  readonly reason: WaitingReason;
  /** Of the event as the pull began. */
  readonly pulling: string;
  /** Of the event as it failed. */
  readonly event: string;
}

/** One call of EnsureImageExists: its inputs, and what its steps found out. */
export interface EnsureCall {
  readonly parts: ImageManagerParts;
  readonly request: ImageRequest;
  readonly name: ImageName;
  presentLocally: EnsureLabels['present_locally'];
  pullRequired: EnsureLabels['pull_required'];
  /** The one look-up of this call. */
  found: Promise<readonly Credential[]> | undefined;
}

/** Looks credentials up once, however many steps ask. */
export function credentialsOf(call: EnsureCall): Promise<readonly Credential[]> {
  call.found ??= call.request.credentials(call.name.repository);
  return call.found;
}

/** Emits the event and fails with the same words. */
export function failWithEvent(
  request: ImageRequest,
  eventReason: string,
  reason: string,
  message: string,
): ImageFailure {
  request.record('Warning', eventReason, message);
  return failWithoutPull(reason, message);
}

/** A failure that no back-off follows: the next sync tries again. */
export const failWithoutPull = (reason: string, message: string): ImageFailure => ({
  outcome: 'failed',
  reason,
  message,
  backOff: 'none',
  attempts: [],
});

/**
 * What an error of the look-up comes to. A keyring that cannot be built has no reason of its own: the raw text is reason
 * and message (kubelet.md §6.4).
 */
export function lookupFailure(error: unknown): ImageFailure | ImageUnknown {
  if (error instanceof CredentialsUnknown)
    return { outcome: 'unknown', because: error.message, attempts: [] };
  if (!(error instanceof KeyringError)) throw error;
  return failWithoutPull(error.message, error.message);
}
