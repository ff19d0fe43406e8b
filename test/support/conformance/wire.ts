import { request } from 'node:http';
import { connect } from 'node:net';
import type { Answer } from '../http-exchange.js';
import { answerOf } from '../http-exchange.js';

/** A request as it goes on the wire. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: Uint8Array;
  readonly chunked: boolean;
}

/**
 * Sends byte for byte what the case says: no URL normalisation, repeated headers repeated. An answer that comes before the
 * body is sent counts, also when the connection then breaks.
 */
export function sendOnWire(port: number, wire: WireRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let answered = false;
    const headers = wire.headers.flat();
    if (!wire.headers.some(([name]) => name === 'host')) headers.push('Host', `127.0.0.1:${port}`);
    const framed = wire.headers.some(([name]) => name === 'content-length' || name === 'transfer-encoding');
    if (wire.chunked) headers.push('Transfer-Encoding', 'chunked');
    else if (wire.body !== undefined && !framed) headers.push('Content-Length', String(wire.body.length));
    const sent = request(
      { host: '127.0.0.1', port, method: wire.method, path: wire.path, agent: false, headers },
      (response) => {
        answered = true;
        answerOf(response).then(resolve, reject);
      },
    );
    sent.on('error', (error) => {
      if (!answered) reject(error);
    });
    sent.end(wire.body);
  });
}

/** Writes text to a connection as it is and reads the status of what comes back. */
export function sendRaw(
  port: number,
  text: string,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(received) ?? [];
      if (status === undefined || !received.includes('\r\n\r\n')) return;
      socket.destroy();
      resolve({ status: Number(status), text: received });
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the connection was closed without an answer')));
  });
}

/** Promises more bytes than it sends, then breaks the connection; resolves once the server has noticed. */
export async function cutUpload(
  port: number,
  upload: {
    readonly path: string;
    readonly authorization: string;
    readonly body: Uint8Array;
    readonly promised: number;
  },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        `PATCH ${upload.path} HTTP/1.1\r\nHost: h\r\nAuthorization: ${upload.authorization}\r\nContent-Type: application/octet-stream\r\nContent-Length: ${upload.promised}\r\n\r\n`,
      );
      socket.end(upload.body);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.resume();
  });
}
