import { describe, expect, test } from 'vitest';
import {
  isTransient,
  NetworkError,
  networkCode,
  networkText,
  pullFailureOf,
  type TransportFailure,
} from '../../src/runtime/network-failure.js';
import { transportFailureOf } from '../../src/runtime/node-network-error.js';

const now = new Date('2026-11-23T06:54:20.123Z');
const notAfter = new Date('2021-01-01T00:00:00Z');
const expiredText =
  'x509: certificate has expired or is not yet valid: current time 2026-11-23T06:54:20Z is after 2021-01-01T00:00:00Z';

describe('Go’s words for a network failure', () => {
  test.each<[TransportFailure, string]>([
    [{ kind: 'no-such-host', server: '10.96.0.10:53' }, 'dial tcp: lookup h on 10.96.0.10:53: no such host'],
    [{ kind: 'no-such-host' }, 'dial tcp: lookup h: no such host'],
    [
      { kind: 'connection-refused', address: '10.0.0.1:443' },
      'dial tcp 10.0.0.1:443: connect: connection refused',
    ],
    [{ kind: 'timeout', address: '10.0.0.1:443' }, 'dial tcp 10.0.0.1:443: i/o timeout'],
    [{ kind: 'no-answer' }, 'net/http: timeout awaiting response headers'],
    [{ kind: 'closed' }, 'EOF'],
    [{ kind: 'cut' }, 'unexpected EOF'],
    [{ kind: 'canceled' }, 'context canceled'],
    [{ kind: 'handshake-timeout' }, 'net/http: TLS handshake timeout'],
    [{ kind: 'http-on-https' }, 'http: server gave HTTP response to HTTPS client'],
    [{ kind: 'unknown-authority' }, 'tls: x509: certificate signed by unknown authority'],
    [{ kind: 'expired', now, notAfter }, `tls: ${expiredText}`],
    [
      { kind: 'not-yet-valid', now: notAfter, notBefore: now },
      'tls: x509: certificate has expired or is not yet valid: current time 2021-01-01T00:00:00Z is before 2026-11-23T06:54:20Z',
    ],
    [{ kind: 'wrong-name', names: ['a', 'b'], host: 'h' }, 'tls: x509: certificate is valid for a, b, not h'],
    [
      { kind: 'wrong-name', names: [], host: 'h' },
      'tls: x509: certificate is not valid for any names, but wanted to match h',
    ],
    [
      { kind: 'wrong-name', names: [], host: '10.0.0.1' },
      "tls: x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs",
    ],
    [{ kind: 'other', text: 'as it is' }, 'as it is'],
  ])('%o', (failure, text) => {
    expect(networkText(failure, 'h', 'tls: ')).toBe(text);
  });

  test('before Go 1.20 nothing stands before an x509 text', () => {
    expect(networkText({ kind: 'expired', now, notAfter }, 'h', '')).toBe(expiredText);
  });
});

test('codes: a cancellation, the two time-outs that are deadlines, and Unknown', () => {
  expect(networkCode({ kind: 'canceled' })).toBe('Canceled');
  expect(networkCode({ kind: 'timeout', address: 'a' })).toBe('DeadlineExceeded');
  expect(networkCode({ kind: 'no-answer' })).toBe('DeadlineExceeded');
  expect(networkCode({ kind: 'handshake-timeout' })).toBe('Unknown');
  expect(networkCode({ kind: 'closed' })).toBe('Unknown');
});

test('only cut connections and the handshake are worth another try', () => {
  const all: TransportFailure[] = [
    { kind: 'closed' },
    { kind: 'cut' },
    { kind: 'handshake-timeout' },
    { kind: 'no-answer' },
    { kind: 'connection-refused', address: 'a' },
  ];
  expect(all.map(isTransient)).toEqual([true, true, true, false, false]);
});

