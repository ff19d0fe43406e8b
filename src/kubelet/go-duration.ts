/**
 * A Go duration truncated to milliseconds, as the `Pulled` event prints it: `0s`, `950ms`, `1.482s`, `1m2.003s`, `1h0m5s`.
 *
 * @param milliseconds whole or not; not negative
 */
export function goDuration(milliseconds: number): string {
  const ms = Math.trunc(milliseconds);
  if (ms === 0) return '0s';
  if (ms < 1000) return `${ms}ms`;
  const seconds = `${fraction(ms % 60_000)}s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes === 0) return seconds;
  if (minutes < 60) return `${minutes}m${seconds}`;
  return `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}

/** 2003 → `2.003`, 2500 → `2.5`, 2000 → `2`. */
const fraction = (ms: number) => (ms / 1000).toFixed(3).replace(/\.?0+$/, '');
