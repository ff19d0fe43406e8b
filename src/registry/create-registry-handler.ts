import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Journal } from '../access/journal.js';
import { type Reply, type ReplyTarget, writeReply } from '../wire/reply.js';
import { admit } from './admit.js';
import { createExchange, type RegistryExchange } from './exchange.js';
import type { StruckFault } from './fault-board.js';
import { faultReply } from './fault-reply.js';
import { faultTarget } from './fault-target.js';
import { journalEntry } from './journal-entry.js';
import { lingeringTarget } from './lingering-target.js';
import { type OpenHost, openHost } from './open-host.js';
import type { RegistryHost } from './registry-host.js';
import { replyToThrown } from './replies.js';
import { ClientGone, hasUnreadBody } from './request-body.js';
import { createRequestTargets } from './request-target.js';
import { createHostSelector } from './select-host.js';

/** What a registry server is made of. */
export interface RegistryOptions {
  /** At least one; the first serves clients that name no known host. */
  readonly hosts: readonly RegistryHost[];
  /** Which of two names counts when a request has both; `namespace` (`?ns=`) by default. */
  readonly nameThatWins?: 'namespace' | 'host';
  /** Gets every exchange, once it is answered. */
  readonly journal?: Journal;
  /** Wall clock by default. */
  readonly now?: () => Date;
  /** Random bytes for upload sessions; from the system by default. */
  readonly random?: (bytes: number) => Uint8Array;
  /** Waits; for ordered latency. Real time by default. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** Gets what no handler expected: our bugs and broken disks. The client is told 500 and nothing else. */
  readonly onError?: (error: unknown) => void;
}

/** Answers requests below `/v2/`; a plain listener, so that a server can call it ahead of any framework. */
export interface RegistryHandler extends RequestListener {
  (request: IncomingMessage, response: ServerResponse): void;
  /** For the server's `checkContinue` event: refuses before the body is sent, says `100 Continue` when it is wanted. */
  readonly checkContinue: RequestListener;
  /** Closes open uploads. The stores belong to who made them. */
  readonly close: () => Promise<void>;
}

interface Server {
  readonly options: RegistryOptions;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
  readonly readTarget: ReturnType<typeof createRequestTargets>;
  readonly selectHost: ReturnType<typeof createHostSelector<OpenHost>>;
}

/** One server that plays all `hosts`. */
export function createRegistryHandler(options: RegistryOptions): RegistryHandler {
  const random = options.random ?? randomBytes;
  const hosts = options.hosts.map((host) => openHost(host, () => random(16)));
  const server: Server = {
    options,
    now: options.now ?? (() => new Date()),
    sleep: options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
    readTarget: createRequestTargets(),
    selectHost: createHostSelector(hosts, options.nameThatWins),
  };
  const handle: RequestListener = (request, response) => serve(server, request, response, false);
  return Object.assign(handle, {
    checkContinue: (request: IncomingMessage, response: ServerResponse) =>
      serve(server, request, response, true),
    close: async () => {
      await Promise.all(hosts.map((host) => host.uploads.close()));
    },
  });
}

/** Reads the request, finds its host, answers, and writes the answer down. */
function serve(
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
  awaitsContinue: boolean,
): void {
  const target = server.readTarget(request.url ?? '/');
  const { host, by } = server.selectHost({ hostHeader: request.headers.host, namespace: target.namespace });
  const exchange = createExchange({
    request,
    response,
    target,
    host,
    selectedBy: by,
    now: server.now(),
    awaitsContinue,
  });
  const fault = host.faults?.strike(exchange);
  if (fault !== undefined) return void serveWithFault(server, exchange, fault);
  try {
    const reply = admit(exchange);
    if (reply instanceof Promise)
      reply.then((value) => finish(server, exchange, value), fail(server, exchange));
    else finish(server, exchange, reply);
  } catch (error) {
    fail(server, exchange)(error);
  }
}

async function serveWithFault(server: Server, exchange: RegistryExchange, fault: StruckFault): Promise<void> {
  try {
    exchange.fault = fault;
    if (fault.latencyMs !== undefined) await server.sleep(fault.latencyMs);
    const reply = faultReply(fault) ?? (await admit(exchange));
    finish(server, exchange, reply);
  } catch (error) {
    fail(server, exchange)(error);
  }
}

const fail = (server: Server, exchange: RegistryExchange) => (error: unknown) => {
  if (error instanceof ClientGone) return abandon(server, exchange, error);
  const reply = replyToThrown(error);
  if (reply.status === 500) server.options.onError?.(error);
  finish(server, exchange, reply);
};

/** Nobody is left to answer; the journal gets the status that nginx made usual for this. */
function abandon(server: Server, exchange: RegistryExchange, error: ClientGone): void {
  exchange.because = error.message;
  server.options.journal?.(journalEntry(exchange, 499));
}

function finish(server: Server, exchange: RegistryExchange, reply: Reply): void {
  const { request, response } = exchange;
  server.options.journal?.(journalEntry(exchange, reply.status));
  if (response.destroyed || response.headersSent) return;
  const plain = hasUnreadBody(request) ? lingeringTarget(request, response) : (response as ReplyTarget);
  const target = exchange.fault === undefined ? plain : faultTarget(exchange.fault, response, plain);
  writeReply(exchange.method, reply, target);
}
