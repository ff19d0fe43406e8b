import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  decodeProtectedHeader,
  importX509,
  type JSONWebKeySet,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose';
import { expect, test } from 'vitest';
import { generateSigningKey } from '../../src/access/signing-key.js';
import { createTokenKeys, type TokenKeys } from '../../src/access/token-keys.js';

/** A reader and writer of tokens that is not ours: what both agree on is not our private opinion of the standard. */
const now = new Date('2026-06-01T12:00:00Z');
const seconds = now.getTime() / 1000;
const random = (bytes: number) => new Uint8Array(bytes).fill(0x9a);
const claims = {
  iss: 'mock-issuer',
  sub: 'alice',
  aud: 'mock-registry',
  exp: seconds + 300,
  iat: seconds,
  access: [],
};
const expected = { issuer: 'mock-issuer', audience: 'mock-registry', currentDate: now };
const service = { issuer: 'mock-issuer', service: 'mock-registry' };

const keysOf = (algorithm: 'ES256' | 'RS256') => {
  const signing = generateSigningKey(algorithm, { now, random });
  return { signing, keys: createTokenKeys({ signing, now: () => now }) };
};

const jwksOf = ({ jwks }: TokenKeys): JSONWebKeySet => ({
  keys: jwks.keys.map((key) => ({ kty: '', ...key })),
});

test.each(['ES256', 'RS256'] as const)(
  'jose verifies our %s tokens by our JWKS and by our certificate',
  async (algorithm) => {
    const { keys } = keysOf(algorithm);
    const token = keys.sign(claims);
    const bySet = await jwtVerify(token, createLocalJWKSet(jwksOf(keys)), expected);
    expect(bySet.payload).toEqual(claims);

    const [leaf = ''] = decodeProtectedHeader(token).x5c ?? [];
    const pem = `-----BEGIN CERTIFICATE-----\n${leaf}\n-----END CERTIFICATE-----`;
    const byCertificate = await jwtVerify(token, await importX509(pem, algorithm), expected);
    expect(byCertificate.payload.sub).toBe('alice');
  },
);

test.each(['ES256', 'RS256'] as const)(
  'jose refuses our %s token once a byte of it has changed',
  async (algorithm) => {
    const { keys } = keysOf(algorithm);
    const [header, , signature] = keys.sign(claims).split('.');
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'admin' })).toString('base64url');
    const verified = jwtVerify(`${header}.${forged}.${signature}`, createLocalJWKSet(jwksOf(keys)), expected);
    await expect(verified).rejects.toThrow('signature verification failed');
  },
);

test.each(['ES256', 'RS256'] as const)(
  'we verify %s tokens that jose signs with a key of ours',
  async (algorithm) => {
    const { signing, keys } = keysOf(algorithm);
    const thumbprint = await calculateJwkThumbprint(signing.publicKey.export({ format: 'jwk' }) as JWK);
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: algorithm, kid: thumbprint })
      .sign(signing.privateKey);
    expect(keys.verifier(service)(token, now)).toMatchObject({ ok: true, subject: 'alice' });
  },
);
