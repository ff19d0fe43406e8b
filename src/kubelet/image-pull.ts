import type { Credential } from '../credentials/credential.js';
import { goQuote } from '../image/go-quote.js';
import { credentialsOf, type EnsureCall, lookupFailure, type PullCause } from './ensure-call.js';
import type { EnsuredImage, ImageFailure } from './image-request.js';
import { eventReasons } from './pod-event.js';
import { attemptPulls, type PullAttemptsOutcome } from './pull-attempts.js';
import { classifyPullError, imageReasons } from './pull-error.js';
import { qpsExceeded } from './pull-throttle.js';

export interface PullEnd {
  readonly ensured: EnsuredImage;
  /** What worked; `null` for anonymous, and when nothing did. */
  readonly credential: Credential | null;
}

/** The last steps of EnsureImageExists: back-off, queue, throttle, attempts (kubelet.md §6.1 steps 6 and 7). */
export async function pullUnlessBackingOff(call: EnsureCall): Promise<PullEnd> {
  const { backOff, times, causes } = call.parts;
  const key = backOff.keyOf(call.request.podUid, call.request.image);
  if (backOff.isBackingOff(key, times.nowMs())) return { ensured: backingOff(call, key), credential: null };
  const before = causes.get(key);
  causes.delete(key);
  return pull(call, key, before);
}

/** The event never has the cause; the message has it since 1.32. */
function backingOff({ request, parts }: EnsureCall, key: string): ImageFailure {
  const said = `Back-off pulling image ${goQuote(request.image)}`;
  request.record('Normal', eventReasons.backOff, said);
  const cause = parts.release.backOffMessageHasCause ? parts.causes.get(key)?.reason : undefined;
  const message = cause === undefined ? said : `${said}: ${cause.reason}: ${cause.message}`;
  return { outcome: 'failed', reason: imageReasons.backOff, message, backOff: 'holds', attempts: [] };
}

async function pull(call: EnsureCall, key: string, before: PullCause | undefined): Promise<PullEnd> {
  const { request, parts } = call;
  const startedMs = parts.times.nowMs();
  parts.observer?.pullStarted?.();
  const pulled = await parts.queue.run(() => dequeued(call));
  const { outcome } = pulled;
  if (outcome.outcome === 'unknown') return { ensured: outcome, credential: null };
  // Emitted at the start; it waits here only because a pull that nobody can decide must leave no event.
  const pulling = before?.pulling ?? pullingText(request.image);
  request.record('Normal', eventReasons.pulling, pulling, startedMs);
  return outcome.outcome === 'failed'
    ? { ensured: pullFailed(call, key, outcome, before), credential: null }
    : pullSucceeded(call, startedMs, pulled, outcome);
}

type PullOutcome<K> = Extract<PullAttemptsOutcome, { outcome: K }>;

function pullFailed(
  { request, parts }: EnsureCall,
  key: string,
  { text, attempts }: PullOutcome<'failed'>,
  before: PullCause | undefined,
): ImageFailure {
  const cause = before?.text === text ? before : causeOf(request.image, text);
  request.record('Warning', eventReasons.failed, cause.event);
  parts.backOff.failed(key, parts.times.nowMs());
  parts.causes.set(key, cause);
  const { reason, message } = cause.reason;
  return { outcome: 'failed', reason, message, backOff: 'starts', attempts };
}

const pullingText = (image: string) => `Pulling image ${goQuote(image)}`;

const causeOf = (image: string, text: string): PullCause => ({
  text,
  pulling: pullingText(image),
  reason: classifyPullError(image, text),
  event: `Failed to pull image ${goQuote(image)}: ${text}`,
});

function pullSucceeded(
  { request, parts }: EnsureCall,
  startedMs: number,
  { sizeBytes, pullMs }: Dequeued,
  { imageRef, attempts, credential }: PullOutcome<'pulled'>,
): PullEnd {
  const { times, backOff, observer } = parts;
  const nowMs = times.nowMs();
  observer?.pullFinished?.();
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
async function dequeued(call: EnsureCall): Promise<Dequeued> {
  const { times, throttle } = call.parts;
  const startedMs = times.nowMs();
  const outcome = throttle.tryAccept(times.throttleMs())
    ? await attempt(call)
    : ({ outcome: 'failed', text: qpsExceeded, attempts: [] } as const);
  const sizeBytes = outcome.outcome === 'pulled' ? await imageSize(call) : 0;
  times.pulled();
  return { outcome, sizeBytes, pullMs: times.nowMs() - startedMs };
}

/** Up to 1.32 the keyring is built here, so that a malformed secret is a failed pull like any other. */
async function attempt(call: EnsureCall): Promise<PullAttemptsOutcome> {
  let credentials: readonly Credential[];
  try {
    credentials = await credentialsOf(call);
  } catch (error) {
    const failure = lookupFailure(error);
    return failure.outcome === 'failed' ? { outcome: 'failed', text: failure.reason, attempts: [] } : failure;
  }
  return attemptPulls(call.parts.imageService, call.name.runtimeName, credentials);
}

/** @returns 0 when the runtime does not say */
async function imageSize({ parts, name }: EnsureCall): Promise<number> {
  try {
    return (await parts.imageService.imageStatus(name.runtimeName))?.sizeBytes ?? 0;
  } catch {
    return 0;
  }
}
