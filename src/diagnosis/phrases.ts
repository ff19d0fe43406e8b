/** `a`, `a and b`, `a, b and c`; longer lists are cut and say how many were left out. */
export function listed(names: readonly string[], most = 6, conjunction: 'and' | 'or' = 'and'): string {
  if (names.length > most) return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}

/** `"a"`, `"b" or "c"`. */
export const quoted = (names: readonly string[], most = 6, conjunction: 'and' | 'or' = 'and'): string =>
  listed(
    names.map((name) => `"${name}"`),
    most,
    conjunction,
  );

/** `; did you mean "a" or "b"?`, or nothing. */
export const didYouMean = (names: readonly string[]): string =>
  names.length === 0 ? '' : `; did you mean ${quoted(names, 3, 'or')}?`;

/** `1 image`, `2 images`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
