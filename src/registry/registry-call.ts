import type { IncomingHttpHeaders } from 'node:http';
import type { Reply } from '../wire/reply.js';
import type { Caller } from './caller.js';
import type { Awaitable } from './content-store.js';
import type { OpenHost } from './open-host.js';
import type { RequestBody } from './request-body.js';

/** A request that was admitted: what a handler gets to see. */
export interface RegistryCall {
  readonly host: OpenHost;
  readonly method: string;
  /** A valid repository name; empty where the route has none. */
  readonly repository: string;
  /** Digest, tag or session id as the path has it, decoded and not checked; empty where the route has none. */
  readonly reference: string;
  /** Behind the `?`. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: RequestBody;
  readonly caller: Caller;
  readonly now: Date;
}

/** Answers at once when it can. Throws RefusedRequest for what it refuses. */
export type Handler = (call: RegistryCall) => Awaitable<Reply>;

/** Goes on with a value that may not be there yet, without waiting for the event loop when it is. */
export function chain<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** The parameters of the query; `+` is a blank in them. */
export function readQuery(call: RegistryCall): URLSearchParams {
  return new URLSearchParams(call.query);
}

/**
 * An address on this server for a header: relative, so that no `Host` header can steer it (S29). A client that chose
 * the registry by `?ns=` must choose it again when it follows.
 */
export function locate(
  call: RegistryCall,
  path: string,
  parameters: readonly [string, string][] = [],
): string {
  const namespace = call.query === '' ? null : readQuery(call).get('ns');
  const all = namespace === null ? parameters : [...parameters, ['ns', namespace] as const];
  if (all.length === 0) return path;
  return `${path}?${all.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
}
