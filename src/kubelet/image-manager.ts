import type { Credential } from '../credentials/credential.js';
import { KeyringError } from '../credentials/keyring.js';
import { goQuote } from '../image/go-quote.js';
import { type ImageName, InvalidImageName, parseImageName } from '../image/reference.js';
import type { KubeletRelease } from '../versions/kubelet.js';
import { type BackOff, backOffKey } from './back-off.js';
import { criErrorText, type ImageService } from './image-service.js';
import { eventReasons, type PodEvent } from './pod-event.js';
import { attemptPulls, type PullAttempt, type PullAttemptsOutcome } from './pull-attempts.js';
import { classifyPullError, imageReasons } from './pull-error.js';
import { accessProvedBy, type PullManager, podPullCredentials } from './pull-manager.js';
import type { PullQueue } from './pull-queue.js';
import { type PullThrottle, qpsExceeded } from './pull-throttle.js';
import type { PullTimes } from './pull-times.js';
import type { WaitingReason } from './reason-cache.js';

/** The node's one image manager. `ensureImageExists` is the kubelet's function of that name (kubelet.md §6.1). */
export interface ImageManager {
  ensureImageExists(request: ImageRequest): Promise<EnsuredImage>;
}

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
  /** The simulation lacks a fact: neither success nor failure, and no event of a pull. */
  | { readonly outcome: 'unknown'; readonly because: string; readonly attempts: readonly PullAttempt[] };

export interface ImageFailure extends WaitingReason {
  readonly outcome: 'failed';
  /** `none`: the next sync tries again. `starts`: a pull failed. `holds`: nothing was tried, a failure is too fresh. */
  readonly backOff: 'none' | 'starts' | 'holds';
  readonly attempts: readonly PullAttempt[];
}

/** Nobody can say which credentials the pod has. Its message says what is missing. */
export class CredentialsUnknown extends Error {
  override readonly name = 'CredentialsUnknown';
}

