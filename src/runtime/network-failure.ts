import type { GrpcCode } from '../wire/grpc-code.js';
import type { PullFailure } from '../wire/pull-failure.js';
import type { NetworkFailure } from './pull.js';

/** Everything that can go wrong between two sockets: what {@link NetworkFailure} names, and what only real networks do. */
export type TransportFailure =
  | NetworkFailure
  /** The client gave up: Go's `context canceled`. */
  | { readonly kind: 'canceled' }
  /** The connection was cut inside an answer. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'handshake-timeout' }
  | { readonly kind: 'not-yet-valid'; readonly now: Date; readonly notBefore: Date }
  /** No more than Go's own text is known. */
  | { readonly kind: 'other'; readonly text: string };

/** A connection or an answer that did not come. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly failure: TransportFailure;
  constructor(failure: TransportFailure) {
    super(failure.kind);
    this.failure = failure;
  }
}

type Texts = {
  readonly [K in TransportFailure['kind']]: (
    failure: Extract<TransportFailure, { kind: K }>,
    target: { readonly host: string; readonly tlsPrefix: string },
  ) => string;
};

/** Go's wordings (runtime.md §10), of Go ≥ 1.20 unless `tlsPrefix` says otherwise. */
const texts: Texts = {
  'no-such-host': ({ server }, { host }) =>
    `dial tcp: lookup ${host}${server === undefined ? '' : ` on ${server}`}: no such host`,
  'connection-refused': ({ address }) => `dial tcp ${address}: connect: connection refused`,
  timeout: ({ address }) => `dial tcp ${address}: i/o timeout`,
  'no-answer': () => 'net/http: timeout awaiting response headers',
  closed: () => 'EOF',
  cut: () => 'unexpected EOF',
  canceled: () => 'context canceled',
  'handshake-timeout': () => 'net/http: TLS handshake timeout',
  'http-on-https': () => 'http: server gave HTTP response to HTTPS client',
  'unknown-authority': (_, { tlsPrefix }) => `${tlsPrefix}x509: certificate signed by unknown authority`,
  expired: ({ now, notAfter }, { tlsPrefix }) =>
    `${tlsPrefix}x509: certificate has expired or is not yet valid: current time ${rfc3339(now)} is after ${rfc3339(notAfter)}`,
  'not-yet-valid': ({ now, notBefore }, { tlsPrefix }) =>
    `${tlsPrefix}x509: certificate has expired or is not yet valid: current time ${rfc3339(now)} is before ${rfc3339(notBefore)}`,
  'wrong-name': ({ names, host }, { tlsPrefix }) => `${tlsPrefix}x509: ${nameProblem(names, host)}`,
  other: ({ text }) => text,
};

/**
 * The text that Go's net/http client prints for a failure, without the `Head "URL": ` before it.
 *
 * @param host name that was looked up, without port
 */
export function networkText(failure: TransportFailure, host: string, tlsPrefix: string): string {
  const text = texts[failure.kind] as (failure: TransportFailure, target: object) => string;
  return text(failure, { host, tlsPrefix });
}

/** Connection attempts and header waits that ran out are Go's `context.DeadlineExceeded` (runtime.md §9.2). */
export function networkCode(failure: TransportFailure): GrpcCode {
  if (failure.kind === 'canceled') return 'Canceled';
  return failure.kind === 'timeout' || failure.kind === 'no-answer' ? 'DeadlineExceeded' : 'Unknown';
}

/** True for what containerd 2.3.2+ tries again: `io.EOF`, `io.ErrUnexpectedEOF` and time-outs that are no deadline. */
export const isTransient = (failure: TransportFailure): boolean =>
  failure.kind === 'closed' || failure.kind === 'cut' || failure.kind === 'handshake-timeout';

export function pullFailureOf(failure: TransportFailure, host: string, url: string): PullFailure {
  switch (failure.kind) {
    case 'no-such-host':
    case 'connection-refused':
    case 'http-on-https':
      return { kind: failure.kind, host, url };
    case 'timeout':
    case 'no-answer':
    case 'handshake-timeout':
      return { kind: 'timeout', host, url };
    case 'closed':
    case 'cut':
      return { kind: 'connection-closed', host, url };
    case 'unknown-authority':
    case 'expired':
    case 'wrong-name':
      return { kind: 'tls', problem: failure.kind, host, url };
    case 'not-yet-valid':
      return { kind: 'tls', problem: 'expired', host, url };
    case 'canceled':
    case 'other':
      return { kind: 'other' };
    default:
      return failure satisfies never;
  }
}

const rfc3339 = (date: Date) => date.toISOString().replace(/\.\d{3}Z$/, 'Z');

function nameProblem(names: readonly string[], host: string): string {
  if (names.length > 0) return `certificate is valid for ${names.join(', ')}, not ${host}`;
  return /^[\d.]+$|:/.test(host)
    ? `cannot validate certificate for ${host} because it doesn't contain any IP SANs`
    : `certificate is not valid for any names, but wanted to match ${host}`;
}
