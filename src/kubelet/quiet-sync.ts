import type { Pod } from '../cluster/objects.js';
import { backOffKey } from './back-off.js';
import type { EventSeries } from './event-correlator.js';
import type { EnsuredImage } from './image-request.js';
import type { ImageUse } from './image-uses.js';
import { type PodState, publishKnown } from './pod-state.js';
import { imageReasons } from './pull-error.js';
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
  /** A later sync has told the API server what this one found. */
  published: boolean;
}

export interface FinishedSync {
  readonly secrets: PodPullSecrets;
  readonly hadSandbox: boolean;
  readonly ensured: readonly { readonly use: ImageUse; readonly image: EnsuredImage }[];
  readonly events: readonly EventSeries[];
  readonly results: readonly StartResult[];
}

/** @returns undefined when the next sync may differ from this one at any time */
export function quietSync(parts: SyncParts, state: PodState, sync: FinishedSync): QuietSync | undefined {
  const { secrets, hadSandbox, ensured, events, results } = sync;
  if (!parts.repeatsQuietly || !hadSandbox || !results.every(({ failure }) => failure !== null))
    return undefined;
  let untilMs = Number.POSITIVE_INFINITY;
  for (const { use, image } of ensured) {
    if (!repeats(image)) return undefined;
    if (image.backOff === 'holds')
      untilMs = Math.min(untilMs, parts.backOff.endMs(backOffKey(state.uid, use.image)));
  }
  return { pod: state.pod, secrets, change: parts.changes.count, untilMs, events, results, published: false };
}

function repeats(image: EnsuredImage): image is EnsuredImage & { outcome: 'failed' } {
  if (image.outcome !== 'failed') return false;
  return (
    image.backOff === 'holds' ||
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
  if (!quiet.published) {
    publishKnown(state, parts.reasons.of(state.uid));
    quiet.published = true;
  }
  state.syncs += count;
}

/** Secrets are values: an edited one is another object. */
function sameSecrets(a: PodPullSecrets, b: PodPullSecrets): boolean {
  if (a === b) return true;
  return a.unknown === b.unknown && sameList(a.found, b.found) && sameList(a.missing, b.missing);
}

const sameList = (a: readonly unknown[], b: readonly unknown[]) =>
  a.length === b.length && a.every((value, index) => value === b[index]);
