import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  X509Certificate,
} from 'node:crypto';
import { createCertificate, createSelfSigned } from '../../src/access/certificate.js';
import { jwkThumbprint, libtrustKeyId } from '../../src/access/key-id.js';

/** A key pair with what tokens say about it. */
export interface Signer {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly libtrust: string;
  readonly thumbprint: string;
  readonly jwk: Readonly<Record<string, unknown>>;
}

const generators = {
  rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ec: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ec384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ed25519: () => generateKeyPairSync('ed25519'),
};

export function newSigner(type: keyof typeof generators): Signer {
  const { privateKey } = generators[type]();
  const publicKey = createPublicKey(privateKey);
  return {
    privateKey,
    publicKey,
    libtrust: libtrustKeyId(publicKey),
    thumbprint: jwkThumbprint(publicKey),
    jwk: { ...publicKey.export({ format: 'jwk' }) },
  };
}

const day = 86_400_000;

/** A self-signed certificate around `now`, or from `fromDay` to `toDay` relative to it. */
export function selfSigned(
  signer: Signer,
  now: Date,
  { fromDay = -1, toDay = 365, subject = 'signer' } = {},
) {
  return createSelfSigned({
    subject,
    privateKey: signer.privateKey,
    notBefore: new Date(now.getTime() + fromDay * day),
    notAfter: new Date(now.getTime() + toDay * day),
    serial: randomBytes(16),
  });
}

export interface Issuer {
  readonly name: string;
  readonly privateKey: KeyObject;
}

/** A certificate for `signer` from `issuer`. */
export function issued(
  signer: Signer,
  issuer: Issuer,
  now: Date,
  { fromDay = -1, toDay = 365, subject = 'leaf', ca = false } = {},
) {
  return new X509Certificate(
    createCertificate({
      subject,
      publicKey: signer.publicKey,
      issuer,
      notBefore: new Date(now.getTime() + fromDay * day),
      notAfter: new Date(now.getTime() + toDay * day),
      ca,
      serial: randomBytes(16),
    }),
  );
}

export const x5c = (...certificates: readonly X509Certificate[]) =>
  certificates.map((certificate) => certificate.raw.toString('base64'));
