import {
  Agent,
  type AgentOptions,
  type ClientRequest,
  type IncomingMessage,
  request as sendRequest,
} from 'node:http';
import type { Socket } from 'node:net';
import { type ConnectionOptions, openConnection, type TlsSettings } from './connection.js';
import { type HttpUrl, requestTarget } from './http-url.js';
import { NetworkError } from './network-failure.js';
import { transportFailureOf } from './node-network-error.js';

/** One request as it goes on the wire. */
export interface WireRequest {
  readonly method: string;
  readonly url: HttpUrl;
  /** Without `Host`. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | undefined;
  readonly tls: TlsSettings;
  /** Milliseconds; `null` waits for ever. */
  readonly responseHeaderTimeoutMs: number | null;
  readonly signal?: AbortSignal | undefined;
  /** Go's client sends a GET or HEAD again when a connection that it kept was closed under it. */
  readonly replayOnKeptConnection?: boolean;
}

/** One answer, its body still on the wire: read it, or {@link WireResponse.discard} it. */
export interface WireResponse {
  readonly status: number;
  /** `404 Not Found`, with the server's own reason phrase. */
  readonly statusLine: string;
  /** Lower-case names; repeated headers are kept apart. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** `-1` when the server did not say. */
  readonly contentLength: number;
  /** The content as it comes. Throws {@link NetworkError} when it is cut. */
  readonly body: AsyncIterable<Buffer>;
  discard(): void;
}

/** Sends requests over kept connections. Redirects, authorisation and retries are its callers' business. */
export interface Transport {
  /** @throws {@link NetworkError} */
  send(request: WireRequest): Promise<WireResponse>;
  close(): void;
}

export type TransportOptions = ConnectionOptions;

/** Bodies up to this size are read to the end when nobody wants them, so that their connection can be used again. */
const drainLimitBytes = 64 * 1024;

/** Idle connections end before servers end them (Node: 5 s), so that a request is never sent into a closing one. */
const idleTimeoutMs = 3_000;

export function createTransport(options: TransportOptions): Transport {
  const agent = new ConnectionPool(options);
  return {
    async send(request) {
      const first = await exchange(request, agent);
      if (!(first instanceof LostKeptConnection)) return first;
      const second = await exchange({ ...request, replayOnKeptConnection: false }, agent, true);
      if (second instanceof LostKeptConnection) throw new NetworkError({ kind: 'closed' });
      return second;
    },
    close: () => agent.destroy(),
  };
}

/** An answer's header, first value; empty when absent. */
export function headerOf(response: Pick<WireResponse, 'headers'>, name: string): string {
  const value = response.headers[name];
  return (typeof value === 'string' ? value : value?.[0]) ?? '';
}

/** The whole body, at most `limitBytes` of it. */
export async function readBody(
  response: Pick<WireResponse, 'body'>,
  limitBytes = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= limitBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, limitBytes);
}

