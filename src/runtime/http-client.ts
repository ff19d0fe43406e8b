import { goQuote } from '../image/go-quote.js';
import type { Exchange } from '../wire/exchange.js';
import { describeAuthorization } from '../wire/mask.js';
import type { TlsSettings } from './connection.js';
import { decodeBody } from './content-encoding.js';
import { formatHttpUrl, type HttpUrl, hostName, httpUrlProblem, resolveHttpUrl } from './http-url.js';
import {
  isTransient,
  NetworkError,
  networkCode,
  networkText,
  pullFailureOf,
  type TransportFailure,
} from './network-failure.js';
import { PullError, type PullErrorMarks } from './pull-error.js';
import { headerOf, type Transport, type WireResponse } from './transport.js';

/** One logical request of a Go `http.Client`: redirects included. */
export interface ClientRequest {
  readonly method: string;
  readonly url: HttpUrl;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  /** How the trace describes a credential that travels in the body: `password alice:***`. */
  readonly bodyCredential?: string;
  readonly tls: TlsSettings;
  /** Tries https for a URL that says http, and falls back as containerd's `httpFallback` (runtime.md §4.1). */
  readonly fallback?: SchemeFallback;
  /** Sees each redirected request before it is sent and may change its headers; it throws to stop. */
  readonly onRedirect?: (request: RedirectedRequest) => Promise<void>;
}

export interface RedirectedRequest {
  readonly url: HttpUrl;
  readonly headers: Record<string, string | readonly string[]>;
}

/** Remembers the host that turned out to speak plain HTTP. */
export interface SchemeFallback {
  plainHost?: string;
  readonly onRefused: boolean;
}

/** An answer with the request that it belongs to: after redirects, the last one. */
export interface ClientResponse extends WireResponse {
  readonly request: {
    readonly method: string;
    readonly url: HttpUrl;
    /** The pull has no credential to offer. */
    readonly anonymous: boolean;
  };
}

/** What all requests of one pull share. */
export interface ClientContext {
  readonly transport: Transport;
  /** Every exchange is added here, in the order of their answers. */
  readonly exchanges: Exchange[];
  readonly responseHeaderTimeoutMs: number | null;
  readonly tlsPrefix: string;
  /** The pull has no credential to offer. */
  readonly anonymous: boolean;
  /**
   * Hosts with a connection that Go's client would have kept, because an answer on it was read to its end. Ours are shared by
   * all pulls, Go's only by one list of hosts.
   */
  readonly keptHosts: Set<string>;
  readonly signal?: AbortSignal | undefined;
}

const maxRedirects = 10;

/**
 * Sends a request as Go's `http.Client` does: it follows redirects, drops `Authorization` when they leave the host, and
 * names failures `Head "URL": text`.
 *
 * @throws {@link PullError} when no answer came
 */
export async function sendFollowing(request: ClientRequest, context: ClientContext): Promise<ClientResponse> {
  let current: Hop = { ...request, headers: { ...request.headers } };
  for (let redirects = 0; ; redirects++) {
    const response = await sendHop(current, request, context);
    const location = headerOf(response, 'location');
    if (!isRedirect(response.status) || location === '') {
      const { method, url } = current;
      return { ...response, request: { method, url, anonymous: context.anonymous } };
    }
    response.discard();
    checkLocation(location, current);
    current = redirected(current, response.status, location);
    if (redirects + 1 >= maxRedirects) {
      throw urlError(request, location, new PullError('stopped after 10 redirects', { kind: 'other' }));
    }
    await authorizeRedirect(request, current, location);
  }
}

function checkLocation(location: string, from: Hop): void {
  const problem = httpUrlProblem(location);
  if (problem === undefined) return;
  const text = `failed to parse Location header ${goQuote(location)}: ${problem}`;
  throw urlError(from, formatHttpUrl(from.url), new PullError(text, { kind: 'other' }));
}

interface Hop {
  readonly method: string;
  readonly url: HttpUrl;
  readonly headers: Record<string, string | readonly string[]>;
  readonly body?: string;
}

const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status);

function redirected(from: Hop, status: number, location: string): Hop {
  const url = resolveHttpUrl(from.url, location);
  const keepsMethod = status === 307 || status === 308 || from.method === 'GET' || from.method === 'HEAD';
  const { authorization, referer: _, 'content-type': contentType, ...headers } = from.headers;
  const keepsAuthorization = authorization !== undefined && isSameOrSubdomain(url.host, from.url.host);
  return {
    method: keepsMethod ? from.method : 'GET',
    url,
    headers: {
      ...headers,
      ...(keepsAuthorization ? { authorization } : {}),
      ...(keepsMethod && contentType !== undefined ? { 'content-type': contentType } : {}),
      ...refererOf(from.url, url),
    },
    ...(keepsMethod && from.body !== undefined ? { body: from.body } : {}),
  };
}

/** Go keeps credentials for the same host on any port, and for its subdomains. */
function isSameOrSubdomain(destination: string, initial: string): boolean {
  const to = hostName(destination).toLowerCase();
  const from = hostName(initial).toLowerCase();
  return to === from || (to.endsWith(`.${from}`) && !/^[\d.]+$|:/.test(to));
}

const refererOf = (from: HttpUrl, to: HttpUrl) =>
  from.scheme === 'https' && to.scheme === 'http' ? {} : { referer: formatHttpUrl(from) };

async function authorizeRedirect(request: ClientRequest, next: Hop, location: string): Promise<void> {
  try {
    await request.onRedirect?.(next);
  } catch (error) {
    if (!(error instanceof PullError)) throw error;
    throw urlError(request, location, error, 'failed to authorize redirect: ');
  }
}

