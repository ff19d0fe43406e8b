import { createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { createCertificate } from './certificate.js';

/** What a TLS server shows, and what its clients must trust. All PEM. */
export interface ServerIdentity {
  readonly key: string;
  readonly cert: string;
  /** Certificate of the authority that vouches for `cert`. Its private key is gone: it will never sign another. */
  readonly ca: string;
}

/**
 * Makes a certificate authority and lets it sign one server certificate, both EC P-256.
 *
 * @param options.hosts names and addresses that clients call the server by, without ports
 */
export function createServerIdentity(options: {
  readonly hosts: readonly string[];
  readonly now: Date;
  readonly random: (bytes: number) => Uint8Array;
}): ServerIdentity {
  const { hosts, now, random } = options;
  const authority = generateKey();
  const server = generateKey();
  const issuer = { name: 'pullsim certificate authority', privateKey: authority };
  const dates = { notBefore: daysFrom(now, -1), notAfter: daysFrom(now, validDays) };
  const ca = createCertificate({
    subject: issuer.name,
    publicKey: createPublicKey(authority),
    issuer,
    ...dates,
    ca: true,
    serial: random(16),
  });
  const cert = createCertificate({
    subject: 'pullsim registry',
    publicKey: createPublicKey(server),
    issuer,
    ...dates,
    ca: false,
    hosts,
    serial: random(16),
  });
  return { key: String(server.export({ type: 'pkcs8', format: 'pem' })), cert: pem(cert), ca: pem(ca) };
}

/** Some clients refuse server certificates that live longer than 825 days; one year outlives any lab. */
const validDays = 365;

const daysFrom = (now: Date, days: number): Date => new Date(now.getTime() + days * 86_400_000);

const generateKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

const pem = (der: Uint8Array): string => String(new X509Certificate(der));
