import type { Operation } from './fault-board.js';
import type { Need } from './guard.js';
import { deleteBlob, deleteManifest } from './handlers/delete-content.js';
import { discoverExtensions } from './handlers/discover-extensions.js';
import { getBlob } from './handlers/get-blob.js';
import { getManifest } from './handlers/get-manifest.js';
import { listCatalog } from './handlers/list-catalog.js';
import { listReferrers } from './handlers/list-referrers.js';
import { listTags } from './handlers/list-tags.js';
import { ping } from './handlers/ping.js';
import { putManifest } from './handlers/put-manifest.js';
import { startUpload } from './handlers/start-upload.js';
import { askUpload, cancelUpload, continueUpload, finishUpload } from './handlers/upload-session.js';
import type { Handler } from './registry-call.js';
import { parseRoutePath, type RoutePath } from './route-path.js';

/** What one method of a route does, and what it asks of the caller. */
export interface RouteAction {
  readonly need: Need;
  readonly handler: Handler;
}

/** All methods of one path. */
export interface Route {
  readonly path: RoutePath;
  readonly operation: Operation;
  /** HEAD is GET without a body, so it is there whenever GET is. */
  readonly actions: ReadonlyMap<string, RouteAction>;
  /** The `Allow` header of a 405. */
  readonly allow: string;
}

/**
 * Every endpoint with the access it needs (registry.md §3). Paths are matched from the right, in this order: names may
 * themselves end in `blobs/uploads`. Uploads are cancelled by whoever may push; distribution asks for delete there, and
 * clients that only push cannot clean up.
 */
export const endpoints = [
  // id       operation     method    path                                    need       handler
  ['end-1', 'ping', 'GET', '/v2/', 'login', ping],
  ['catalog', 'catalog', 'GET', '/v2/_catalog', 'catalog', listCatalog],
  ['discover', 'other', 'GET', '/v2/_oci/ext/discover', 'login', discoverExtensions],
  ['end-4', 'upload', 'POST', '/v2/<name>/blobs/uploads/', 'push', startUpload],
  ['end-13', 'upload', 'GET', '/v2/<name>/blobs/uploads/<session>', 'push', askUpload],
  ['end-5', 'upload', 'PATCH', '/v2/<name>/blobs/uploads/<session>', 'push', continueUpload],
  ['end-6', 'upload', 'PUT', '/v2/<name>/blobs/uploads/<session>', 'push', finishUpload],
  ['end-14', 'upload', 'DELETE', '/v2/<name>/blobs/uploads/<session>', 'push', cancelUpload],
  ['end-2', 'blob', 'GET', '/v2/<name>/blobs/<digest>', 'pull', getBlob],
  ['end-10', 'blob', 'DELETE', '/v2/<name>/blobs/<digest>', 'delete', deleteBlob],
  ['end-3', 'manifest', 'GET', '/v2/<name>/manifests/<reference>', 'pull', getManifest],
  ['end-7', 'manifest', 'PUT', '/v2/<name>/manifests/<reference>', 'push', putManifest],
  ['end-9', 'manifest', 'DELETE', '/v2/<name>/manifests/<reference>', 'delete', deleteManifest],
  ['end-8', 'tags', 'GET', '/v2/<name>/tags/list', 'pull', listTags],
  ['end-12', 'referrers', 'GET', '/v2/<name>/referrers/<digest>', 'pull', listReferrers],
] as const satisfies readonly (readonly [string, Operation, string, string, Need, Handler])[];

/** The endpoints by path, in the order of their first mention. */
export const routes: readonly Route[] = groupByPath();

function groupByPath(): readonly Route[] {
  const paths = [...new Set(endpoints.map(([, , , path]) => path))];
  return paths.map((path) => {
    const own = endpoints.filter((endpoint) => endpoint[3] === path);
    const actions = new Map<string, RouteAction>();
    for (const [, , method, , need, handler] of own) {
      actions.set(method, { need, handler });
      if (method === 'GET') actions.set('HEAD', { need, handler });
    }
    const operation = own[0]?.[1] ?? 'other';
    return { path: parseRoutePath(path), operation, actions, allow: [...actions.keys()].sort().join(', ') };
  });
}
