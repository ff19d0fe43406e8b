const second = 1;
const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

interface Row {
  readonly below: number;
  readonly unit: number;
  readonly letter: string;
  /** A second, smaller unit. */
  readonly rest?: { readonly unit: number; readonly letter: string };
}

const seconds = { unit: second, letter: 's' };
const minutes = { unit: minute, letter: 'm' };
const hours = { unit: hour, letter: 'h' };
const days = { unit: day, letter: 'd' };
const years = { unit: year, letter: 'y' };

/** Up to which age one unit is printed, or two (kubelet.md §10.1). The first row whose limit is not reached counts. */
const rows: readonly Row[] = [
  { below: 2 * minute, ...seconds },
  { below: 10 * minute, ...minutes, rest: seconds },
  { below: 3 * hour, ...minutes },
  { below: 8 * hour, ...hours, rest: minutes },
  { below: 2 * day, ...hours },
  { below: 8 * day, ...days, rest: hours },
  { below: 2 * year, ...days },
  { below: 8 * year, ...years, rest: days },
];

/**
 * An age as kubectl prints it: `90s`, `5m10s`, `12m`, `3h5m`, `2d`, `3y20d`. A second unit of zero is left out.
 *
 * @param seconds 0 or more; fractions are cut off
 */
export function humanDuration(seconds: number): string {
  const whole = Math.max(0, Math.trunc(seconds));
  const { unit, letter, rest } = rows.find(({ below }) => whole < below) ?? (years as Row);
  const count = `${Math.floor(whole / unit)}${letter}`;
  const left = rest === undefined ? 0 : Math.floor((whole % unit) / rest.unit);
  return left === 0 ? count : `${count}${left}${rest?.letter}`;
}
