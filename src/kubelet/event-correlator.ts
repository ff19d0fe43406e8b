import type { PodEvent, StoredEvent } from './pod-event.js';

/** client-go's limits (kubelet.md §6.9), the same in every release that pullsim knows. */
const limits = {
  /** More different messages than this, of one type and reason, collapse into one event. */
  similarMessages: 10,
  similarWithinMs: 600_000,
  spamBurst: 25,
  spamRefillMs: 300_000,
} as const;

/** How long the API server keeps an event that does not come again: its default `--event-ttl`. */
export const eventTimeToLiveMs = 3_600_000;

export interface EventCorrelatorOptions {
  /** Who emits: `kubelet`. */
  readonly from: string;
  /** One spam bucket for each event type (client-go since 1.31) or one for all. */
  readonly spamFilterPerType: boolean;
}

/** What client-go does to the events of one source on one object before they reach the API server. */
export interface EventCorrelator {
  /** @returns the counter of this event, for {@link EventCorrelator.repeat} */
  observe(event: PodEvent, nowMs: number): EventSeries;
  /** The same event again. */
  repeat(series: EventSeries, nowMs: number): void;
  /** The Event objects that exist at this moment, in the order in which they were created. */
  stored(nowMs: number): readonly StoredEvent[];
}

/** The counter of equal events. */
export interface EventSeries {
  event: PodEvent;
  readonly group: SimilarEvents;
  readonly bucket: Bucket;
  readonly firstMs: number;
  /** Occurrences, with those that the spam filter dropped. */
  observed: number;
  /** `observed` at the last write; 0 while nothing was written. */
  count: number;
  lastMs: number;
  /** {@link SimilarEvents.window} in which the message was last seen. */
  window: number;
}

/** Events of one type and reason. */
interface SimilarEvents {
  /** By message; those with one message differ in their field path. */
  readonly series: Map<string, EventSeries[]>;
  /** Counts the times at which the group began anew after a long pause. */
  window: number;
  /** Different messages in this window. */
  messages: number;
  lastMs: number;
  combined: EventSeries | undefined;
}

interface Bucket {
  tokens: number;
  updatedMs: number;
}

/**
 * Counts equal events, joins similar ones and drops spam as client-go's EventCorrelator does (kubelet.md §6.9).
 * It keeps one counter for each different event, never a list of occurrences.
 */
export function createEventCorrelator({ from, spamFilterPerType }: EventCorrelatorOptions): EventCorrelator {
  const groups = { Normal: new Map<string, SimilarEvents>(), Warning: new Map<string, SimilarEvents>() };
  const shared = newBucket();
  const buckets = spamFilterPerType
    ? { Normal: newBucket(), Warning: newBucket() }
    : { Normal: shared, Warning: shared };
  const written: EventSeries[] = [];

  const repeat = (own: EventSeries, nowMs: number) => {
    const series = joinsWindow(own, nowMs) ? own : combinedSeries(own, nowMs);
    series.observed += 1;
    // The filter comes after counting: what it drops still shows in the count of the next write.
    if (!takeToken(series.bucket, nowMs)) return;
    if (series.count === 0) written.push(series);
    series.count = series.observed;
    series.lastMs = nowMs;
  };

  return {
    observe(event, nowMs) {
      const group = groupOf(groups[event.type], event.reason);
      const series = findSeries(group, event) ?? addSeries(group, buckets[event.type], event, nowMs);
      repeat(series, nowMs);
      return series;
    },
    repeat,
    stored: (nowMs) =>
      written
        .filter((series) => nowMs - series.lastMs < eventTimeToLiveMs)
        .map((series) => asStored(series, from)),
  };
}

const newBucket = (): Bucket => ({ tokens: limits.spamBurst, updatedMs: 0 });

function groupOf(groups: Map<string, SimilarEvents>, reason: string): SimilarEvents {
  let group = groups.get(reason);
  if (group === undefined) {
    group = { series: new Map(), window: 1, messages: 0, lastMs: 0, combined: undefined };
    groups.set(reason, group);
  }
  return group;
}

function findSeries(group: SimilarEvents, { message, fieldPath }: PodEvent): EventSeries | undefined {
  for (const series of group.series.get(message) ?? []) {
    if (series.event.fieldPath === fieldPath) return series;
  }
  return undefined;
}

function addSeries(group: SimilarEvents, bucket: Bucket, event: PodEvent, nowMs: number): EventSeries {
  const series = newSeries(group, bucket, event, nowMs);
  const sameMessage = group.series.get(event.message);
  if (sameMessage !== undefined) {
    series.window = sameMessage[0]?.window ?? 0;
    sameMessage.push(series);
  } else if (hasRoom(group, nowMs)) {
    group.series.set(event.message, [series]);
  }
  return series;
}

const newSeries = (group: SimilarEvents, bucket: Bucket, event: PodEvent, nowMs: number): EventSeries => ({
  event,
  group,
  bucket,
  firstMs: nowMs,
  observed: 0,
  count: 0,
  lastMs: nowMs,
  window: 0,
});

/** False when too many other messages came lately: then this one only adds to the combined event. */
function joinsWindow(series: EventSeries, nowMs: number): boolean {
  const { group } = series;
  const joins = hasRoom(group, nowMs) || series.window === group.window;
  if (joins && series.window !== group.window) {
    for (const same of group.series.get(series.event.message) ?? []) same.window = group.window;
    group.messages += 1;
  }
  group.lastMs = nowMs;
  return joins;
}

/** After a pause the messages are counted anew. */
function hasRoom(group: SimilarEvents, nowMs: number): boolean {
  if (nowMs - group.lastMs > limits.similarWithinMs) {
    group.window += 1;
    group.messages = 0;
    group.lastMs = nowMs;
  }
  return group.messages < limits.similarMessages;
}

function combinedSeries({ event, group, bucket }: EventSeries, nowMs: number): EventSeries {
  const combined = { ...event, message: `(combined from similar events): ${event.message}` };
  group.combined ??= newSeries(group, bucket, combined, nowMs);
  group.combined.event = combined;
  return group.combined;
}

function takeToken(bucket: Bucket, nowMs: number): boolean {
  const refilled = (nowMs - bucket.updatedMs) / limits.spamRefillMs;
  bucket.tokens = Math.min(limits.spamBurst, bucket.tokens + refilled);
  bucket.updatedMs = nowMs;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

/** Named one by one: a spread of events with and without a field path costs as much as all the counting. */
function asStored({ event, count, firstMs, lastMs }: EventSeries, from: string): StoredEvent {
  const { type, reason, message, fieldPath } = event;
  const firstSeconds = Math.floor(firstMs / 1000);
  const lastSeconds = Math.floor(lastMs / 1000);
  return fieldPath === undefined
    ? { type, reason, message, from, count, firstSeconds, lastSeconds }
    : { type, reason, message, fieldPath, from, count, firstSeconds, lastSeconds };
}
