import { createHash, createPublicKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import * as der from './der.js';

/** What a certificate says and who vouches for it. */
export interface CertificateRequest {
  /** Common name. */
  readonly subject: string;
  readonly publicKey: KeyObject;
  /** Who signs: an RSA or an EC P-256 key, by its common name. The subject's own name and key: self-signed. */
  readonly issuer: { readonly name: string; readonly privateKey: KeyObject };
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** May sign certificates. */
  readonly ca: boolean;
  /** Host names and IP addresses of a server certificate. */
  readonly hosts?: readonly string[];
  /** Unpredictable, 16 bytes are plenty. */
  readonly serial: Uint8Array;
}

/**
 * Makes an X.509 v3 certificate (RFC 5280), for token bundles and `--tls`, without openssl.
 *
 * @returns DER
 */
export function createCertificate(request: CertificateRequest): Uint8Array {
  const algorithm = signatureAlgorithm(request.issuer.privateKey);
  const toBeSigned = der.sequence(
    der.contextSpecific(0, der.integer(Uint8Array.of(2)), true),
    der.integer(request.serial),
    algorithm,
    commonName(request.issuer.name),
    der.sequence(der.time(request.notBefore), der.time(request.notAfter)),
    commonName(request.subject),
    request.publicKey.export({ type: 'spki', format: 'der' }),
    der.contextSpecific(3, der.sequence(...extensions(request)), true),
  );
  const signature = sign('sha256', toBeSigned, request.issuer.privateKey);
  return der.sequence(toBeSigned, algorithm, der.bitString(signature));
}

/** A self-signed certificate, which a registry trusts by having it in its bundle. */
export function createSelfSigned(options: {
  readonly subject: string;
  readonly privateKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly serial: Uint8Array;
}): X509Certificate {
  const { subject, privateKey, ...rest } = options;
  const publicKey = createPublicKey(privateKey);
  return new X509Certificate(
    createCertificate({ ...rest, subject, publicKey, issuer: { name: subject, privateKey }, ca: true }),
  );
}

function signatureAlgorithm(key: KeyObject): der.Der {
  if (key.asymmetricKeyType === 'rsa')
    return der.sequence(der.objectIdentifier('1.2.840.113549.1.1.11'), der.nil());
  return der.sequence(der.objectIdentifier('1.2.840.10045.4.3.2'));
}

const commonName = (name: string): der.Der =>
  der.sequence(der.set(der.sequence(der.objectIdentifier('2.5.4.3'), der.utf8String(name))));

function extensions({ ca, hosts, publicKey, issuer }: CertificateRequest): readonly der.Der[] {
  const issuerKeyId = der.contextSpecific(0, keyIdentifier(createPublicKey(issuer.privateKey)), false);
  return [
    extension('2.5.29.19', ca ? der.sequence(der.boolean(true)) : der.sequence()),
    // digitalSignature, and keyCertSign for those that may: tokens are signed with the same key.
    extension(
      '2.5.29.15',
      ca ? der.bitString(Uint8Array.of(0x84), 2) : der.bitString(Uint8Array.of(0x80), 7),
    ),
    extension('2.5.29.14', der.octetString(keyIdentifier(publicKey)), false),
    extension('2.5.29.35', der.sequence(issuerKeyId), false),
    ...(hosts === undefined
      ? []
      : [
          extension('2.5.29.37', der.sequence(der.objectIdentifier('1.3.6.1.5.5.7.3.1')), false),
          extension('2.5.29.17', der.sequence(...hosts.map(alternativeName)), false),
        ]),
  ];
}

/** By these, strict clients put a chain together; any digest of the key serves (RFC 7093 §2). */
const keyIdentifier = (publicKey: KeyObject): Uint8Array =>
  createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20);

function extension(identifier: string, value: der.Der, critical = true): der.Der {
  const flag = critical ? [der.boolean(true)] : [];
  return der.sequence(der.objectIdentifier(identifier), ...flag, der.octetString(value));
}

function alternativeName(host: string): der.Der {
  if (isIP(host) === 0) return der.contextSpecific(2, new TextEncoder().encode(host), false);
  return der.contextSpecific(
    7,
    isIP(host) === 4 ? Uint8Array.from(host.split('.').map(Number)) : ipv6(host),
    false,
  );
}

function ipv6(address: string): Uint8Array {
  const [head = '', tail = ''] = address.split('::');
  const words = (text: string) =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const [first, last] = [words(head), words(tail)];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => 0);
  return Uint8Array.from([...first, ...zeros, ...last].flatMap((word) => [word >> 8, word & 0xff]));
}
