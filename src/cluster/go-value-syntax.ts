/** The texts of resource quantities and times, and what Go says of those that are none. */

const quantityForm = /^[+-]?\d*(?:\.\d*)?([eEinumkKMGTP]*[-+]?\d*)$/;
const quantitySuffix = /^(?:[numkMGTPE]|[KMGTPE]i|[eE][-+]?\d+)?$/;

/** Why a text is no quantity like `500m` or `1Gi` (apimachinery `resource.ParseQuantity`); `undefined` when it is one. */
export function quantityProblem(text: string): string | undefined {
  const trimmed = text.trim();
  const match = trimmed === '' ? null : quantityForm.exec(trimmed);
  if (match === null) {
    return "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  }
  return quantitySuffix.test(match[1] ?? '') ? undefined : "unable to parse quantity's suffix";
}

/** The parts of RFC 3339 as Go names them, with what each accepts. */
const timeParts: readonly (readonly [name: string, form: RegExp])[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d\d/],
  ['-', /^-/],
  ['02', /^\d\d/],
  ['T', /^T/],
  ['15', /^\d\d?/],
  [':', /^:/],
  ['04', /^\d\d/],
  [':', /^:/],
  ['05', /^\d\d(?:[.,]\d+)?/],
  ['Z07:00', /^(?:Z|[-+]\d\d:\d\d)/],
];

/** Why a text is no time (Go's `time.Parse` with RFC 3339); `undefined` when it is one. */
export function timeProblem(text: string): string | undefined {
  const said = `parsing time ${JSON.stringify(text)}`;
  let rest = text;
  for (const [name, form] of timeParts) {
    const [part] = form.exec(rest) ?? [];
    if (part === undefined) {
      return `${said} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(rest)} as "${name}"`;
    }
    rest = rest.slice(part.length);
  }
  if (rest !== '') return `${said}: extra text: ${JSON.stringify(rest)}`;
  const outOfRange = rangeProblem(text);
  return outOfRange === undefined ? undefined : `${said}: ${outOfRange} out of range`;
}

function rangeProblem(text: string): string | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (text.match(/\d+/g) ?? []).map(
    Number,
  );
  if (month < 1 || month > 12) return 'month';
  if (hour > 23) return 'hour';
  if (minute > 59) return 'minute';
  if (second > 59) return 'second';
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return day < 1 || day > days ? 'day' : undefined;
}
