import type { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createTokenVerifier } from '../../src/access/token-verifier.js';
import { forgeToken } from '../support/forged-token.js';
import { issued, newSigner, type Signer, selfSigned, x5c } from '../support/signers.js';

const now = new Date('2026-06-01T12:00:00Z');
const seconds = now.getTime() / 1000;

const rsa = newSigner('rsa');
const ec = newSigner('ec');
const ed = newSigner('ed25519');
const listed = newSigner('ec');
const evil = newSigner('rsa');
const rsaCertificate = selfSigned(rsa, now);
const authority = newSigner('ec');
const root = selfSigned(authority, now, { subject: 'root' });
const rootIssuer = { name: 'root', privateKey: authority.privateKey };

const verify = createTokenVerifier({
  issuer: 'mock-issuer',
  service: 'mock-registry',
  keys: [
    { publicKey: rsa.publicKey },
    { publicKey: ec.publicKey },
    { publicKey: ed.publicKey },
    { publicKey: listed.publicKey, id: 'listed' },
  ],
  roots: [rsaCertificate, selfSigned(ec, now), root],
});

const claims = {
  iss: 'mock-issuer',
  sub: 'alice',
  aud: 'mock-registry',
  exp: seconds + 300,
  nbf: seconds - 10,
  iat: seconds - 10,
  jti: '1',
  access: [{ type: 'repository', name: 'team/app', actions: ['pull'] }],
};

const accepts = (token: string, at = now) => verify(token, at).ok;
const signedBy = (signer: Signer, header: Record<string, unknown>, changes: object | string = {}) =>
  forgeToken({
    header: { typ: 'JWT', ...header },
    claims: typeof changes === 'string' ? changes : { ...claims, ...changes },
    key: signer.privateKey,
  });

describe('a token names its key as registry.md §8.8 has it', () => {
  test.each<[string, boolean, Signer, Record<string, unknown>]>([
    ['RS256 with the libtrust kid', true, rsa, { alg: 'RS256', kid: rsa.libtrust }],
    ['RS384 with the libtrust kid', true, rsa, { alg: 'RS384', kid: rsa.libtrust }],
    ['RS512 with the libtrust kid', true, rsa, { alg: 'RS512', kid: rsa.libtrust }],
    ['ES256 with the libtrust kid', true, ec, { alg: 'ES256', kid: ec.libtrust }],
    ['PS256 with the libtrust kid', false, rsa, { alg: 'PS256', kid: rsa.libtrust }],
    ['EdDSA with the libtrust kid', false, ed, { alg: 'EdDSA', kid: ed.libtrust }],
    ['RS256 with the thumbprint', true, rsa, { alg: 'RS256', kid: rsa.thumbprint }],
    ['ES256 with the thumbprint', true, ec, { alg: 'ES256', kid: ec.thumbprint }],
    ['PS256 with the thumbprint', true, rsa, { alg: 'PS256', kid: rsa.thumbprint }],
    ['EdDSA with the thumbprint', true, ed, { alg: 'EdDSA', kid: ed.thumbprint }],
    ['the id of the JWKS', true, listed, { alg: 'ES256', kid: 'listed' }],
    ['an id that nobody has', false, rsa, { alg: 'RS256', kid: 'nope' }],
    ["another key's id", false, rsa, { alg: 'RS256', kid: evil.libtrust }],
    ['an id that is no text', false, rsa, { alg: 'RS256', kid: 7 }],
    ['an empty id', false, rsa, { alg: 'RS256', kid: '' }],
    ['nothing', false, rsa, { alg: 'RS256' }],
    ['a certificate of the bundle', true, rsa, { alg: 'RS256', x5c: x5c(rsaCertificate) }],
    [
      'a certificate and the libtrust kid',
      true,
      rsa,
      { alg: 'RS256', x5c: x5c(rsaCertificate), kid: rsa.libtrust },
    ],
    [
      'a certificate and a wrong kid, which is then not read',
      true,
      rsa,
      { alg: 'RS256', x5c: x5c(rsaCertificate), kid: 'nope' },
    ],
    ['an empty list of certificates and a kid', true, rsa, { alg: 'RS256', x5c: [], kid: rsa.libtrust }],
    ['x5c: null and a kid', true, rsa, { alg: 'RS256', x5c: null, kid: rsa.libtrust }],
    ['a jwk without an id inside', true, rsa, { alg: 'RS256', jwk: rsa.jwk }],
    [
      'a jwk with the libtrust id inside',
      true,
      rsa,
      { alg: 'RS256', jwk: { ...rsa.jwk, kid: rsa.libtrust } },
    ],
    ['a jwk with the thumbprint inside', true, ec, { alg: 'ES256', jwk: { ...ec.jwk, kid: ec.thumbprint } }],
    [
      "a jwk with another key's id inside",
      false,
      rsa,
      { alg: 'RS256', jwk: { ...rsa.jwk, kid: ec.libtrust } },
    ],
    ['a jwk that is not configured', false, evil, { alg: 'RS256', jwk: evil.jwk }],
    ['a jwk that is no object', false, rsa, { alg: 'RS256', jwk: 'x' }],
    ['a private jwk', false, rsa, { alg: 'RS256', jwk: rsa.privateKey.export({ format: 'jwk' }) }],
    ['x5c that is no list', false, rsa, { alg: 'RS256', x5c: 'x' }],
    ['x5c with something else inside', false, rsa, { alg: 'RS256', x5c: [...x5c(rsaCertificate), 1] }],
    ['x5c that is no certificate', false, rsa, { alg: 'RS256', x5c: ['AAAA'] }],
  ])('%s: %s', (_, accepted, signer, header) => {
    expect(accepts(signedBy(signer, header))).toBe(accepted);
  });
});

