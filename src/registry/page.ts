import { RefusedRequest } from './refused-request.js';
import { locate, type RegistryCall, readQuery } from './registry-call.js';

/** One page of a sorted list, and the way to the next. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The `Link` header, or nothing to add. */
  readonly headers: { readonly Link?: string };
}

/** How one list is cut into pages. */
export interface PageRules<T> {
  /** Path of the list, for `Link`. */
  readonly path: string;
  /** What `last` names. */
  readonly keyOf: (item: T) => string;
  /** Entries of a page when `n` is absent. */
  readonly defaultSize?: number;
  /** Larger `n` are refused, as distribution does for the catalog. */
  readonly maxSize?: number;
  /** Further parameters that the next page needs. */
  readonly parameters?: readonly [string, string][];
}

/**
 * Cuts the page that `n` and `last` ask for out of a list sorted by byte (registry.md §5.5). `last` need not exist;
 * nothing is allocated by `n` (CVE-2023-2253).
 *
 * @throws RefusedRequest PAGINATION_NUMBER_INVALID for an `n` that is no whole number, or is given twice
 */
export function cutPage<T>(call: RegistryCall, list: readonly T[], rules: PageRules<T>): Page<T> {
  const query = readQuery(call);
  const asked = readPageSize(query.getAll('n'), rules);
  const size = Math.min(asked ?? rules.defaultSize ?? Number.POSITIVE_INFINITY, serverSize(call));
  const last = query.get('last');
  const start = last === null ? 0 : firstBehind(list, last, rules.keyOf);
  const items = list.slice(start, Math.min(start + size, list.length));
  const end = items.at(-1);
  // An empty page has no last entry to go on from, so n=0 ends the list.
  if (end === undefined || start + size >= list.length) return { items, headers: {} };
  const parameters: [string, string][] = [
    ['last', rules.keyOf(end)],
    ['n', String(size)],
    ...(rules.parameters ?? []),
  ];
  return { items, headers: { Link: `<${locate(call, rules.path, parameters)}>; rel="next"` } };
}

const serverSize = (call: RegistryCall) => call.host.pageSize ?? Number.POSITIVE_INFINITY;

function readPageSize<T>(values: readonly string[], { maxSize }: PageRules<T>): number | undefined {
  const [value] = values;
  if (value === undefined) return undefined;
  if (values.length > 1 || !/^\d+$/.test(value) || Number(value) > (maxSize ?? Number.POSITIVE_INFINITY)) {
    throw new RefusedRequest('PAGINATION_NUMBER_INVALID', {
      detail: { n: /^\d{1,15}$/.test(value) ? Number(value) : value },
    });
  }
  return Number(value);
}

/** Index of the first entry behind `last`, by halving: lists may have ten thousand entries. */
function firstBehind<T>(list: readonly T[], last: string, keyOf: (item: T) => string): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyOf(list[middle] as T) > last) high = middle;
    else low = middle + 1;
  }
  return low;
}
