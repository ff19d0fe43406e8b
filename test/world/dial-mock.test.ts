import { describe, expect, test } from 'vitest';
import { dialMock } from '../../src/world/dial-mock.js';

const now = new Date('2026-11-23T10:00:00Z');
const mock = { address: '127.0.0.1', port: 43121 };
const connected = { connect: { address: '127.0.0.1', port: 43121, plain: true } };

const dialTo = (tls: 'trusted' | 'unknown-ca' | 'expired' | 'wrong-name' | 'http', host = 'a.io:5000') =>
  dialMock([{ host, tls }], mock, { now: () => now });

const https = { protocol: 'https', host: 'a.io:5000' } as const;

describe('image hosts are connected to the mock', () => {
  test('by every name of Docker Hub', () => {
    const dial = dialTo('trusted', 'docker.io');
    for (const host of ['docker.io', 'index.docker.io', 'registry-1.docker.io', 'auth.docker.io'])
      expect(dial({ protocol: 'https', host })).toEqual(connected);
  });

  test('whatever the case of the name', () => {
    expect(dialTo('trusted')({ protocol: 'https', host: 'A.io:5000' })).toEqual(connected);
  });

  test('and no other host is found', () => {
    const failure = { fail: { kind: 'no-such-host', server: '10.96.0.10:53' } };
    expect(dialTo('trusted')({ protocol: 'https', host: 'a.io' })).toEqual(failure);
  });
});

describe('the TLS state of a registry', () => {
  test.each([
    ['http', { kind: 'http-on-https' }],
    ['unknown-ca', { kind: 'unknown-authority' }],
    ['expired', { kind: 'expired', now, notAfter: new Date('2026-11-22T10:00:00Z') }],
    ['wrong-name', { kind: 'wrong-name', names: ['registry.invalid'], host: 'a.io' }],
  ] as const)('%s fails over https', (tls, failure) => {
    expect(dialTo(tls)(https)).toEqual({ fail: failure });
    expect(dialTo(tls)({ ...https, protocol: 'http' })).toEqual(connected);
  });

  test.each(['unknown-ca', 'expired', 'wrong-name'] as const)(
    '%s is nothing to who verifies nothing',
    (tls) => {
      expect(dialTo(tls)({ ...https, skipsVerification: true })).toEqual(connected);
    },
  );

  test('unknown-ca is nothing to who was given the authority', () => {
    expect(dialTo('unknown-ca')({ ...https, hasOwnAuthorities: true })).toEqual(connected);
    expect(dialTo('expired')({ ...https, hasOwnAuthorities: true })).toMatchObject({
      fail: { kind: 'expired' },
    });
  });

  test('http stays http, verified or not', () => {
    expect(dialTo('http')({ ...https, skipsVerification: true })).toEqual({
      fail: { kind: 'http-on-https' },
    });
  });
});