describe('a certificate chain', () => {
  const leaf = newSigner('ec');
  const middle = newSigner('ec');
  const middleIssuer = { name: 'middle', privateKey: middle.privateKey };
  const middleCertificate = issued(middle, rootIssuer, now, { subject: 'middle', ca: true });
  const withChain = (...chain: readonly X509Certificate[]) =>
    accepts(signedBy(leaf, { alg: 'ES256', x5c: x5c(...chain) }));

  test('may be a leaf that a root issued, alone or with the root', () => {
    expect(withChain(issued(leaf, rootIssuer, now))).toBe(true);
    expect(withChain(issued(leaf, rootIssuer, now), root)).toBe(true);
  });

  test('may lead over others, in any order', () => {
    const end = issued(leaf, middleIssuer, now);
    expect(withChain(end, middleCertificate)).toBe(true);
    expect(withChain(end, root, middleCertificate)).toBe(true);
    expect(withChain(end)).toBe(false);
  });

  test('must be within its dates, every part of it', () => {
    expect(withChain(issued(leaf, rootIssuer, now, { fromDay: -9, toDay: -1 }))).toBe(false);
    expect(withChain(issued(leaf, rootIssuer, now, { fromDay: 1 }))).toBe(false);
    const expired = issued(middle, rootIssuer, now, { subject: 'middle', ca: true, fromDay: -9, toDay: -1 });
    expect(withChain(issued(leaf, middleIssuer, now), expired)).toBe(false);
    expect(
      accepts(
        signedBy(rsa, { alg: 'RS256', x5c: x5c(rsaCertificate) }, { exp: 2 ** 40 }),
        new Date('2030-01-01'),
      ),
    ).toBe(false);
  });

  test('has only authorities for issuers', () => {
    const noAuthority = issued(middle, rootIssuer, now, { subject: 'middle', ca: false });
    expect(withChain(issued(leaf, middleIssuer, now), noAuthority)).toBe(false);
  });

  test('is not believed by name', () => {
    const impostor = newSigner('ec');
    const impostorRoot = selfSigned(impostor, now, { subject: 'root' });
    const end = issued(leaf, { name: 'root', privateKey: impostor.privateKey }, now);
    expect(withChain(end)).toBe(false);
    expect(withChain(end, impostorRoot)).toBe(false);
  });

  test('is signed for with the key of its first certificate', () => {
    expect(accepts(signedBy(evil, { alg: 'RS256', x5c: x5c(rsaCertificate) }))).toBe(false);
    expect(accepts(signedBy(leaf, { alg: 'ES256', x5c: x5c(root, issued(leaf, rootIssuer, now)) }))).toBe(
      false,
    );
  });
});

