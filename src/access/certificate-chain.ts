import { X509Certificate } from 'node:crypto';
import * as der from './der.js';

/** Reads DER in standard base64, as `x5c` has it; undefined when it is no certificate. */
export function readCertificate(base64: string): X509Certificate | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  try {
    return new X509Certificate(Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
}

/** Reads every CERTIFICATE block of a PEM bundle; other blocks are left out, as registries leave them out. */
export function readBundle(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/**
 * Whether the first of `presented` may sign tokens at `now`: it is a root itself, or issuers among the others lead to a
 * root. Every certificate on the way is within its dates; issuers are CAs that may sign certificates and keep to their
 * path length (registry.md §8.10 rule 3, S7).
 */
export function isTrusted(
  presented: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  now: Date,
): boolean {
  const [leaf, ...others] = presented;
  if (leaf === undefined || !isCurrent(leaf, now) || !maySignData(leaf)) return false;
  return leads(leaf, others.slice(0, maxIntermediates), roots, now, 0);
}

const maxIntermediates = 5;

function leads(
  certificate: X509Certificate,
  others: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  now: Date,
  issuersBelow: number,
): boolean {
  if (roots.some((root) => root.raw.equals(certificate.raw))) return true;
  const issues = (issuer: X509Certificate) => isIssuer(issuer, certificate, now, issuersBelow);
  if (roots.some(issues)) return true;
  return others.some(
    (other) =>
      issues(other) &&
      leads(
        other,
        others.filter((rest) => rest !== other),
        roots,
        now,
        issuersBelow + 1,
      ),
  );
}

function isIssuer(
  issuer: X509Certificate,
  subject: X509Certificate,
  now: Date,
  issuersBelow: number,
): boolean {
  if (!issuer.ca || !isCurrent(issuer, now) || !subject.checkIssued(issuer)) return false;
  const { keyUsage, pathLength } = constraints(issuer);
  if (keyUsage !== undefined && (keyUsage & keyCertSign) === 0) return false;
  if (pathLength !== undefined && issuersBelow > pathLength) return false;
  return subject.verify(issuer.publicKey);
}

const isCurrent = ({ validFrom, validTo }: X509Certificate, now: Date): boolean =>
  now.getTime() >= Date.parse(validFrom) && now.getTime() <= Date.parse(validTo);

function maySignData(certificate: X509Certificate): boolean {
  const { keyUsage } = constraints(certificate);
  return keyUsage === undefined || (keyUsage & digitalSignature) !== 0;
}

/** Bits of the first byte of KeyUsage (RFC 5280 §4.2.1.3). */
const digitalSignature = 0x80;
const keyCertSign = 0x04;

interface Constraints {
  readonly keyUsage: number | undefined;
  readonly pathLength: number | undefined;
}

/** What Node's X509Certificate does not tell. */
function constraints(certificate: X509Certificate): Constraints {
  const usage = extensionValue(certificate, '551d0f');
  const basic = extensionValue(certificate, '551d13');
  const pathLength =
    basic === undefined ? undefined : der.readElements(basic).find(({ tag }) => tag === 0x02);
  return { keyUsage: usage?.[1], pathLength: pathLength?.content[0] };
}

/** The content of the element inside an extension, by the hexadecimal form of its identifier. */
function extensionValue(certificate: X509Certificate, identifier: string): Uint8Array | undefined {
  const [whole] = der.readElements(certificate.raw);
  const [toBeSigned] = der.readElements(whole?.content ?? new Uint8Array());
  const wrapper = der.readElements(toBeSigned?.content ?? new Uint8Array()).find(({ tag }) => tag === 0xa3);
  const [list] = der.readElements(wrapper?.content ?? new Uint8Array());
  for (const extension of der.readElements(list?.content ?? new Uint8Array())) {
    const parts = der.readElements(extension.content);
    if (Buffer.from(parts[0]?.content ?? []).toString('hex') !== identifier) continue;
    return der.readElements(parts.at(-1)?.content ?? new Uint8Array())[0]?.content;
  }
  return undefined;
}
