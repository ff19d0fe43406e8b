import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ProbeAnswer } from './answers.js';
import { decodeToken } from './authorization.js';
import { type CertificateName, probeCertificates } from './certificates.js';
import { answerFor, type ProbeRequest, type ProbeState } from './hosts.js';
import { probeRepositories } from './repositories.js';

/** The programmable registry that containerd and CRI-O were recorded against, on free ports. */
export interface Probe {
  /** PEM of the authority that signed all good certificates. */
  readonly ca: string;
  /** Requests since the last {@link Probe.reset}, written as the recordings write them. */
  readonly requests: readonly string[];
  /** Header values of the same requests. */
  readonly headers: readonly IncomingMessage['headers'][];
  /** Resolves when a request was taken that will never be answered. */
  readonly hung: Promise<void>;
  /** The clock of registry and token server; slow answers let it go on. */
  readonly now: () => Date;
  /** Where the port of a URL really listens; `undefined`: nobody does. */
  portFor(port: number): number | undefined;
  /** Forgets requests and counters. */
  reset(): void;
  close(): Promise<void>;
}

/** Ports of the recordings, and what listens there. */
const listeners: readonly { readonly ports: readonly number[]; readonly certificate?: CertificateName }[] = [
  { ports: [443, 5443], certificate: 'good' },
  { ports: [80, 5000] },
  { ports: [8443], certificate: 'untrusted' },
  { ports: [8444], certificate: 'expired' },
  { ports: [8445], certificate: 'wrongName' },
];

export async function startProbe(startedAt: Date): Promise<Probe> {
  const certificates = probeCertificates(startedAt);
  const log = createLog();
  let elapsedMs = 0;
  let counters = new Map<string, number>();
  const now = () => new Date(startedAt.getTime() + elapsedMs);
  const nth = (key: string) => {
    const count = (counters.get(key) ?? 0) + 1;
    counters.set(key, count);
    return count;
  };
  const state: ProbeState = { repositories: probeRepositories(), now, nth };
  const handle = handler(state, log, (milliseconds) => {
    elapsedMs += milliseconds;
  });
  const ports = new Map<number, number>();
  const servers = await Promise.all(
    listeners.map(async ({ ports: names, certificate }) => {
      const server =
        certificate === undefined ? createServer(handle) : createTlsServer(certificates[certificate], handle);
      const port = await listen(server);
      for (const name of names) ports.set(name, port);
      return server;
    }),
  );
  return {
    ca: certificates.ca,
    get requests() {
      return log.requests;
    },
    get headers() {
      return log.headers;
    },
    get hung() {
      return log.hung.promise;
    },
    now,
    portFor: (port) => ports.get(port),
    reset() {
      log.reset();
      counters = new Map();
    },
    close: async () => void (await Promise.all(servers.map(stop))),
  };
}

interface Log {
  requests: string[];
  headers: IncomingMessage['headers'][];
  hung: { readonly promise: Promise<void>; readonly resolve: () => void };
  reset(): void;
}

function createLog(): Log {
  const log: Log = {
    requests: [],
    headers: [],
    hung: deferred(),
    reset() {
      log.requests = [];
      log.headers = [];
      log.hung = deferred();
    },
  };
  return log;
}

function deferred(): Log['hung'] {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function listen(server: Server): Promise<number> {
  server.on('tlsClientError', () => {});
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function handler(state: ProbeState, log: Log, elapse: (milliseconds: number) => void): RequestListener {
  return (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request = requestOf(incoming, Buffer.concat(chunks).toString());
      const answer = answerFor(request, state);
      log.requests.push(requestLine(incoming, request, answer));
      log.headers.push(incoming.headers);
      if ('hang' in answer) return log.hung.resolve();
      if ('destroy' in answer) return incoming.socket.destroy();
      elapse(answer.delayMs ?? 0);
      write(answer, incoming.method ?? '', response);
    });
  };
}

function requestOf(incoming: IncomingMessage, body: string): ProbeRequest {
  const [path = '', query = ''] = (incoming.url ?? '').split('?', 2);
  return {
    method: incoming.method ?? '',
    host: incoming.headers.host ?? '',
    path,
    query: new URLSearchParams(query),
    authorization: incoming.headers.authorization,
    body,
  };
}

function write(
  answer: Extract<ProbeAnswer, { status: number }>,
  method: string,
  response: ServerResponse,
): void {
  const body = Buffer.from(answer.body ?? '');
  const headers = { ...answer.headers };
  if (answer.chunked !== true) headers['content-length'] ??= String(body.length);
  response.writeHead(answer.status, headers as Record<string, string | string[]>);
  if (method === 'HEAD') response.end();
  else if (answer.cut === undefined) response.end(body);
  else response.write(body.subarray(0, answer.cut), () => response.socket?.destroySoon());
}

/** `METHOD HOST/path?query -> STATUS [AUTHORIZATION] {Range: R} body: B challenge: C location: L`; empty parts left out. */
function requestLine(
  incoming: IncomingMessage,
  { method, host, body }: ProbeRequest,
  answer: ProbeAnswer,
): string {
  const { authorization, range } = incoming.headers;
  const headers = 'status' in answer ? (answer.headers ?? {}) : {};
  const challenge = headers['www-authenticate'];
  const status = 'status' in answer ? answer.status : 'hang' in answer ? 'hang' : 'destroy';
  return [
    `${method} ${host}${incoming.url} -> ${status}`,
    authorization === undefined ? '' : `[${describe(authorization)}]`,
    range === undefined ? '' : `{Range: ${range}}`,
    body === '' ? '' : `body: ${body}`,
    challenge === undefined ? '' : `challenge: ${[challenge].flat().join(' || ')}`,
    headers.location === undefined ? '' : `location: ${headers.location}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

const describe = (authorization: string) =>
  authorization.replace(/^Bearer (.*)$/i, (_, text: string) => {
    const token = decodeToken(text);
    if (token === undefined) return `Bearer <${text}>`;
    const access = token.access.map(({ name, actions }) => `${name}:${actions}`).join('|') || 'none';
    return `Bearer <sub=${token.sub} access=${access}>`;
  });