describe('the claims of a token', () => {
  const withClaims = (changes: object | string, at = now) =>
    accepts(signedBy(rsa, { alg: 'RS256', kid: rsa.libtrust }, changes), at);
  const laterBy = (shift: number) => new Date(now.getTime() + shift * 1000);

  test.each<[string, object, boolean]>([
    ['another issuer', { iss: 'other' }, false],
    ['no issuer', { iss: undefined }, false],
    ['another service', { aud: 'other' }, false],
    ['a service that begins like ours', { aud: 'mock-registry-2' }, false],
    ['a part of our service', { aud: 'mock' }, false],
    ['no service', { aud: undefined }, false],
    ['several services, ours among them', { aud: ['x', 'mock-registry'] }, true],
    ['several others', { aud: ['x', 'y'] }, false],
    ['no service in a list', { aud: [] }, false],
    ['an expiry 50 s ago', { exp: seconds - 50 }, true],
    ['an expiry exactly 60 s ago', { exp: seconds - 60 }, true],
    ['an expiry 61 s ago', { exp: seconds - 61 }, false],
    ['no expiry', { exp: undefined }, false],
    ['a null expiry', { exp: null }, false],
    ['an expiry with a fraction', { exp: seconds + 300.5 }, false],
    ['an expiry as text', { exp: `${seconds + 300}` }, false],
    ['a huge expiry', { exp: 2 ** 60 }, false],
    ['a beginning in 60 s', { nbf: seconds + 60 }, true],
    ['a beginning in 61 s', { nbf: seconds + 61 }, false],
    ['no beginning', { nbf: undefined }, true],
    ['a beginning as text', { nbf: `${seconds}` }, false],
    ['no iat, jti and sub', { iat: undefined, jti: undefined, sub: undefined }, true],
    ['an iat with a fraction', { iat: seconds + 0.5 }, false],
    ['a sub that is no text', { sub: 1 }, false],
    ['a jti that is no text', { jti: {} }, false],
    ['no access', { access: undefined }, true],
    ['null access', { access: null }, true],
    ['access that is no list', { access: {} }, false],
    ['access of something else', { access: ['pull'] }, false],
    ['access of null', { access: [null] }, false],
    ['actions that are no list', { access: [{ type: 'repository', name: 'a', actions: 'pull' }] }, false],
    ['null actions', { access: [{ type: 'repository', name: 'a', actions: null }] }, true],
    ['a class', { access: [{ type: 'repository', class: 'plugin', name: 'a', actions: [] }] }, true],
  ])('with %s', (_, changes, accepted) => {
    expect(withClaims(changes)).toBe(accepted);
  });

  test('are read with their times as integers, as Go reads them', () => {
    const text = JSON.stringify(claims);
    expect(withClaims(text)).toBe(true);
    expect(withClaims(text.replace(`"exp":${seconds + 300}`, `"exp":${seconds + 300}.0`))).toBe(false);
    expect(withClaims(text.replace(`"exp":${seconds + 300}`, '"exp": 9e9'))).toBe(false);
  });

  test('expire with the clock of the registry', () => {
    expect(withClaims({}, laterBy(360))).toBe(true);
    expect(withClaims({}, laterBy(360.001))).toBe(false);
    expect(withClaims({}, laterBy(-70))).toBe(true);
    expect(withClaims({}, laterBy(-70.001))).toBe(false);
  });

  test('give the subject and the access', () => {
    const token = signedBy(rsa, { alg: 'RS256', kid: rsa.libtrust });
    expect(verify(token, now)).toEqual({
      ok: true,
      subject: 'alice',
      access: claims.access,
      expiresAtSeconds: seconds + 300,
    });
    const bare = signedBy(rsa, { alg: 'RS256', kid: rsa.libtrust }, { sub: undefined, access: undefined });
    expect(verify(bare, now)).toMatchObject({ subject: '', access: [] });
  });
});

describe('the form of a token', () => {
  const good = signedBy(rsa, { alg: 'RS256', kid: rsa.libtrust });
  const [head, body, tail] = good.split('.') as [string, string, string];
  /** 256 bytes are 341 characters and 2 bits of the last: its other bits carry nothing. */
  const sameBytes = (text: string) => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    return text.slice(0, -1) + alphabet.charAt(alphabet.indexOf(text.slice(-1)) + 1);
  };
  const encoded = (text: string) => Buffer.from(text, 'latin1').toString('base64url');

  test.each([
    ['nothing', ''],
    ['no JWT', 'abc'],
    ['two parts', `${head}.${body}`],
    ['four parts', `${good}.x`],
    ['five parts, encrypted', 'a.b.c.d.e'],
    ['padding', `${head}=.${body}.${tail}`],
    ['a blank inside', `${head}.${body}. ${tail}`],
    ['characters of standard base64', `${head}.${body}.+/${tail.slice(2)}`],
    ['a length that no base64 has', `${head}.${body}.A`],
    ['a header that is a list', `${encoded('[]')}.${body}.${tail}`],
    ['a header that is no JSON', `${encoded('{')}.${body}.${tail}`],
    ['a header that is no UTF-8', `${encoded('{"alg":"\xff"}')}.${body}.${tail}`],
    ['a header without an algorithm', signedBy(rsa, { kid: rsa.libtrust })],
    ['an algorithm that is no text', signedBy(rsa, { alg: 256, kid: rsa.libtrust })],
    ['an algorithm by the name of an object member', signedBy(rsa, { alg: 'toString', kid: rsa.libtrust })],
    ['claims that are no object', signedBy(rsa, { alg: 'RS256', kid: rsa.libtrust }, 'null')],
    ['critical extensions', signedBy(rsa, { alg: 'RS256', kid: rsa.libtrust, crit: ['b64'], b64: false })],
    ['compression', signedBy(rsa, { alg: 'RS256', kid: rsa.libtrust, zip: 'DEF' })],
    ['a changed payload', `${head}.${encoded(JSON.stringify({ ...claims, sub: 'root' }))}.${tail}`],
    ['no signature', `${head}.${body}.`],
    ['another text for the same signature', `${head}.${body}.${sameBytes(tail)}`],
    ['more than 64 KiB', signedBy(rsa, { alg: 'RS256', kid: rsa.libtrust }, { padding: 'a'.repeat(65_536) })],
    ['a megabyte', 'a'.repeat(1_000_000)],
    ['dots only', '.'.repeat(60_000)],
  ])('%s is refused, with a reason', (_, token) => {
    expect(verify(token, now)).toEqual({ ok: false, because: expect.stringMatching(/token/) });
  });

  test('reasons repeat nothing of the token', () => {
    const token = signedBy(rsa, { alg: 'secret-alg', kid: 'secret-kid' }, { iss: 'secret-iss' });
    expect(JSON.stringify(verify(token, now))).not.toContain('secret');
  });
});
