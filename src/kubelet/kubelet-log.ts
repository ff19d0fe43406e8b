import { goQuote } from '../image/go-quote.js';

/** One line of the kubelet's log: what never becomes an event. */
export interface KubeletLogLine {
  readonly severity: 'info' | 'error';
  /** klog's `-v` from which it is written; errors always are. */
  readonly verbosity: number;
  readonly message: string;
  readonly error?: string;
  /** Further keys, in order. */
  readonly values: Readonly<Record<string, string>>;
}

/** Takes the kubelet's log. */
export type KubeletLog = (line: KubeletLogLine) => void;

/** The line without time and place: `"Failed to provide credentials for image" err="…" provider="ecr" image="…"`. */
export function printLogLine({ message, error, values }: KubeletLogLine): string {
  const pairs = Object.entries(values).map(([key, value]) => ` ${key}=${goQuote(value)}`);
  const cause = error === undefined ? '' : ` err=${goQuote(error)}`;
  return `${goQuote(message)}${cause}${pairs.join('')}`;
}
