import { goQuote } from '../image/go-quote.js';

/** Nanoseconds of each unit of a Go duration. */
const units: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Go's int64 ends at about 292 years. */
const maxNanoseconds = 2 ** 63;

/**
 * Reads a duration as Go's `time.ParseDuration` does: `10m`, `1h30m`, `-1.5s`, `0`. Plain numbers have no unit and are errors.
 *
 * @returns nanoseconds, exact up to 104 days
 * @throws Error with Go's text: `time: invalid duration "abc"`
 */
export function parseNanoseconds(text: string): number {
  const [, sign = '', rest = ''] = /^([-+]?)([\s\S]*)$/.exec(text) ?? [];
  if (rest === '0') return 0;
  if (rest === '') throw invalidDuration(text);
  let sum = 0;
  let at = 0;
  while (at < rest.length) {
    const [all, whole = '', fraction = '', unit = ''] = /^(\d*)(?:\.(\d*))?([^.\d]*)/.exec(
      rest.slice(at),
    ) ?? [''];
    if (whole + fraction === '') throw invalidDuration(text);
    const scale = scaleOf(unit, text);
    // As Go does it: 2.3s is exact.
    sum += Number(whole) * scale + Math.trunc(Number(fraction) * (scale / 10 ** fraction.length));
    at += all.length;
  }
  if (sum >= maxNanoseconds) throw invalidDuration(text);
  return sign === '-' ? 0 - sum : sum;
}

/** A duration as Go prints it: `1m0s`, `1.5s`, `250ms`, `-1h0m0s`, `0s`. */
export function printNanoseconds(nanoseconds: number): string {
  if (nanoseconds < 0) return `-${printNanoseconds(-nanoseconds)}`;
  if (nanoseconds === 0) return '0s';
  if (nanoseconds < 1e3) return `${nanoseconds}ns`;
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}µs`;
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`;
  const minutes = Math.floor(nanoseconds / 60e9);
  const seconds = `${((nanoseconds % 60e9) / 1e9).toFixed(9).replace(/\.?0+$/, '')}s`;
  if (minutes === 0) return seconds;
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}

function scaleOf(unit: string, text: string): number {
  if (unit === '') throw new Error(`time: missing unit in duration ${goQuote(text)}`);
  const scale = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (scale === undefined)
    throw new Error(`time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}`);
  return scale;
}

const invalidDuration = (text: string) => new Error(`time: invalid duration ${goQuote(text)}`);
