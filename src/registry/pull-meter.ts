import { repositoryPattern } from '../access/repository-pattern.js';
import type { Reply } from '../wire/reply.js';
import type { Caller } from './caller.js';
import type { Operation } from './fault-board.js';
import type { PullLimit } from './limits.js';
import { commonHeaders, errorReply } from './replies.js';

/** One request, as the meter sees it. */
export interface MeteredRequest {
  readonly operation: Operation;
  readonly method: string;
  readonly repository: string;
  readonly caller: Caller;
  readonly address: string;
  readonly now: Date;
}

/** What the meter says to a request: how much is left, or that nothing is. */
export type MeterReading =
  | { readonly over: false; readonly headers: Readonly<Record<string, string>> }
  | { readonly over: true; readonly reply: Reply; readonly because: string };

/** Counts pulls; `undefined` for requests that it does not look at. */
export type PullMeter = (request: MeteredRequest) => MeterReading | undefined;

/** Docker Hub's text since 2024; the one for users is the older one (registry.md §6). */
const texts = {
  anonymous:
    'You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
  user: 'You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit',
};

interface Window {
  readonly endsMs: number;
  used: number;
}

/** So many clients are remembered; the oldest window goes first. */
const maxClients = 10_000;

/**
 * Counts as Docker Hub does: a GET of a manifest is a pull, a HEAD shows what is left without counting and is never
 * refused, blobs are free. A window begins with a client's first pull.
 */
export function createPullMeter(limit: PullLimit): PullMeter {
  const windows = new Map<string, Window>();
  const inRepository = repositoryPattern(limit.repository ?? '**');
  const operation = limit.operation ?? 'manifest';
  return (request) => {
    const { method, now } = request;
    if (request.operation !== operation || (method !== 'GET' && method !== 'HEAD')) return undefined;
    if (!inRepository(request.repository)) return undefined;
    const client = clientOf(limit, request);
    const counted = limit.perRepository === true ? `${client} ${request.repository}` : client;
    const window = currentWindow(windows, counted, now.getTime(), limit.windowSeconds);
    if (method === 'GET' && window.used >= limit.limit) return refuse(limit, request, client, window);
    if (method === 'GET') window.used += 1;
    return { over: false, headers: countHeaders(limit, client, window) };
  };
}

/** Hub names an anonymous client by its address and a user by an id. */
function clientOf(limit: PullLimit, { caller, address }: MeteredRequest): string {
  return limit.per === 'address' || caller.identity.kind === 'anonymous' ? address : caller.identity.name;
}

function currentWindow(
  windows: Map<string, Window>,
  client: string,
  nowMs: number,
  windowSeconds: number,
): Window {
  const known = windows.get(client);
  if (known !== undefined && nowMs < known.endsMs) return known;
  const fresh: Window = { endsMs: nowMs + windowSeconds * 1000, used: 0 };
  windows.delete(client);
  windows.set(client, fresh);
  const oldest = windows.size > maxClients ? windows.keys().next().value : undefined;
  if (oldest !== undefined) windows.delete(oldest);
  return fresh;
}

function countHeaders(limit: PullLimit, client: string, window: Window): Readonly<Record<string, string>> {
  const left = Math.max(0, limit.limit - window.used);
  return {
    'RateLimit-Limit': `${limit.limit};w=${limit.windowSeconds}`,
    'RateLimit-Remaining': `${left};w=${limit.windowSeconds}`,
    'Docker-RateLimit-Source': encodeURI(client),
  };
}

function refuse(
  limit: PullLimit,
  { caller, now }: MeteredRequest,
  client: string,
  window: Window,
): MeterReading {
  const headers = {
    ...countHeaders(limit, client, window),
    'Retry-After': String(Math.max(1, Math.ceil((window.endsMs - now.getTime()) / 1000))),
  };
  const because = `${client} has used all ${limit.limit} pulls of ${limit.windowSeconds} seconds`;
  const message = texts[caller.identity.kind];
  if (limit.answer !== 'plain')
    return { over: true, because, reply: errorReply('TOOMANYREQUESTS', { message, headers }) };
  const plain = { ...commonHeaders, 'Content-Type': 'text/plain', ...headers };
  return { over: true, because, reply: { status: 429, headers: plain, body: 'Too Many Requests' } };
}
