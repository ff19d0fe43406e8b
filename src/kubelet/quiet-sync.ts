import type { Pod } from '../cluster/objects.js';
import type { EventSeries } from './event-correlator.js';
import type { EnsuredImage } from './image-request.js';
import type { ImageUse } from './image-uses.js';
import { type PodState, publishKnown, useKey } from './pod-state.js';
import { imageReasons } from './pull-error.js';
import type { WaitingReason } from './reason-cache.js';
import type { PodPullSecrets, StartResult, SyncParts } from './sync-pod.js';

/**
 * A sync that found every image of the pod in back-off, or failing for a reason in the pod's own spec. Until something
 * changes, the next ones do the same: most syncs of a failing pod are such, and hours of them must pass quickly.
 */
export interface QuietSync {
  readonly pod: Pod;
  readonly secrets: PodPullSecrets;
  /** {@link SyncParts.changes} at that time. */
  readonly change: number;
  /** Unix time at which the first back-off ends. */
  readonly untilMs: number;
  readonly events: readonly EventSeries[];
  readonly results: readonly StartResult[];
  /** What the images failed at when they were last tried; equal failures are followed by equal syncs. */
  readonly failures: readonly TriedImage[];
  /** What it found is what the kubelet knows: false while it only will be, because an equal failure came before it. */
  known: boolean;
  /** A later sync has told the API server what this one found. */
  published: boolean;
}

interface TriedImage {
  readonly use: ImageUse;
  readonly failure: WaitingReason;
}

export interface FinishedSync {
  readonly secrets: PodPullSecrets;
  readonly hadSandbox: boolean;
  readonly ensured: readonly { readonly use: ImageUse; readonly image: EnsuredImage }[];
  readonly events: readonly EventSeries[];
  readonly results: readonly StartResult[];
}

/**
 * @param before what the sync before was, if it was quiet
 * @returns undefined when the next sync may differ from this one at any time
 */
export function quietSync(
  parts: SyncParts,
  state: PodState,
  sync: FinishedSync,
  before: QuietSync | undefined,
): QuietSync | undefined {
  const { secrets, hadSandbox, ensured, events, results } = sync;
  if (!parts.repeatsQuietly || !hadSandbox || !results.every(({ failure }) => failure !== null))
    return undefined;
  const failures: TriedImage[] = [];
  let untilMs = Number.POSITIVE_INFINITY;
  let isQuiet = true;
  for (const { use, image } of ensured) {
    if (!repeats(image)) return undefined;
    isQuiet &&= image.backOff !== 'starts';
    failures.push({ use, failure: lastFailure(state, use) ?? image });
    if (image.backOff !== 'none')
      untilMs = Math.min(untilMs, parts.backOff.endMs(parts.backOff.keyOf(state.uid, use.image)));
  }
  if (!isQuiet) return resume(parts, state, { secrets, failures, untilMs }, before);
  const { pod } = state;
  const change = parts.changes.count;
  return { pod, secrets, change, untilMs, events, results, failures, known: true, published: false };
}

/** The image failed again at what it had failed at before: what came after that comes after this. */
function resume(
  parts: SyncParts,
  state: PodState,
  { secrets, failures, untilMs }: Pick<QuietSync, 'secrets' | 'failures' | 'untilMs'>,
  before: QuietSync | undefined,
): QuietSync | undefined {
  if (before === undefined || before.change !== parts.changes.count || before.pod !== state.pod)
    return undefined;
  const isSame = (tried: TriedImage, index: number) => isSameFailure(tried, before.failures[index]);
  if (before.failures.length !== failures.length || !failures.every(isSame)) return undefined;
  if (!sameSecrets(before.secrets, secrets)) return undefined;
  return { ...before, untilMs, known: false, published: false };
}

const isSameFailure = ({ use, failure }: TriedImage, before: TriedImage | undefined) =>
  before?.use === use &&
  before.failure.reason === failure.reason &&
  before.failure.message === failure.message;

/** Of the last pull; back-offs left out. */
const lastFailure = ({ images }: PodState, use: ImageUse): WaitingReason | undefined => {
  const ensured = images.get(useKey(use))?.ensured;
  return ensured?.outcome === 'failed' ? ensured : undefined;
};

function repeats(image: EnsuredImage): image is EnsuredImage & { outcome: 'failed' } {
  if (image.outcome !== 'failed') return false;
  return (
    image.backOff !== 'none' ||
    image.reason === imageReasons.invalidName ||
    image.reason === imageReasons.neverPull
  );
}

/** Does what a sync would do now, if that is known. @returns undefined when only a real sync can tell */
export function repeatQuietSync(
  parts: SyncParts,
  state: PodState,
  secrets: PodPullSecrets,
): readonly StartResult[] | undefined {
  const nowMs = parts.now().getTime();
  const untilMs = quietUntilMs(parts, state, secrets);
  if (untilMs === undefined || nowMs >= untilMs) return undefined;
  repeatQuietSyncs(parts, state, { firstMs: nowMs, everyMs: 0, count: 1 });
  return state.quiet?.results;
}

/** Until when, in Unix time, syncs repeat the last one; undefined when something has changed since, or may at any time. */
export function quietUntilMs(
  parts: SyncParts,
  { quiet, pod }: PodState,
  secrets: PodPullSecrets,
): number | undefined {
  if (quiet === undefined || quiet.change !== parts.changes.count || quiet.pod !== pod) return undefined;
  return sameSecrets(quiet.secrets, secrets) ? quiet.untilMs : undefined;
}

/** Syncs at regular times, in Unix time. */
export interface SyncTimes {
  readonly firstMs: number;
  readonly everyMs: number;
  readonly count: number;
}

/** Does so many quiet syncs; that they are quiet is the caller's knowledge. */
export function repeatQuietSyncs(
  parts: SyncParts,
  state: PodState,
  { firstMs, everyMs, count }: SyncTimes,
): void {
  const { quiet } = state;
  if (quiet === undefined || count <= 0) return;
  for (let sync = 0; sync < count; sync += 1) {
    const nowMs = firstMs + sync * everyMs;
    for (const series of quiet.events) parts.repeat(state, series, nowMs);
  }
  publishQuietly(parts, state, quiet, count);
  state.syncs += count;
}

/** Each sync tells first what was known before it; two of them tell everything. */
function publishQuietly(parts: SyncParts, state: PodState, quiet: QuietSync, count: number): void {
  if (quiet.published) return;
  publishKnown(state, parts.reasons.of(state.uid));
  quiet.published = quiet.known;
  if (quiet.known) return;
  quiet.known = true;
  for (const { container, failure } of quiet.results)
    if (failure !== null) parts.reasons.set(state.uid, container, failure);
  if (count > 1) publishQuietly(parts, state, quiet, count - 1);
}

/** Secrets are values: an edited one is another object. */
function sameSecrets(a: PodPullSecrets, b: PodPullSecrets): boolean {
  if (a === b) return true;
  return a.unknown === b.unknown && sameList(a.found, b.found) && sameList(a.missing, b.missing);
}

const sameList = (a: readonly unknown[], b: readonly unknown[]) =>
  a.length === b.length && a.every((value, index) => value === b[index]);