describe('a network failure as data', () => {
  const at = { host: 'h', url: 'https://h/v2/' };
  test.each<[TransportFailure, object]>([
    [{ kind: 'no-such-host' }, { kind: 'no-such-host', ...at }],
    [
      { kind: 'connection-refused', address: 'a' },
      { kind: 'connection-refused', ...at },
    ],
    [{ kind: 'http-on-https' }, { kind: 'http-on-https', ...at }],
    [
      { kind: 'timeout', address: 'a' },
      { kind: 'timeout', ...at },
    ],
    [{ kind: 'no-answer' }, { kind: 'timeout', ...at }],
    [{ kind: 'closed' }, { kind: 'connection-closed', ...at }],
    [{ kind: 'cut' }, { kind: 'connection-closed', ...at }],
    [{ kind: 'unknown-authority' }, { kind: 'tls', problem: 'unknown-authority', ...at }],
    [
      { kind: 'expired', now, notAfter },
      { kind: 'tls', problem: 'expired', ...at },
    ],
    [
      { kind: 'not-yet-valid', now, notBefore: now },
      { kind: 'tls', problem: 'expired', ...at },
    ],
    [
      { kind: 'wrong-name', names: [], host: 'h' },
      { kind: 'tls', problem: 'wrong-name', ...at },
    ],
    [{ kind: 'canceled' }, { kind: 'other' }],
  ])('%o', (failure, expected) => {
    expect(pullFailureOf(failure, at.host, at.url)).toEqual(expected);
  });
});

describe('errors of Node’s sockets', () => {
  const nodeError = (properties: object) => Object.assign(new Error('message'), properties);
  test.each<[string, object, object]>([
    [
      'ECONNREFUSED',
      { code: 'ECONNREFUSED', address: '10.0.0.1', port: 5000 },
      { kind: 'connection-refused', address: '10.0.0.1:5000' },
    ],
    [
      'ECONNREFUSED on IPv6',
      { code: 'ECONNREFUSED', address: '::1', port: 5000 },
      { kind: 'connection-refused', address: '[::1]:5000' },
    ],
    [
      'ETIMEDOUT',
      { code: 'ETIMEDOUT', address: '10.0.0.1', port: 443 },
      { kind: 'timeout', address: '10.0.0.1:443' },
    ],
    [
      'EHOSTUNREACH',
      { code: 'EHOSTUNREACH', address: '10.0.0.1', port: 443 },
      { kind: 'other', text: 'dial tcp 10.0.0.1:443: connect: no route to host' },
    ],
    [
      'ENETUNREACH',
      { code: 'ENETUNREACH', address: '10.0.0.1', port: 443 },
      { kind: 'other', text: 'dial tcp 10.0.0.1:443: connect: network is unreachable' },
    ],
    [
      'the first of several addresses',
      { errors: [nodeError({ code: 'ECONNREFUSED', address: '::1', port: 1 }), new Error('b')] },
      { kind: 'connection-refused', address: '[::1]:1' },
    ],
    ['ECONNRESET', { code: 'ECONNRESET' }, { kind: 'closed' }],
    ['an answer that was cut', { code: 'ECONNRESET', message: 'aborted' }, { kind: 'cut' }],
    ['TLS to a plain server', { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }, { kind: 'http-on-https' }],
    [
      'no HTTP',
      { code: 'HPE_INVALID_CONSTANT' },
      { kind: 'other', text: 'net/http: HTTP/1.x transport connection broken: malformed HTTP response' },
    ],
    ['anything else', {}, { kind: 'other', text: 'message' }],
  ])('%s', (_, properties, expected) => {
    expect(transportFailureOf(nodeError(properties))).toEqual(expected);
  });

  test('a name that does not exist names the name server that was asked', () => {
    const failure = transportFailureOf(nodeError({ code: 'ENOTFOUND', hostname: 'h' }));
    expect(failure.kind).toBe('no-such-host');
    const misbehaving = transportFailureOf(nodeError({ code: 'EAI_AGAIN', hostname: 'h' }));
    expect(networkText(misbehaving, 'h', '')).toMatch(/^dial tcp: lookup h( on \S+)?: server misbehaving$/);
  });

  test('our own errors pass through', () => {
    expect(transportFailureOf(new NetworkError({ kind: 'no-answer' }))).toEqual({ kind: 'no-answer' });
  });
});
