import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import { createCertificate } from '../../../src/access/certificate.js';

export type CertificateName = 'good' | 'untrusted' | 'expired' | 'wrongName';

/** Key and certificate of a TLS server, PEM. */
interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
}

/** The probe's PKI: a CA, and the certificates that show what can be wrong with one. */
export function probeCertificates(
  now: Date,
): Record<CertificateName, ServerCertificate> & { readonly ca: string } {
  const trusted = authority('Probe CA', now);
  const unknown = authority('Unknown CA', now);
  const anyHost = ['*.example.com'];
  const valid = { notBefore: daysFrom(now, -1), notAfter: daysFrom(now, 800) };
  const past = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2021-01-01T00:00:00Z') };
  const goodHosts = [...anyHost, 'registry-1.docker.io', 'auth.docker.io', '127.0.0.1'];
  return {
    ca: trusted.pem,
    good: serverCertificate('good', goodHosts, trusted, valid),
    untrusted: serverCertificate('untrusted', anyHost, unknown, valid),
    expired: serverCertificate('expired', anyHost, trusted, past),
    wrongName: serverCertificate('wrongname', ['other.example.net'], trusted, valid),
  };
}

interface Authority {
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly pem: string;
}

function authority(name: string, now: Date): Authority {
  const { privateKey, publicKey } = keyPair();
  const certificate = createCertificate({
    subject: name,
    publicKey,
    issuer: { name, privateKey },
    notBefore: daysFrom(now, -1),
    notAfter: daysFrom(now, 3650),
    ca: true,
    serial: Uint8Array.of(1),
  });
  return { name, privateKey, pem: pemOf(certificate) };
}

function serverCertificate(
  name: string,
  hosts: readonly string[],
  issuer: Authority,
  dates: { readonly notBefore: Date; readonly notAfter: Date },
): ServerCertificate {
  const { privateKey, publicKey } = keyPair();
  const certificate = createCertificate({
    subject: name,
    publicKey,
    issuer,
    ...dates,
    ca: false,
    hosts,
    serial: Uint8Array.of(2),
  });
  return { cert: pemOf(certificate), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function keyPair() {
  const { privateKey: pem } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const privateKey = createPrivateKey(pem);
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

const pemOf = (der: Uint8Array) => new X509Certificate(der).toString();

const daysFrom = (date: Date, days: number) => new Date(date.getTime() + days * 86_400_000);
