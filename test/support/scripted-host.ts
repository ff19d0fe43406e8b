import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Dial } from '../../src/runtime/pull.js';
import type { ProbeImage } from './probe/images.js';

/** A request as it came, whatever host it was meant for. */
export interface HostRequest {
  readonly method: string;
  /** `Host` header. */
  readonly host: string;
  /** With query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** How many requests of this method, host and path came, this one included. */
  readonly nth: number;
}

export interface HostAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
  /** Sends so many bytes of the body and closes the connection; the length says all. */
  readonly cutAfter?: number;
}

export type HostScript = (request: HostRequest) => HostAnswer | 'close' | 'hang';

/** One plain HTTP server that stands for every host name and answers as a script says. */
export interface ScriptedHost {
  /** What comes next is answered by this script, and counted from one. */
  play(script: HostScript): void;
  /** `GET registry.example.com/v2/… 200`, in the order in which they came. */
  readonly lines: readonly string[];
  readonly requests: readonly HostRequest[];
  readonly dial: Dial;
  close(): Promise<void>;
}

export async function startScriptedHost(): Promise<ScriptedHost> {
  let script: HostScript = () => ({ status: 404 });
  let lines: string[] = [];
  let requests: HostRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const request = await readRequest(incoming, requests);
    requests.push(request);
    const answer = script(request);
    const outcome = typeof answer === 'string' ? answer : answer.status;
    lines.push(`${request.method} ${request.host}${request.path} ${outcome}`);
    send(answer, request.method, outgoing);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    play(next) {
      script = next;
      lines = [];
      requests = [];
    },
    get lines() {
      return lines;
    },
    get requests() {
      return requests;
    },
    dial: () => ({ connect: { address: '127.0.0.1', port, plain: true } }),
    close() {
      server.closeAllConnections();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}

/** A registry that has one image under any name and wants nothing for it. */
export function serving({ manifest, config, layer }: ProbeImage): HostScript {
  return ({ path }) => {
    if (path === '/v2/') return { status: 200, body: '{}' };
    if (path.includes('/manifests/')) return manifestAnswer(manifest);
    const blob = [config, layer].find(({ digest }) => path.includes(digest));
    return blob === undefined ? { status: 404 } : { status: 200, body: blob.bytes };
  };
}

export const manifestAnswer = ({ mediaType, digest, bytes }: ProbeImage['manifest']): HostAnswer => ({
  status: 200,
  headers: { 'content-type': mediaType, 'docker-content-digest': digest },
  body: bytes,
});

async function readRequest(incoming: IncomingMessage, before: readonly HostRequest[]): Promise<HostRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { method = '', url: path = '', headers } = incoming;
  const host = headers.host ?? '';
  const same = before.filter((past) => past.method === method && past.host === host && past.path === path);
  return { method, host, path, headers, body: Buffer.concat(chunks).toString(), nth: same.length + 1 };
}

function send(answer: ReturnType<HostScript>, method: string, outgoing: ServerResponse): void {
  if (answer === 'hang') return;
  if (answer === 'close') return void outgoing.socket?.destroy();
  const body = Buffer.from(answer.body ?? '');
  outgoing.writeHead(answer.status, { 'content-length': body.length, ...(answer.headers as object) });
  if (method === 'HEAD') return void outgoing.end();
  if (answer.cutAfter === undefined) return void outgoing.end(body);
  outgoing.write(body.subarray(0, answer.cutAfter), () => outgoing.socket?.destroy());
}
