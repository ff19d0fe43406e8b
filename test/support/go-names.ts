/** A value recorded with Go's field names, with the names that JSON has: `MatchImages` → `matchImages`, `APIVersion` → `apiVersion`. */
export function jsonNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(jsonNames);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [jsonName(name), jsonNames(inner)]));
}

/** The capitals at the start, but for the one that begins the next word, become small: `UID` → `uid`, `APIVersion` → `apiVersion`. */
const jsonName = (name: string) =>
  name.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (capitals) => capitals.toLowerCase());

/** A recorded map of docker config entries: its keys stay, an absent field of an entry has Go's zero value. */
export const entriesWithZeroValues = (map: object): Record<string, object> =>
  Object.fromEntries(
    Object.entries(map).map(([key, entry]) => {
      const named = jsonNames(entry) as object;
      return [key, { username: '', password: '', email: '', ...named }];
    }),
  );
