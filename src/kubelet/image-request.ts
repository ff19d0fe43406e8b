import type { Credential } from '../credentials/credential.js';
import type { PodEvent } from './pod-event.js';
import type { PullAttempt } from './pull-attempts.js';
import type { WaitingReason } from './reason-cache.js';

/** What EnsureImageExists is asked. */
export interface ImageRequest {
  readonly podUid: string;
  /** The name as the pod spells it: events, back-off and records use it as it is. */
  readonly image: string;
  readonly pullPolicy: string;
  /**
   * Emits an event on the container, or on the pod for image volumes.
   *
   * @param atMs Unix time; now when absent
   */
  record(type: PodEvent['type'], reason: string, message: string, atMs?: number): void;
  /**
   * The pod's credentials for a repository, in order. Called at most once, and only when they matter.
   *
   * @throws KeyringError when a pull secret cannot be decoded
   * @throws CredentialsUnknown when the simulation lacks a secret's content
   */
  credentials(repository: string): Promise<readonly Credential[]>;
}

export type EnsuredImage =
  | { readonly outcome: 'present'; readonly imageRef: string }
  | { readonly outcome: 'pulled'; readonly imageRef: string; readonly attempts: readonly PullAttempt[] }
  | ImageFailure
  | ImageUnknown;

export interface ImageFailure extends WaitingReason {
  readonly outcome: 'failed';
  /** `none`: the next sync tries again. `starts`: a pull failed. `holds`: nothing was tried, a failure is too fresh. */
  readonly backOff: 'none' | 'starts' | 'holds';
  readonly attempts: readonly PullAttempt[];
}

/** The simulation lacks a fact: neither success nor failure, and no event of a pull. */
export interface ImageUnknown {
  readonly outcome: 'unknown';
  readonly because: string;
  readonly attempts: readonly PullAttempt[];
}

/** Nobody can say which credentials the pod has. Its message says what is missing. */
export class CredentialsUnknown extends Error {
  override readonly name = 'CredentialsUnknown';
}

/** What the kubelet measures (kubelet.md §6.10). */
export interface ImageManagerObserver {
  ensured?(labels: EnsureLabels): void;
  pullStarted?(): void;
  pullFinished?(): void;
}

/** Labels of `kubelet_image_manager_ensure_image_requests_total`. */
export interface EnsureLabels {
  readonly pull_policy: string;
  readonly present_locally: 'true' | 'false' | 'unknown';
  readonly pull_required: 'true' | 'false' | 'unknown';
}
