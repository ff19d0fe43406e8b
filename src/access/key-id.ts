import { createHash, type JsonWebKey, type KeyObject } from 'node:crypto';

/**
 * The key id that docker-registry 2.x knows a key by: the first 240 bits of SHA-256 over its SubjectPublicKeyInfo, in
 * base32, in groups of four (`PYYO:TEWU:V7JH:…`).
 */
export function libtrustKeyId(publicKey: KeyObject): string {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const digest = createHash('sha256').update(spki).digest().subarray(0, 30);
  return (base32(digest).match(/.{4}/g) ?? []).join(':');
}

/** The JWK thumbprint of RFC 7638, which distribution 3.x knows a key by. */
export function jwkThumbprint(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(JSON.stringify(requiredMembers(publicKey)))
    .digest('base64url');
}

/** The members that make a key what it is, in lexical order (RFC 7638 §3.2, RFC 8037 §2). */
export function requiredMembers(publicKey: KeyObject): Readonly<Record<string, string>> {
  const jwk = publicKey.export({ format: 'jwk' });
  const names = memberNames[jwk.kty ?? ''] ?? [];
  return Object.fromEntries(names.map((name) => [name, String(jwk[name])]));
}

const memberNames: Readonly<Record<string, readonly (keyof JsonWebKey & string)[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
};

/** RFC 4648, for whole groups of 40 bits: no padding arises. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((group) => alphabet.charAt(Number.parseInt(group, 2))).join('');
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
