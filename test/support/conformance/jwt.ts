import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { createSelfSigned } from '../../../src/access/certificate.js';
import { jwkThumbprint, libtrustKeyId } from '../../../src/access/key-id.js';
import { generateSigningKey } from '../../../src/access/signing-key.js';
import type { JwtWords } from './vector.js';

const bornAt = new Date('2026-01-01T00:00:00Z');
const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

/** The two pairs that the server trusts. Made once: RSA keys are slow to find. */
export const keyPairs = {
  rsa: generateSigningKey('RS256', { now: bornAt, random }),
  ec: generateSigningKey('ES256', { now: bornAt, random }),
};

const evil = generateKeyPairSync('rsa', { modulusLength: 2048 });

const expiredCertificate = createSelfSigned({
  subject: 'pullsim token signer',
  privateKey: keyPairs.rsa.privateKey,
  notBefore: new Date('2024-01-01T00:00:00Z'),
  notAfter: new Date('2025-01-01T00:00:00Z'),
  serial: random(16),
});

/**
 * Makes the token that a case describes, good or bad.
 *
 * @throws for a word that the vectors do not explain
 */
export function forgeToken(words: JwtWords, now: Date, substitute: (text: string) => string): string {
  if (words.raw !== undefined) return substitute(words.raw);
  const pair = words.alg?.startsWith('ES') ? keyPairs.ec : keyPairs.rsa;
  const alg = words.alg ?? 'RS256';
  const header = override(
    {
      typ: 'JWT',
      alg,
      kid: libtrustKeyId(pair.publicKey),
      x5c: [pair.certificate?.raw.toString('base64')],
    },
    words.header ?? {},
    (name, value) => headerValue(name, value, substitute),
  );
  const claims = override(baseClaims(now), words.claims ?? {}, (_, value) => claimValue(value, now));
  const signed = `${encode(header)}.${encode(claims)}`;
  const key = signingKeyOf(words.key, pair.privateKey);
  return `${signed}.${signatureOf(signed, alg, key, words.signature).toString('base64url')}`;
}

function baseClaims(now: Date): Record<string, unknown> {
  const seconds = Math.floor(now.getTime() / 1000);
  return {
    iss: 'mock-issuer',
    sub: 'rw',
    aud: 'mock-registry',
    exp: seconds + 300,
    nbf: seconds - 10,
    iat: seconds - 10,
    jti: randomUUID(),
    access: [{ type: 'repository', name: 'team/app', actions: ['pull'] }],
  };
}

/** Null removes a member. */
function override(
  base: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>,
  read: (name: string, value: unknown) => unknown,
): Record<string, unknown> {
  const changed = { ...base };
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete changed[name];
    else changed[name] = read(name, value);
  }
  return changed;
}

function headerValue(name: string, value: unknown, substitute: (text: string) => string): unknown {
  if (name === 'x5c') {
    if (value === 'expired leaf') return [expiredCertificate.raw.toString('base64')];
    if (typeof value === 'string') throw new Error(`the x5c "${value}" is not explained`);
  }
  if (value === '<rfc7638>') return jwkThumbprint(keyPairs.rsa.publicKey);
  if (value === '<libtrust>') return libtrustKeyId(keyPairs.rsa.publicKey);
  return typeof value === 'string' ? substitute(value) : value;
}

/** `now+300` is a number, `"now+300"` a string. */
function claimValue(value: unknown, now: Date): unknown {
  if (typeof value !== 'string') return value;
  const [, quote, sign = '+', offset = '0'] = /^("?)now(?:([+-])([\d.]+))?"?$/.exec(value) ?? [];
  if (quote === undefined) return value;
  const time = Math.floor(now.getTime() / 1000) + Number(offset) * (sign === '-' ? -1 : 1);
  return quote === '' ? time : String(time);
}

function signingKeyOf(word: string | undefined, usual: KeyObject): KeyObject | 'certificate' {
  switch (word) {
    case undefined:
      return usual;
    case 'evil':
      return evil.privateKey;
    case 'cert der':
      return 'certificate';
    default:
      throw new Error(`the key "${word}" is not explained`);
  }
}

function signatureOf(
  signed: string,
  alg: string,
  key: KeyObject | 'certificate',
  word: string | undefined,
): Buffer {
  if (word === '') return Buffer.alloc(0);
  if (word === 'zeros') return Buffer.alloc(64);
  if (word !== undefined && word !== 'der') throw new Error(`the signature "${word}" is not explained`);
  const [, family, bits] = /^(RS|PS|ES|HS)(256|384|512)$/.exec(alg) ?? [];
  const hash = `sha${bits}`;
  if (family === 'HS' || key === 'certificate') {
    const secret = keyPairs.rsa.certificate?.raw ?? Buffer.alloc(0);
    return createHmac(hash, secret).update(signed).digest();
  }
  const data = Buffer.from(signed);
  if (family === 'ES') return sign(hash, data, { key, dsaEncoding: word === 'der' ? 'der' : 'ieee-p1363' });
  if (family === 'PS') return sign(hash, data, { key, padding: 6, saltLength: Number(bits) / 8 });
  if (family === 'RS') return sign(hash, data, key);
  throw new Error(`the algorithm "${alg}" is not explained`);
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
