import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TransportFailure } from './network-failure.js';

/**
 * Judges the peer's certificate in Go's order: dates of the leaf, then its names, then its chain. OpenSSL looks at the
 * chain first and would name another fault.
 *
 * @returns what is wrong, `undefined` when the peer is trusted
 */
export function peerProblem(socket: TLSSocket, host: string, now: Date): TransportFailure | undefined {
  const leaf = socket.getPeerX509Certificate();
  if (leaf === undefined) return { kind: 'unknown-authority' };
  return dateProblem(leaf, now) ?? namesProblem(leaf, host) ?? chainProblem(socket);
}

function dateProblem(leaf: X509Certificate, now: Date): TransportFailure | undefined {
  const notBefore = new Date(leaf.validFrom);
  const notAfter = new Date(leaf.validTo);
  if (now > notAfter) return { kind: 'expired', now, notAfter };
  return now < notBefore ? { kind: 'not-yet-valid', now, notBefore } : undefined;
}

function namesProblem(leaf: X509Certificate, host: string): TransportFailure | undefined {
  const isAddress = isIP(host) !== 0;
  const matches = isAddress
    ? leaf.checkIP(host)
    : leaf.checkHost(host, { subject: 'never', partialWildcards: false });
  if (matches !== undefined) return undefined;
  const names = alternativeNames(leaf, isAddress ? 'IP Address:' : 'DNS:');
  return { kind: 'wrong-name', names, host };
}

function alternativeNames(leaf: X509Certificate, prefix: string): string[] {
  return (leaf.subjectAltName ?? '')
    .split(', ')
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
}

function chainProblem(socket: TLSSocket): TransportFailure | undefined {
  if (socket.authorized) return undefined;
  // Dates were judged above by the injected clock; OpenSSL only knows the machine's.
  const problem = String(socket.authorizationError);
  return problem === 'CERT_HAS_EXPIRED' || problem === 'CERT_NOT_YET_VALID'
    ? undefined
    : { kind: 'unknown-authority' };
}
