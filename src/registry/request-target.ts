import { matchPath, type PathMatch } from './route-path.js';
import { type Route, routes } from './routes.js';

/** A request's path and query, read. */
export interface RequestTarget {
  readonly match: PathMatch<Route>;
  /** Behind the `?`; empty without one. */
  readonly query: string;
  /** The `ns` parameter, by which mirrors name the registry that they stand for. */
  readonly namespace: string | undefined;
}

/** Clients ask for the same few addresses over and over; so many readings are kept. */
const maxRemembered = 4096;
const maxRememberedLength = 512;

/** Reads request targets, and remembers how it read them. */
export function createRequestTargets(): (url: string) => RequestTarget {
  const remembered = new Map<string, RequestTarget>();
  return (url) => {
    const known = remembered.get(url);
    if (known !== undefined) return known;
    const target = readTarget(url);
    if (url.length > maxRememberedLength) return target;
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(url, target);
    return target;
  };
}

function readTarget(url: string): RequestTarget {
  // Proxies send the absolute form; the rest is the same.
  const path = url.replace(/^https?:\/\/[^/?#]*/i, '');
  const mark = path.indexOf('?');
  const query = mark < 0 ? '' : path.slice(mark + 1);
  const namespace = query === '' ? null : new URLSearchParams(query).get('ns');
  return {
    match: matchPath(mark < 0 ? path : path.slice(0, mark), routes),
    query,
    namespace: namespace ?? undefined,
  };
}
