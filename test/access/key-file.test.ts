import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openKeyFile } from '../../src/access/key-file.js';
import { SigningKeyError } from '../../src/access/signing-key.js';
import { createTokenKeys } from '../../src/access/token-keys.js';
import { newSigner, selfSigned } from '../support/signers.js';

const now = new Date('2026-06-01T12:00:00Z');
const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
const options = { now, random };
const service = { issuer: 'i', service: 's' };
const claims = { iss: 'i', aud: 's', exp: now.getTime() / 1000 + 300 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pullsim-key-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const fileWith = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const pem = (signer: ReturnType<typeof newSigner>) =>
  signer.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

test.each(['token.key', 'keys/token.pem', 'token.jwk', 'token.json'])(
  'a file %s is made on first use, for its owner alone, and used again afterwards',
  (name) => {
    const file = join(folder, name);
    const first = createTokenKeys({ signing: openKeyFile(file, options), now: () => now });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(file, '..'))).toHaveLength(1);
    const content = readFileSync(file, 'utf8');
    const second = createTokenKeys({ signing: openKeyFile(file, options), now: () => now });
    expect(readFileSync(file, 'utf8')).toBe(content);
    expect(second.bundlePem).toBe(first.bundlePem);
    expect(second.verifier(service)(first.sign(claims), now)).toMatchObject({ ok: true });
  },
);

test('a file that is made may hold an RSA key', () => {
  const file = join(folder, 'rsa.pem');
  expect(openKeyFile(file, { ...options, algorithm: 'RS256' }).algorithm).toBe('RS256');
  expect(openKeyFile(file, options).algorithm).toBe('RS256');
});

test('every form of a private key is read', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const files = [
    fileWith('pkcs8', rsa.export({ type: 'pkcs8', format: 'pem' }).toString()),
    fileWith('pkcs1', rsa.export({ type: 'pkcs1', format: 'pem' }).toString()),
    fileWith('sec1', ec.export({ type: 'sec1', format: 'pem' }).toString()),
    fileWith('jwk', JSON.stringify(ec.export({ format: 'jwk' }))),
  ];
  expect(files.map((file) => openKeyFile(file, options).algorithm)).toEqual([
    'RS256',
    'RS256',
    'ES256',
    'ES256',
  ]);
  expect(files.map((file) => openKeyFile(file, options).certificate)).toEqual(Array(4).fill(undefined));
});

test('a certificate may stand before or behind its key, among others', () => {
  const signer = newSigner('rsa');
  const certificate = selfSigned(signer, now, { subject: 't' }).toString();
  const other = selfSigned(newSigner('ec'), now).toString();
  for (const text of [
    pem(signer) + certificate,
    certificate + pem(signer),
    other + pem(signer) + certificate,
  ])
    expect(openKeyFile(fileWith('both', text), options).certificate?.subject).toBe('CN=t');
});

test('a key without a certificate signs tokens that carry only its id', () => {
  const key = newSigner('ec').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const keys = createTokenKeys({ signing: openKeyFile(fileWith('k', key), options), now: () => now });
  expect(keys.bundlePem).toBe('');
  expect(keys.verifier(service)(keys.sign(claims), now)).toMatchObject({ ok: true });
});

test.each<[string, () => string, string]>([
  ['nothing', () => '', 'it holds no private key that can be read'],
  ['half a JWK', () => '{"kty":"EC"', 'it holds no private key that can be read'],
  ['a public JWK', () => JSON.stringify(newSigner('ec').jwk), 'it holds no private key that can be read'],
  [
    'a curve that ES256 has not',
    () => pem(newSigner('ec384')),
    'tokens are signed with an EC P-256 key or an RSA key',
  ],
  [
    'a short RSA key',
    () =>
      generateKeyPairSync('rsa', { modulusLength: 1024 })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
    'tokens are signed with an EC P-256 key or an RSA key of at least 2048 bits',
  ],
  [
    "another key's certificate",
    () => pem(newSigner('ec')) + selfSigned(newSigner('ec'), now),
    'its certificate belongs to another key',
  ],
  [
    'x5c that is none',
    () => JSON.stringify({ ...newSigner('ec').privateKey.export({ format: 'jwk' }), x5c: ['AAAA'] }),
    'its x5c holds no certificate',
  ],
  [
    'a passphrase',
    () =>
      newSigner('ec')
        .privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' })
        .toString(),
    'it is encrypted',
  ],
])('a file with %s is refused by name, without its content', (_, text, problem) => {
  const file = fileWith('bad', text());
  expect(() => openKeyFile(file, options)).toThrow(SigningKeyError);
  expect(() => openKeyFile(file, options)).toThrow(`signing key ${file}: ${problem}`.slice(0, -1));
});

test('a place where no file can be is refused by name', () => {
  const below = join(fileWith('file', ''), 'sub', 'key');
  expect(() => openKeyFile(below, options)).toThrow(`signing key ${below}: it cannot be read (ENOTDIR)`);
  expect(() => openKeyFile(folder, options)).toThrow(`signing key ${folder}: it cannot be read (EISDIR)`);
});
