import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { generateSigningKey } from '../../src/access/signing-key.js';
import { createTokenKeys } from '../../src/access/token-keys.js';

const now = () => new Date('2026-06-01T12:00:00Z');
const random = (bytes: number) => new Uint8Array(bytes).fill(0x9a);
const seconds = now().getTime() / 1000;
const claims = {
  iss: 'mock-issuer',
  sub: 'alice',
  aud: 'mock-registry',
  exp: seconds + 300,
  nbf: seconds - 10,
  iat: seconds,
  jti: 'a',
  access: [{ type: 'repository', name: 'team/app', actions: ['pull', 'push'] }],
};
const service = { issuer: 'mock-issuer', service: 'mock-registry' };

const headerOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());

test.each(['ES256', 'RS256'] as const)('a token signed with %s is verified with its access', (algorithm) => {
  const keys = createTokenKeys({ signing: generateSigningKey(algorithm, { now: now(), random }), now });
  const token = keys.sign(claims);
  expect(headerOf(token)).toMatchObject({
    typ: 'JWT',
    alg: algorithm,
    kid: expect.stringMatching(/^([A-Z2-7]{4}:){11}[A-Z2-7]{4}$/),
  });
  expect(keys.verifier(service)(token, now())).toEqual({
    ok: true,
    subject: 'alice',
    access: claims.access,
    expiresAtSeconds: seconds + 300,
  });
});

test('keys made at start are ES256, and each start makes another', () => {
  const [one, two] = [createTokenKeys({ now }), createTokenKeys({ now })];
  expect(one.algorithm).toBe('ES256');
  expect(two.verifier(service)(one.sign(claims), now())).toMatchObject({ ok: false });
});

test('the bundle holds the certificate that tokens carry', () => {
  const keys = createTokenKeys({ now });
  const [x5c] = headerOf(keys.sign(claims)).x5c;
  const certificate = new X509Certificate(keys.bundlePem);
  expect(certificate.raw.toString('base64')).toBe(x5c);
  expect(certificate.subject).toBe('CN=pullsim token signer');
  expect(certificate.ca).toBe(true);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
});

test('tokens for a JWKS-only registry carry no certificate', () => {
  const keys = createTokenKeys({ now, header: 'key-id' });
  expect(headerOf(keys.sign(claims))).not.toHaveProperty('x5c');
  expect(keys.verifier(service)(keys.sign(claims), now())).toMatchObject({ ok: true });
});

test('the JWKS has the key under the id of either generation of registries', () => {
  const keys = createTokenKeys({ now });
  const { kid } = headerOf(keys.sign(claims));
  expect(keys.jwks.keys.map((key) => key.kid)).toEqual([kid, expect.stringMatching(/^[\w-]{43}$/)]);
  expect(keys.jwks.keys.every(({ alg, use }) => alg === 'ES256' && use === 'sig')).toBe(true);
});

test('a token that was signed here is remembered as it is, and everything else about it is checked', () => {
  const keys = createTokenKeys({ now });
  const token = keys.sign(claims);
  const verify = keys.verifier(service);
  expect(verify(token, now())).toMatchObject({ ok: true });
  const [head, body = '', tail = ''] = token.split('.');
  const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url');
  expect(verify(`${head}.${forged}.${tail}`, now())).toMatchObject({ ok: false });
  expect(verify(`${head}.${body}.${'A'.repeat(tail.length)}`, now())).toEqual({
    ok: false,
    because: "the token's signature is wrong",
  });
  expect(verify(token, new Date('2026-06-01T13:00:00Z'))).toMatchObject({ ok: false });
  expect(keys.verifier({ ...service, service: 'other' })(token, now())).toMatchObject({ ok: false });
});

test('a token that was signed so long ago that it is forgotten is verified by its signature', () => {
  const keys = createTokenKeys({ now });
  const token = keys.sign(claims);
  for (let i = 0; i < 1100; i += 1) keys.sign({ ...claims, jti: String(i) });
  expect(keys.verifier(service)(token, now())).toMatchObject({ ok: true });
});
