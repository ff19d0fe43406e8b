import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createTokenVerifier } from '../../src/access/token-verifier.js';
import { forgeToken } from '../support/forged-token.js';
import { issued, newSigner, type Signer, selfSigned, x5c } from '../support/signers.js';

const now = new Date('2026-06-01T12:00:00Z');
const seconds = now.getTime() / 1000;
const rsa = newSigner('rsa');
const ec = newSigner('ec');
const evil = newSigner('rsa');
const certificate = selfSigned(rsa, now);
const verify = createTokenVerifier({
  issuer: 'mock-issuer',
  service: 'mock-registry',
  keys: [{ publicKey: rsa.publicKey }, { publicKey: ec.publicKey }],
  roots: [certificate],
});
const claims = { iss: 'mock-issuer', aud: 'mock-registry', exp: seconds + 300 };

const isAccepted = (
  header: Record<string, unknown>,
  key: Signer['privateKey'] | Buffer | string,
  changes = {},
) => verify(forgeToken({ header, claims: { ...claims, ...changes }, key }), now).ok;

test('the tokens below fail for the reason they name: without it they pass', () => {
  expect(isAccepted({ alg: 'RS256', kid: rsa.libtrust }, rsa.privateKey)).toBe(true);
  expect(isAccepted({ alg: 'ES256', kid: ec.libtrust }, ec.privateKey)).toBe(true);
});

describe('S6 the algorithm is decided by the key, never by the token', () => {
  test.each(['none', 'None', 'NONE', 'nOnE', ''])('S6 alg %j is refused', (alg) => {
    expect(isAccepted({ alg, kid: rsa.libtrust }, rsa.privateKey)).toBe(false);
    expect(isAccepted({ alg, x5c: x5c(certificate) }, rsa.privateKey)).toBe(false);
  });

  test.each(['HS256', 'HS384', 'HS512'])(
    'S6 %s keyed with what everybody knows of the key is refused',
    (alg) => {
      const secrets = [
        rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        rsa.publicKey.export({ type: 'spki', format: 'der' }),
        rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
        certificate.raw,
        certificate.toString(),
        String(rsa.jwk.n),
        '',
      ];
      for (const secret of secrets) {
        expect(isAccepted({ alg, kid: rsa.libtrust }, secret)).toBe(false);
        expect(isAccepted({ alg, x5c: x5c(certificate) }, secret)).toBe(false);
      }
    },
  );

  test('S6 an RSA key does not verify ES256, nor an EC key RS256', () => {
    expect(isAccepted({ alg: 'ES256', kid: rsa.libtrust }, ec.privateKey)).toBe(false);
    expect(isAccepted({ alg: 'RS256', kid: ec.libtrust }, rsa.privateKey)).toBe(false);
    expect(isAccepted({ alg: 'ES384', kid: ec.libtrust }, ec.privateKey)).toBe(false);
  });
});

