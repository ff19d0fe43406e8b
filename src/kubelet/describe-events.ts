import type { KubectlRelease } from '../versions/kubectl.js';
import { humanDuration } from './human-duration.js';

/** An Event object as `kubectl describe` gets it. */
export interface DescribedEvent {
  readonly type: string;
  readonly reason: string;
  readonly from: string;
  /** Empty or absent for events of the pod itself. */
  readonly fieldPath?: string;
  readonly message: string;
  readonly count: number;
  readonly firstSecondsAgo: number;
  readonly lastSecondsAgo: number;
}

const header = ['Type', 'Reason', 'Age', 'From', 'Message'] as const;

/** kubectl's own line: four dashes under `Age`. */
const rule = ['----', '------', '----', '----', '-------'] as const;

/**
 * The `Events:` section of `kubectl describe pod` (kubelet.md §10.1): sorted by last occurrence, equal times in the
 * API's list order, so that lines move as events repeat.
 *
 * @param events in the API's list order
 * @returns lines without line ends
 */
export function describeEvents(
  events: readonly DescribedEvent[],
  release: KubectlRelease,
): readonly string[] {
  if (events.length === 0) return ['Events:  <none>'];
  const rows = [...events].sort(byLastOccurrence).map((event) => cells(event, release));
  const table = [header, rule, ...rows];
  const widths = header.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return ['Events:', ...table.map((row) => `  ${padded(row, widths)}`)];
}

/** The scheduler's event has no lastTimestamp, only an eventTime, and so comes before all others. */
const byLastOccurrence = (a: DescribedEvent, b: DescribedEvent) =>
  Number(isScheduler(b)) - Number(isScheduler(a)) || b.lastSecondsAgo - a.lastSecondsAgo;

const isScheduler = ({ from }: DescribedEvent) => from === 'default-scheduler';

function cells(event: DescribedEvent, { describePrefixesFieldPath }: KubectlRelease): readonly string[] {
  const prefix = describePrefixesFieldPath && event.fieldPath ? `${event.fieldPath}: ` : '';
  return [event.type, event.reason, ageOf(event), event.from, prefix + event.message.trim()];
}

const ageOf = ({ count, firstSecondsAgo, lastSecondsAgo }: DescribedEvent) =>
  count > 1
    ? `${humanDuration(lastSecondsAgo)} (x${count} over ${humanDuration(firstSecondsAgo)})`
    : humanDuration(firstSecondsAgo);

const padded = (row: readonly string[], widths: readonly number[]) =>
  row
    .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 2)))
    .join('');
