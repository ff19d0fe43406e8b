import { isRepositoryPath } from '../image/reference-grammar.js';

/** A route's path as the table writes it, cut for matching from the right. */
export interface RoutePath {
  /** What follows the name; the last one may be a parameter in angle brackets. */
  readonly tail: readonly string[];
  readonly named: boolean;
}

export type PathMatch<T> =
  | {
      readonly kind: 'route';
      readonly route: T;
      /** Empty where the route has no name. */
      readonly repository: string;
      /** Digest, tag or session id; decoded, not checked. Empty where the route has none. */
      readonly reference: string;
    }
  | { readonly kind: 'bad-name'; readonly name: string }
  | { readonly kind: 'unknown' };

/**
 * Finds the route of a path. Repository names hold slashes and may themselves be `foo/manifests` or `blobs/uploads`, so
 * routes are told by their end, in the order of the table (registry.md §1). Every segment is decoded once; names are
 * checked component by component in linear time, so that no name can make the server think (S35).
 *
 * @param path of the request, without query; not decoded
 */
export function matchPath<T extends { readonly path: RoutePath }>(
  path: string,
  routes: readonly T[],
): PathMatch<T> {
  const segments = splitPath(path);
  if (segments === undefined) return { kind: 'unknown' };
  for (const route of routes) {
    const start = tailStart(route.path, segments);
    if (start < 0) continue;
    const decoded = decodeAll(segments);
    if (decoded === undefined) return { kind: 'bad-name', name: path };
    const reference = isParameter(route.path.tail.at(-1)) ? (decoded.at(-1) ?? '') : '';
    const repository = decoded.slice(0, start).join('/');
    const slashInside = decoded.slice(0, start).some((segment) => segment.includes('/'));
    if (route.path.named && (slashInside || !isRepositoryName(repository))) {
      return { kind: 'bad-name', name: repository };
    }
    return { kind: 'route', route, repository, reference };
  }
  return { kind: 'unknown' };
}

/** `/v2/<name>/blobs/<digest>` → its tail `blobs`, `<digest>`. */
export function parseRoutePath(path: string): RoutePath {
  const segments = splitPath(path) ?? [];
  const named = segments[0] === '<name>';
  return { tail: named ? segments.slice(1) : segments, named };
}

/** The bound that many clients have on host and name together; distribution answers 500 beyond it (registry.md §1). */
const maxNameLength = 255;

/** A name that a repository may have here. */
export function isRepositoryName(name: string): boolean {
  return name.length <= maxNameLength && isRepositoryPath(name);
}

/** The segments below `/v2/`; a slash behind `uploads` and behind `/v2` may be left out (a 301 would turn POST into GET). */
function splitPath(path: string): string[] | undefined {
  if (path === '/v2' || path === '/v2/') return [];
  if (!path.startsWith('/v2/')) return undefined;
  const segments = path.slice('/v2/'.length).split('/');
  const isUploads = segments.at(-1) === '' && segments.at(-2) === 'uploads' && segments.at(-3) === 'blobs';
  return isUploads ? segments.slice(0, -1) : segments;
}

/** Where the tail begins, or -1 when the path does not end like that. */
function tailStart(path: RoutePath, segments: readonly string[]): number {
  const start = segments.length - path.tail.length;
  if (path.named ? start < 1 : start !== 0) return -1;
  const fits = path.tail.every((expected, index) => {
    const segment = segments[start + index];
    return isParameter(expected) ? segment !== '' : segment === expected;
  });
  return fits ? start : -1;
}

const isParameter = (segment: string | undefined) => segment?.startsWith('<') === true;

function decodeAll(segments: readonly string[]): readonly string[] | undefined {
  try {
    return segments.map((segment) => (segment.includes('%') ? decodeURIComponent(segment) : segment));
  } catch {
    return undefined;
  }
}
