import { constants, createHmac, type KeyObject, sign } from 'node:crypto';

/** A JWT as an attacker, or another token server, would make it. */
export interface Forgery {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>> | string;
  /** A secret for `HS…`. */
  readonly key: KeyObject | Buffer | string;
  /** `der`: ECDSA as OpenSSL writes it; `zeros`: 64 zero bytes; otherwise as it should be. */
  readonly signature?: 'der' | 'zeros' | '';
}

/** Signs whatever it is given, with the algorithm that the header names; `none` and unknown names get no signature. */
export function forgeToken({ header, claims, key, signature }: Forgery): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  if (signature === '') return `${signed}.`;
  if (signature === 'zeros') return `${signed}.${Buffer.alloc(64).toString('base64url')}`;
  return `${signed}.${signatureOf(String(header.alg), signed, key, signature === 'der').toString('base64url')}`;
}

const encode = (value: object | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

function signatureOf(algorithm: string, signed: string, key: Forgery['key'], der: boolean): Buffer {
  const [, family, bits] = /^(HS|RS|PS|ES)(\d{3})$/.exec(algorithm) ?? [];
  const data = Buffer.from(signed);
  if (family === 'HS') return createHmac(`sha${bits}`, key).update(data).digest();
  if (typeof key === 'string' || Buffer.isBuffer(key))
    throw new TypeError(`${algorithm} needs a private key`);
  if (algorithm === 'EdDSA') return sign(null, data, key);
  if (family === undefined) return Buffer.alloc(0);
  if (family === 'ES') return sign(`sha${bits}`, data, { key, dsaEncoding: der ? 'der' : 'ieee-p1363' });
  if (family === 'RS') return sign(`sha${bits}`, data, key);
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return sign(`sha${bits}`, data, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
}
