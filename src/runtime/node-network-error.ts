import { getServers } from 'node:dns';
import type { TransportFailure } from './network-failure.js';
import { NetworkError } from './network-failure.js';

interface NodeError extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
  readonly errors?: readonly unknown[];
}

/** Go's words for the errno texts of connect(2). */
const connectErrors: Readonly<Record<string, string>> = {
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  EACCES: 'permission denied',
};

/** What an error of Node's sockets means, as {@link TransportFailure}; our own errors pass through. */
export function transportFailureOf(error: unknown): TransportFailure {
  if (error instanceof NetworkError) return error.failure;
  const { code = '', message = '', address = '', port = 0, hostname = '', errors } = error as NodeError;
  // Happy eyeballs: Go prints the first address that failed.
  if (errors?.[0] !== undefined) return transportFailureOf(errors[0]);
  const peer = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  if (code === 'ENOTFOUND') return { kind: 'no-such-host', ...nameServer() };
  if (code === 'EAI_AGAIN') {
    return { kind: 'other', text: `dial tcp: lookup ${hostname}${serverText()}: server misbehaving` };
  }
  if (code === 'ECONNREFUSED') return { kind: 'connection-refused', address: peer };
  if (code === 'ETIMEDOUT') return { kind: 'timeout', address: peer };
  const connectText = connectErrors[code];
  if (connectText !== undefined) return { kind: 'other', text: `dial tcp ${peer}: connect: ${connectText}` };
  return streamFailure(code, message);
}

function streamFailure(code: string, message: string): TransportFailure {
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return message === 'aborted' ? { kind: 'cut' } : { kind: 'closed' };
  }
  if (code === 'ABORT_ERR') return { kind: 'canceled' };
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return { kind: 'http-on-https' };
  if (code === 'HPE_INVALID_EOF_STATE') return { kind: 'cut' };
  if (code.startsWith('HPE_')) {
    return { kind: 'other', text: 'net/http: HTTP/1.x transport connection broken: malformed HTTP response' };
  }
  return { kind: 'other', text: message };
}

function nameServer(): { server?: string } {
  const [first] = getServers();
  if (first === undefined) return {};
  return { server: /:\d+$/.test(first) && !/^[0-9a-f:]+$/i.test(first) ? first : `${first}:53` };
}

const serverText = () => {
  const { server } = nameServer();
  return server === undefined ? '' : ` on ${server}`;
};