/** All values of a header, one per header line. */
export function headerLines(response: Pick<WireResponse, 'headers'>, name: string): readonly string[] {
  const value = response.headers[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

interface PoolOptions extends AgentOptions {
  readonly poolKey: string;
  readonly open: () => Promise<Socket>;
}

interface InternedTls {
  readonly key: number;
  readonly settings: TlsSettings;
}

/** Node's agent over connections that are opened, secured and verified as Go does. */
class ConnectionPool extends Agent {
  private readonly settings: ConnectionOptions;
  private readonly known = new Map<string, InternedTls>();
  private readonly interned = new WeakMap<TlsSettings, InternedTls>();

  constructor(settings: ConnectionOptions) {
    super({ keepAlive: true, timeout: idleTimeoutMs, maxFreeSockets: 64 });
    this.settings = settings;
  }

  optionsFor(request: WireRequest, fresh: boolean): PoolOptions {
    const protocol = request.url.scheme === 'http' ? 'http' : 'https';
    const target = { protocol, host: request.url.host } as const;
    const { key, settings } = this.intern(request.tls);
    return {
      poolKey: `${fresh ? 'fresh ' : ''}${protocol}://${request.url.host} ${key}`,
      open: () => openConnection(target, settings, this.settings),
    };
  }

  /** Hosts files are read at each pull; equal settings must be one object, for its connections and its TLS context. */
  private intern(tls: TlsSettings): InternedTls {
    const seen = this.interned.get(tls);
    if (seen !== undefined) return seen;
    const text = JSON.stringify(tls);
    const known = this.known.get(text) ?? { key: this.known.size, settings: tls };
    this.known.set(text, known);
    this.interned.set(tls, known);
    return known;
  }

  override getName(options?: object): string {
    return (options as PoolOptions).poolKey;
  }

  /** Answers later, through `done`, as Node allows and its types do not say. */
  override createConnection(options: object, done?: (error: Error | null, socket: Socket) => void): Socket {
    (options as PoolOptions).open().then(
      (socket) => done?.(null, socket),
      (error: Error) => done?.(error, undefined as never),
    );
    return undefined as never;
  }
}

/** A kept connection was closed before any answer: the request may be sent once more. */
class LostKeptConnection {}

function exchange(
  request: WireRequest,
  pool: ConnectionPool,
  fresh = false,
): Promise<WireResponse | LostKeptConnection> {
  if (request.signal?.aborted) return Promise.reject(new NetworkError({ kind: 'canceled' }));
  return new Promise((resolve, reject) => {
    const outgoing = start(request, pool, fresh);
    const timer =
      request.responseHeaderTimeoutMs === null
        ? undefined
        : setTimeout(
            () => outgoing.destroy(new NetworkError({ kind: 'no-answer' })),
            request.responseHeaderTimeoutMs,
          );
    const onAbort = () => outgoing.destroy(new NetworkError({ kind: 'canceled' }));
    request.signal?.addEventListener('abort', onAbort, { once: true });
    const settled = () => {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', onAbort);
    };
    outgoing.once('response', (incoming) => {
      clearTimeout(timer);
      incoming.once('close', settled);
      resolve(responseOf(incoming, request.signal));
    });
    outgoing.on('error', (error) => {
      settled();
      const failure = transportFailureOf(error);
      const mayReplay = request.replayOnKeptConnection === true && outgoing.reusedSocket;
      if (failure.kind === 'closed' && mayReplay) resolve(new LostKeptConnection());
      else reject(new NetworkError(failure));
    });
    outgoing.end(request.body);
  });
}

function start(request: WireRequest, pool: ConnectionPool, fresh: boolean): ClientRequest {
  const body = request.body;
  const outgoing = sendRequest({
    ...pool.optionsFor(request, fresh),
    agent: pool,
    method: request.method,
    path: requestTarget(request.url),
    setHost: false,
    headers: {
      host: request.url.host,
      ...(request.headers as Record<string, string | string[]>),
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
  });
  // HTTP/1.1 keeps connections without saying so, and Go does not say so.
  outgoing.removeHeader('connection');
  return outgoing;
}

function responseOf(incoming: IncomingMessage, signal: AbortSignal | undefined): WireResponse {
  const headers = collectHeaders(incoming.rawHeaders);
  const length = incoming.headers['content-length'];
  const status = incoming.statusCode ?? 0;
  return {
    status,
    statusLine: `${status} ${incoming.statusMessage ?? ''}`,
    headers,
    contentLength: length === undefined || headers['transfer-encoding'] !== undefined ? -1 : Number(length),
    body: { [Symbol.asyncIterator]: () => chunksOf(incoming, signal) },
    discard() {
      incoming.on('error', () => {});
      if (Number(length ?? 0) > drainLimitBytes) incoming.destroy();
      else incoming.resume();
    },
  };
}

async function* chunksOf(
  incoming: IncomingMessage,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void> {
  try {
    for await (const chunk of incoming) yield chunk as Buffer;
  } catch (error) {
    throw new NetworkError(signal?.aborted ? { kind: 'canceled' } : transportFailureOf(error));
  }
}

function collectHeaders(raw: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    const value = raw[i + 1] ?? '';
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else headers[name] = Array.isArray(before) ? [...before, value] : [before, value];
  }
  return headers;
}