describe('S7 a token brings no key of its own', () => {
  test('S7 a jwk of an attacker is refused, also with the id of a trusted key', () => {
    for (const kid of [undefined, rsa.libtrust, rsa.thumbprint]) {
      const jwk = { ...evil.jwk, ...(kid === undefined ? {} : { kid }) };
      expect(isAccepted({ alg: 'RS256', jwk }, evil.privateKey)).toBe(false);
      expect(isAccepted({ alg: 'RS256', jwk, kid: rsa.libtrust }, evil.privateKey)).toBe(false);
    }
  });

  test('S7 a jwk that differs from a trusted key in its spelling is refused', () => {
    const padded = { ...rsa.jwk, n: `AA${rsa.jwk.n}` };
    expect(isAccepted({ alg: 'RS256', jwk: padded }, rsa.privateKey)).toBe(false);
  });

  test('S7 a self-made certificate is refused, also with the subject of a trusted one', () => {
    const lookalike = selfSigned(evil, now);
    expect(lookalike.subject).toBe(certificate.subject);
    expect(isAccepted({ alg: 'RS256', x5c: x5c(lookalike) }, evil.privateKey)).toBe(false);
    expect(isAccepted({ alg: 'RS256', x5c: x5c(lookalike, certificate) }, evil.privateKey)).toBe(false);
    expect(isAccepted({ alg: 'RS256', x5c: x5c(certificate, lookalike) }, evil.privateKey)).toBe(false);
    const claimed = issued(evil, { name: 'signer', privateKey: evil.privateKey }, now);
    expect(isAccepted({ alg: 'RS256', x5c: x5c(claimed, certificate) }, evil.privateKey)).toBe(false);
  });

  test('S7 a certificate of a trusted key counts only within its dates', () => {
    const expired = selfSigned(rsa, now, { fromDay: -9, toDay: -1 });
    expect(isAccepted({ alg: 'RS256', x5c: x5c(expired) }, rsa.privateKey)).toBe(false);
  });

  test('S7 jku and x5u are never fetched: a listener sees no request', async () => {
    let requests = 0;
    const listener = createServer((_, response) => {
      requests += 1;
      response.end(JSON.stringify({ keys: [{ ...evil.jwk, kid: 'evil' }] }));
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/keys`;
    for (const pointer of [{ jku: url }, { x5u: url }]) {
      expect(isAccepted({ alg: 'RS256', kid: 'evil', ...pointer }, evil.privateKey)).toBe(false);
      expect(isAccepted({ alg: 'RS256', kid: rsa.libtrust, ...pointer }, rsa.privateKey)).toBe(true);
    }
    // Closing waits for connections under way: whatever was sent has arrived by now.
    await new Promise((resolve) => listener.close(resolve));
    expect(requests).toBe(0);
  });
});

describe('S8 an ECDSA signature has one form', () => {
  const header = { alg: 'ES256', kid: ec.libtrust };
  const good = forgeToken({ header, claims, key: ec.privateKey });
  const signature = Buffer.from(good.split('.')[2] ?? '', 'base64url');
  const withSignature = (bytes: Uint8Array) =>
    verify([...good.split('.').slice(0, 2), Buffer.from(bytes).toString('base64url')].join('.'), now).ok;
  const zeros = Buffer.alloc(32);

  test('S8 the signature itself passes', () => expect(withSignature(signature)).toBe(true));

  test('S8 DER is refused', () => {
    expect(verify(forgeToken({ header, claims, key: ec.privateKey, signature: 'der' }), now).ok).toBe(false);
  });

  test.each<[string, Buffer]>([
    ['zeros', Buffer.alloc(64)],
    ['r = 0', Buffer.concat([zeros, signature.subarray(32)])],
    ['s = 0', Buffer.concat([signature.subarray(0, 32), zeros])],
    [
      'the order of the curve twice',
      Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'.repeat(2), 'hex'),
    ],
    ['ones', Buffer.alloc(64, 0xff)],
    ['a byte more', Buffer.concat([signature, Buffer.of(0)])],
    ['a byte less', signature.subarray(1)],
    ['nothing', Buffer.alloc(0)],
  ])('S8 %s is refused', (_, bytes) => {
    expect(withSignature(bytes)).toBe(false);
  });
});

describe('S9 a token is for one registry', () => {
  test.each<[string, Record<string, unknown>, boolean]>([
    ['another audience', { aud: 'other-registry' }, false],
    ['a longer name', { aud: 'mock-registry.evil.example' }, false],
    ['a part of the name', { aud: 'mock' }, false],
    ['another case', { aud: 'Mock-Registry' }, false],
    ['the empty audience', { aud: '' }, false],
    ['an object for an audience', { aud: { 'mock-registry': true } }, false],
    ['names in one string', { aud: 'other mock-registry' }, false],
    [
      'several audiences, ours among them, as distribution 3 allows',
      { aud: ['other', 'mock-registry'] },
      true,
    ],
    ['another issuer', { iss: 'mock-issuer.evil.example' }, false],
    ['a list of issuers', { iss: ['mock-issuer'] }, false],
    ['another case of the issuer', { iss: 'Mock-Issuer' }, false],
  ])('S9 %s', (_, changes, accepted) => {
    expect(isAccepted({ alg: 'RS256', kid: rsa.libtrust }, rsa.privateKey, changes)).toBe(accepted);
  });
});