/** Go's `url.Error`: `Head "URL": text`. */
function urlError({ method }: { method: string }, url: string, inner: PullError, prefix = ''): PullError {
  const marks: PullErrorMarks = { ...inner.marks, transportUrl: url };
  return new PullError(
    `${titleCase(method)} "${url}": ${prefix}${inner.message}`,
    inner.failure,
    inner.code,
    marks,
  );
}

const titleCase = (method: string) => `${method.slice(0, 1)}${method.slice(1).toLowerCase()}`;

async function sendHop(hop: Hop, request: ClientRequest, context: ClientContext): Promise<WireResponse> {
  const url = formatHttpUrl(hop.url);
  const recorded = recorder(hop, request.bodyCredential, url, context);
  try {
    const response = await sendWithFallback(hop, request, context);
    recorded(response);
    return response;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    const text = networkText(error.failure, hostName(hop.url.host), context.tlsPrefix);
    recorded(text);
    throw urlError(request, url, networkPullError(error.failure, text, hop.url.host, url));
  }
}

function networkPullError(failure: TransportFailure, text: string, host: string, url: string): PullError {
  return new PullError(text, pullFailureOf(failure, host, url), networkCode(failure), {
    ...(isTransient(failure) ? { transient: true as const } : {}),
    ...(failure.kind === 'connection-refused' ? { refused: true as const } : {}),
  });
}

async function sendWithFallback(
  hop: Hop,
  request: ClientRequest,
  context: ClientContext,
): Promise<WireResponse> {
  const { fallback } = request;
  const plain = { ...hop, url: { ...hop.url, scheme: 'http' } };
  if (fallback === undefined) return sendOnce(hop, request, context);
  if (fallback.plainHost === hop.url.host) return sendOnce(plain, request, context);
  try {
    return await sendOnce(hop, request, context);
  } catch (error) {
    if (!(error instanceof NetworkError) || !fallsBack(error.failure, hop.url.host, fallback)) throw error;
    fallback.plainHost = hop.url.host;
    return sendOnce(plain, request, context);
  }
}

function fallsBack(failure: TransportFailure, host: string, { onRefused }: SchemeFallback): boolean {
  if (failure.kind === 'http-on-https' || failure.kind === 'handshake-timeout') return true;
  const unreachable = failure.kind === 'connection-refused' || failure.kind === 'timeout';
  return onRefused && unreachable && !/:\d+$/.test(host);
}

async function sendOnce(hop: Hop, { tls }: ClientRequest, context: ClientContext): Promise<WireResponse> {
  const problem = unusable(hop.url);
  if (problem !== undefined) throw new NetworkError({ kind: 'other', text: problem });
  const compressed = compression(hop);
  const response = await context.transport.send({
    method: hop.method,
    url: hop.url,
    headers: { ...compressed, ...hop.headers },
    body: hop.body,
    tls,
    responseHeaderTimeoutMs: context.responseHeaderTimeoutMs,
    signal: context.signal,
    replayOnKeptConnection: context.keptHosts.delete(connectionKey(hop)) && hop.method !== 'POST',
  });
  const unasked = compressed['accept-encoding'] === undefined;
  const body = keepingConnection(response, hop, context.keptHosts);
  if (unasked || headerOf(response, 'content-encoding').toLowerCase() !== 'gzip')
    return { ...response, body };
  return { ...response, contentLength: -1, body: decodeBody(body, 'gzip') };
}

const connectionKey = ({ url }: Hop) => `${url.scheme}://${url.host}`;

function keepingConnection(response: WireResponse, hop: Hop, kept: Set<string>): AsyncIterable<Buffer> {
  const key = connectionKey(hop);
  if (hop.method !== 'HEAD' && response.contentLength !== 0)
    return notingEnd(response.body, () => kept.add(key));
  kept.add(key);
  return response.body;
}

async function* notingEnd(body: AsyncIterable<Buffer>, note: () => void): AsyncGenerator<Buffer> {
  yield* body;
  note();
}

function unusable({ scheme, host }: HttpUrl): string | undefined {
  if (scheme !== 'http' && scheme !== 'https') return `unsupported protocol scheme "${scheme}"`;
  return host === '' ? 'http: no Host in request URL' : undefined;
}

/** Go's transport asks for gzip by itself where nobody asked for an encoding or a range, but not with HEAD. */
function compression({ method, headers }: Hop): Record<string, string> {
  const own = headers['accept-encoding'] !== undefined || headers.range !== undefined || method === 'HEAD';
  return own ? {} : { 'accept-encoding': 'gzip' };
}

function recorder(
  hop: Hop,
  bodyCredential: string | undefined,
  url: string,
  { exchanges }: ClientContext,
): (outcome: WireResponse | string) => void {
  const { authorization: _, ...requestHeaders } = hop.headers;
  const base = {
    method: hop.method,
    url,
    authorization:
      hop.body === undefined || bodyCredential === undefined
        ? describeAuthorization(hop.headers.authorization as string | undefined)
        : bodyCredential,
    requestHeaders: joinValues({ ...compression(hop), ...requestHeaders }),
  };
  return (outcome) =>
    exchanges.push(
      typeof outcome === 'string'
        ? { ...base, status: null, responseHeaders: {}, error: outcome }
        : { ...base, status: outcome.status, responseHeaders: withoutCookies(outcome.headers) },
    );
}

const joinValues = (headers: Hop['headers']) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : value.join(', '),
    ]),
  );

function withoutCookies({ 'set-cookie': _, ...headers }: WireResponse['headers']): WireResponse['headers'] {
  return headers;
}
