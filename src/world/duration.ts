/** A span of time: milliseconds, or `90s`, `15m`, `12h`, `1h30m`, `2d`. */
export type Duration = number | string;

const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * A duration in milliseconds. Written as Go's flags take them (`1h30m`, `1.5h`), with days besides.
 *
 * @throws RangeError for anything else, and for negative or endless ones
 */
export function milliseconds(duration: Duration): number {
  const sum = typeof duration === 'number' ? duration : parse(duration);
  if (sum !== undefined && Number.isFinite(sum) && sum >= 0) return Math.round(sum);
  const shown = typeof duration === 'string' ? `"${duration}"` : String(duration);
  throw new RangeError(`${shown} is no duration: write it like 90s, 15m, 12h or 1h30m`);
}

function parse(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g))
    sum += Number(count) * unitsMs[unit as keyof typeof unitsMs];
  return sum;
}