export interface ImageManagerOptions {
  readonly release: KubeletRelease;
  readonly imageService: ImageService;
  readonly backOff: BackOff;
  readonly throttle: PullThrottle;
  readonly queue: PullQueue;
  /** `null`: KubeletEnsureSecretPulledImages is off. */
  readonly pullManager: PullManager | null;
  readonly times: PullTimes;
  readonly observer?: ImageManagerObserver;
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

export function createImageManager(options: ImageManagerOptions): ImageManager {
  const causes = new Map<string, WaitingReason>();
  return {
    async ensureImageExists(request) {
      const call = newCall(options, request, causes);
      try {
        return await ensure(call);
      } catch (error) {
        return rawFailure(error);
      } finally {
        options.observer?.ensured?.(call.labels);
      }
    },
  };
}

/** One call of EnsureImageExists: its inputs and what its steps found out. */
interface Call extends ImageManagerOptions {
  readonly request: ImageRequest;
  readonly labels: Mutable<EnsureLabels>;
  /** Why the last pull of a back-off key failed, for the message of the back-off. Gone once the next pull begins. */
  readonly causes: Map<string, WaitingReason>;
  /** Looks credentials up once, however many steps ask. */
  credentials(): Promise<readonly Credential[]>;
  name: ImageName;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const noName: ImageName = { repository: '', tag: '', digest: '', runtimeName: '' };

function newCall(
  options: ImageManagerOptions,
  request: ImageRequest,
  causes: Map<string, WaitingReason>,
): Call {
  let found: Promise<readonly Credential[]> | undefined;
  const call: Call = {
    ...options,
    request,
    causes,
    labels: {
      pull_policy: request.pullPolicy.toLowerCase(),
      present_locally: 'unknown',
      pull_required: 'unknown',
    },
    credentials: () => {
      found ??= request.credentials(call.name.repository);
      return found;
    },
    name: noName,
  };
  return call;
}

/** The steps of kubelet.md §6.1. Each one ends the call or hands on. */
async function ensure(call: Call): Promise<EnsuredImage> {
  const invalid = readName(call);
  if (invalid !== undefined) return invalid;
  const imageRef = await precheck(call);
  if (typeof imageRef !== 'string') return imageRef;
  if (call.release.keyringBuilt === 'always') await call.credentials();
  if (imageRef !== '') {
    const decided = await usePresent(call, imageRef);
    if (decided !== undefined) return decided;
  }
  call.labels.pull_required = 'true';
  if (call.release.keyringBuilt !== 'inside-pull') await call.credentials();
  return withIntent(call, () => pullUnlessBackingOff(call));
}

function readName(call: Call): ImageFailure | undefined {
  const { image } = call.request;
  try {
    call.name = parseImageName(image);
    return undefined;
  } catch (error) {
    if (!(error instanceof InvalidImageName)) throw error;
    const message = `Failed to apply default image tag ${goQuote(image)}: ${error.message}`;
    return fail(call, eventReasons.inspectFailed, imageReasons.invalidName, message);
  }
}

/** `Always` never looks first. @returns the image ID, empty when the image must be pulled */
async function precheck(call: Call): Promise<string | ImageFailure> {
  if (call.request.pullPolicy === 'Always') return '';
  let imageRef: string;
  try {
    imageRef = (await call.imageService.imageStatus(call.name.runtimeName))?.id ?? '';
  } catch (error) {
    const image = goQuote(call.release.inspectMessageNamesImage ? call.request.image : '');
    const message = `Failed to inspect image ${image}: ${criErrorText(error)}`;
    return fail(call, eventReasons.inspectFailed, imageReasons.inspect, message);
  }
  call.labels.present_locally = imageRef === '' ? 'false' : 'true';
  return imageRef === '' && call.request.pullPolicy === 'Never' ? neverPull(call) : imageRef;
}

/** @returns undefined when the image is here and must be pulled all the same */
async function usePresent(call: Call, imageRef: string): Promise<EnsuredImage | undefined> {
  const { request, labels, pullManager } = call;
  const here = `Container image ${goQuote(request.image)} already present on machine`;
  if (pullManager === null) {
    labels.pull_required = 'false';
    request.record('Normal', eventReasons.pulled, here);
    return { outcome: 'present', imageRef };
  }
  if (call.release.keyringBuilt === 'unless-present-and-unverified') await call.credentials();
  const mustPull = await pullManager.mustAttemptImagePull(request.image, imageRef, async () =>
    podPullCredentials(await call.credentials()),
  );
  labels.pull_required = mustPull ? 'true' : 'false';
  if (!mustPull) {
    request.record('Normal', eventReasons.pulled, `${here} and can be accessed by the pod`);
    return { outcome: 'present', imageRef };
  }
  // The same words as for an absent image: they hide from the pod that it is there.
  return request.pullPolicy === 'Never' ? neverPull(call) : undefined;
}

const neverPull = (call: Call): ImageFailure =>
  fail(
    call,
    eventReasons.neverPull,
    imageReasons.neverPull,
    `Container image ${goQuote(call.request.image)} is not present with pull policy of Never`,
  );

/** The intent is written before every pull, also one that ends in back-off, and gone when none is in flight. */
async function withIntent(call: Call, pull: () => Promise<PullEnd>): Promise<EnsuredImage> {
  const { pullManager, request } = call;
  try {
    pullManager?.recordPullIntent(request.image);
  } catch (error) {
    const raw = error instanceof Error ? error.message : String(error);
    const message = `Failed to record image pull intent for container image ${goQuote(request.image)}: ${raw}`;
    return { outcome: 'failed', reason: raw, message, backOff: 'none', attempts: [] };
  }
  const { ensured, credential } = await pull();
  if (ensured.outcome === 'pulled') {
    pullManager?.recordImagePulled(request.image, ensured.imageRef, accessProvedBy(credential));
  } else {
    pullManager?.recordImagePullFailed(request.image);
  }
  return ensured;
}

interface PullEnd {
  readonly ensured: EnsuredImage;
  /** What worked; `null` for anonymous. */
  readonly credential: Credential | null;
}

const withoutCredential = (ensured: EnsuredImage): PullEnd => ({ ensured, credential: null });

async function pullUnlessBackingOff(call: Call): Promise<PullEnd> {
  const { request, backOff, times, causes } = call;
  const key = backOffKey(request.podUid, request.image);
  if (backOff.isBackingOff(key, times.nowMs())) return withoutCredential(backingOff(call, key));
  causes.delete(key);
  return pull(call, key);
}

/** The event never has the cause; the message has it since 1.32. */
function backingOff({ request, release, causes }: Call, key: string): ImageFailure {
  const said = `Back-off pulling image ${goQuote(request.image)}`;
  request.record('Normal', eventReasons.backOff, said);
  const cause = release.backOffMessageHasCause ? causes.get(key) : undefined;
  const message = cause === undefined ? said : `${said}: ${cause.reason}: ${cause.message}`;
  return { outcome: 'failed', reason: imageReasons.backOff, message, backOff: 'holds', attempts: [] };
}

async function pull(call: Call, key: string): Promise<PullEnd> {
  const startedMs = call.times.nowMs();
  call.observer?.pullStarted?.();
  const pulled = await call.queue.run(() => dequeued(call));
  const { outcome } = pulled;
  if (outcome.outcome === 'unknown') return withoutCredential(outcome);
  // Emitted at the start; it waits here only because a pull that nobody can decide must leave no event.
  const { request } = call;
  request.record('Normal', eventReasons.pulling, `Pulling image ${goQuote(request.image)}`, startedMs);
  return outcome.outcome === 'failed'
    ? pullFailed(call, key, outcome)
    : pullSucceeded(call, startedMs, pulled, outcome);
}

type PullOutcome<K> = Extract<PullAttemptsOutcome, { outcome: K }>;

function pullFailed(call: Call, key: string, { text, attempts }: PullOutcome<'failed'>): PullEnd {
  const { request, backOff, times, causes } = call;
  request.record('Warning', eventReasons.failed, `Failed to pull image ${goQuote(request.image)}: ${text}`);
  backOff.failed(key, times.nowMs());
  const failure = classifyPullError(request.image, text);
  causes.set(key, failure);
  return withoutCredential({ outcome: 'failed', ...failure, backOff: 'starts', attempts });
}

function pullSucceeded(
  call: Call,
  startedMs: number,
  { sizeBytes, pullMs }: Dequeued,
  { imageRef, attempts, credential }: PullOutcome<'pulled'>,
): PullEnd {
  const { request, backOff, times } = call;
  const nowMs = times.nowMs();
  call.observer?.pullFinished?.();
  request.record(
    'Normal',
    eventReasons.pulled,
    `Successfully pulled image ${goQuote(request.image)} in ${times.print(pullMs)} ` +
      `(${times.print(nowMs - startedMs)} including waiting). Image size: ${sizeBytes} bytes.`,
  );
  backOff.collectGarbage(nowMs);
  return { ensured: { outcome: 'pulled', imageRef, attempts }, credential };
}

interface Dequeued {
  readonly outcome: PullAttemptsOutcome;
  readonly sizeBytes: number;
  /** From the front of the queue to the end, all credentials and the size query included. */
  readonly pullMs: number;
}

/** At the front of the queue. The token is taken here, after `Pulling`, and one serves all credentials. */
async function dequeued(call: Call): Promise<Dequeued> {
  const { times, throttle } = call;
  const startedMs = times.nowMs();
  const outcome = throttle.tryAccept(times.throttleMs())
    ? await attempt(call)
    : ({ outcome: 'failed', text: qpsExceeded, attempts: [] } as const);
  const sizeBytes = outcome.outcome === 'pulled' ? await imageSize(call) : 0;
  times.pulled();
  return { outcome, sizeBytes, pullMs: times.nowMs() - startedMs };
}

/** Up to 1.32 the keyring is built here, so that a malformed secret is a failed pull like any other. */
async function attempt(call: Call): Promise<PullAttemptsOutcome> {
  let credentials: readonly Credential[];
  try {
    credentials = await call.credentials();
  } catch (error) {
    const failure = rawFailure(error);
    return failure.outcome === 'failed' ? { outcome: 'failed', text: failure.reason, attempts: [] } : failure;
  }
  return attemptPulls(call.imageService, call.name.runtimeName, credentials);
}

/** @returns 0 when the runtime does not say */
async function imageSize(call: Call): Promise<number> {
  try {
    return (await call.imageService.imageStatus(call.name.runtimeName))?.sizeBytes ?? 0;
  } catch {
    return 0;
  }
}

/** Emits the event and fails with the same words. */
function fail(call: Call, eventReason: string, reason: string, message: string): ImageFailure {
  call.request.record('Warning', eventReason, message);
  return { outcome: 'failed', reason, message, backOff: 'none', attempts: [] };
}

/** A keyring that cannot be built has no reason of its own: the raw text is reason and message (kubelet.md §6.4). */
function rawFailure(error: unknown): ImageFailure | (EnsuredImage & { outcome: 'unknown' }) {
  if (error instanceof CredentialsUnknown)
    return { outcome: 'unknown', because: error.message, attempts: [] };
  if (!(error instanceof KeyringError)) throw error;
  const { message } = error;
  return { outcome: 'failed', reason: message, message, backOff: 'none', attempts: [] };
}
