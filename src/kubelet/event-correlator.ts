import type { PodEvent, StoredEvent } from './pod-event.js';

/** client-go's limits (kubelet.md §6.9), the same in every release that pullsim knows. */
const limits = {
  /** More different messages than this, of one type and reason, collapse into one event. */
  similarMessages: 10,
  similarWithinMs: 600_000,
  spamBurst: 25,
  spamRefillMs: 300_000,
  /** `--event-ttl` of the API server. */
  timeToLiveMs: 3_600_000,
} as const;

export interface EventCorrelatorOptions {
  /** Who emits: `kubelet`. */
  readonly from: string;
  /** One spam bucket for each event type (client-go since 1.31) or one for all. */
  readonly spamFilterPerType: boolean;
}

/** What client-go does to the events of one source on one object before they reach the API server. */
export interface EventCorrelator {
  observe(event: PodEvent, nowMs: number): void;
  /** The Event objects that exist at this moment, in the order in which they were created. */
  stored(nowMs: number): readonly StoredEvent[];
}

/**
 * Counts equal events, joins similar ones and drops spam as client-go's EventCorrelator does (kubelet.md §6.9).
 * It keeps one counter for each different event, never a list of occurrences.
 */
export function createEventCorrelator({ from, spamFilterPerType }: EventCorrelatorOptions): EventCorrelator {
  const groups = new Map<string, SimilarEvents>();
  const buckets = new Map<string, Bucket>();
  const written: Series[] = [];

  const observe = (event: PodEvent, nowMs: number) => {
    const series = seriesOf(groupOf(groups, event), event, nowMs);
    series.observed += 1;
    // The filter comes after counting: what it drops still shows in the count of the next write.
    const bucket = bucketOf(buckets, spamFilterPerType ? event.type : '', nowMs);
    if (!takeToken(bucket, nowMs)) return;
    if (series.count === 0) written.push(series);
    series.count = series.observed;
    series.lastMs = nowMs;
  };

  const stored = (nowMs: number) =>
    written
      .filter((series) => nowMs - series.lastMs < limits.timeToLiveMs)
      .map((series) => asStored(series, from));

  return { observe, stored };
}

/** Events of one type and reason. */
interface SimilarEvents {
  /** Different events seen lately: by message, then by field path. */
  readonly series: Map<string, Map<string, Series>>;
  recentMessages: Set<string>;
  lastMs: number;
  combined: Series | undefined;
}

interface Series {
  event: PodEvent;
  readonly firstMs: number;
  observed: number;
  /** `observed` at the last write; 0 while nothing was written. */
  count: number;
  lastMs: number;
}

interface Bucket {
  tokens: number;
  updatedMs: number;
}

function groupOf(groups: Map<string, SimilarEvents>, event: PodEvent): SimilarEvents {
  const key = event.type + event.reason;
  let group = groups.get(key);
  if (group === undefined) {
    group = { series: new Map(), recentMessages: new Set(), lastMs: 0, combined: undefined };
    groups.set(key, group);
  }
  return group;
}

function seriesOf(group: SimilarEvents, event: PodEvent, nowMs: number): Series {
  if (nowMs - group.lastMs > limits.similarWithinMs) group.recentMessages.clear();
  group.lastMs = nowMs;
  if (!group.recentMessages.has(event.message)) {
    if (group.recentMessages.size >= limits.similarMessages) return combinedSeries(group, event, nowMs);
    group.recentMessages.add(event.message);
  }
  return ownSeries(group, event, nowMs);
}

function ownSeries(group: SimilarEvents, event: PodEvent, nowMs: number): Series {
  let byFieldPath = group.series.get(event.message);
  if (byFieldPath === undefined) {
    byFieldPath = new Map();
    group.series.set(event.message, byFieldPath);
  }
  const fieldPath = event.fieldPath ?? '';
  let series = byFieldPath.get(fieldPath);
  if (series === undefined) {
    series = newSeries(event, nowMs);
    byFieldPath.set(fieldPath, series);
  }
  return series;
}

function combinedSeries(group: SimilarEvents, event: PodEvent, nowMs: number): Series {
  const combined = { ...event, message: `(combined from similar events): ${event.message}` };
  group.combined ??= newSeries(combined, nowMs);
  group.combined.event = combined;
  return group.combined;
}

const newSeries = (event: PodEvent, nowMs: number): Series => ({
  event,
  firstMs: nowMs,
  observed: 0,
  count: 0,
  lastMs: nowMs,
});

function bucketOf(buckets: Map<string, Bucket>, key: string, nowMs: number): Bucket {
  let bucket = buckets.get(key);
  if (bucket === undefined) {
    bucket = { tokens: limits.spamBurst, updatedMs: nowMs };
    buckets.set(key, bucket);
  }
  return bucket;
}

function takeToken(bucket: Bucket, nowMs: number): boolean {
  const refilled = (nowMs - bucket.updatedMs) / limits.spamRefillMs;
  bucket.tokens = Math.min(limits.spamBurst, bucket.tokens + refilled);
  bucket.updatedMs = nowMs;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

const asStored = ({ event, count, firstMs, lastMs }: Series, from: string): StoredEvent => ({
  ...event,
  from,
  count,
  firstSeconds: Math.floor(firstMs / 1000),
  lastSeconds: Math.floor(lastMs / 1000),
});
