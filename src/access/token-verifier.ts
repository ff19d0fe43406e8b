import type { KeyObject, X509Certificate } from 'node:crypto';
import { type AlgorithmName, algorithmFor, isSignedBy } from './signature.js';
import type { AccessEntry, TokenVerification, TokenVerifier } from './token-verification.js';
import { createKeyFinder, type KeyFinder, type KeyHint, type TrustedKey } from './trusted-keys.js';

/** What one service accepts. */
export interface TokenVerifierOptions {
  /** Must equal `iss`. */
  readonly issuer: string;
  /** Must be in `aud`. */
  readonly service: string;
  readonly keys: readonly TrustedKey[];
  /** Certificates that an `x5c` may lead to. */
  readonly roots: readonly X509Certificate[];
  /**
   * Whether exactly this token was signed by one of `keys` in this process: then its signature, the dearest part, is not
   * computed again. Everything else is checked all the same.
   */
  readonly isKnownSigned?: (token: string) => boolean;
}

/** Bounds of a token, and how far clocks may be apart: the same 60 seconds in distribution 2.8.2 and 3.1.1. */
const maxTokenBytes = 64 * 1024;
const leewaySeconds = 60;

/** Verifies tokens as registry.md §8.10 says, in its order. Synchronous, no network, no clock of its own. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const findKey = createKeyFinder(options.keys, options.roots);
  const isKnownSigned = options.isKnownSigned ?? (() => false);
  return (token, now) => {
    try {
      const { header, payload, signed, signature } = split(token);
      const { key, algorithm } = keyOf(header, findKey, now);
      if (!isKnownSigned(token) && !isSignedBy(algorithm, signed, signature, key))
        throw new Refusal("the token's signature is wrong");
      return verifyClaims(readClaims(payload), options, now);
    } catch (error) {
      if (error instanceof Refusal) return { ok: false, because: error.message };
      throw error;
    }
  };
}

/** Stays inside this file. */
class Refusal extends Error {}

interface Parts {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: string;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

function split(token: string): Parts {
  if (token.length > maxTokenBytes) throw new Refusal('the token is longer than 64 KiB');
  const [head, body, tail, ...more] = token.split('.');
  if (head === undefined || body === undefined || tail === undefined || more.length > 0)
    throw new Refusal('the token is not a JWT of three parts');
  return {
    header: parseObject(utf8(decode(head))),
    payload: utf8(decode(body)),
    signed: Buffer.from(`${head}.${body}`, 'latin1'),
    signature: decode(tail),
  };
}

function keyOf(
  header: Readonly<Record<string, unknown>>,
  findKey: KeyFinder,
  now: Date,
): { readonly key: KeyObject; readonly algorithm: AlgorithmName } {
  const { alg } = header;
  if (typeof alg !== 'string') throw new Refusal('the token names no algorithm');
  // Extensions that must be understood, and compression: neither is used by registries, both have been attacks.
  for (const name of ['crit', 'zip']) {
    if (header[name] !== undefined) throw new Refusal(`the token's header has ${name}`);
  }
  const found = findKey({ ...header, alg } satisfies KeyHint, now);
  if ('problem' in found) throw new Refusal(found.problem);
  const algorithm = algorithmFor(alg, found.key);
  if (algorithm === undefined) throw new Refusal("the token's algorithm is none for its key");
  return { key: found.key, algorithm };
}

interface Claims {
  readonly issuer: unknown;
  readonly audience: readonly unknown[];
  readonly subject: string;
  readonly expiresAtSeconds: number | undefined;
  readonly notBeforeSeconds: number | undefined;
  readonly access: readonly AccessEntry[];
}

function readClaims(payload: string): Claims {
  // Go reads 1767323345.0 as no integer; JSON.parse no longer shows the difference.
  if (/"(?:exp|nbf|iat)"\s*:\s*-?\d+[.eE]/.test(payload))
    throw new Refusal('a time in the token is no integer');
  const claims = parseObject(payload);
  integerOf(claims.iat, 'iat');
  optionalText(claims.jti, 'jti');
  return {
    issuer: claims.iss,
    audience: Array.isArray(claims.aud) ? claims.aud : [claims.aud],
    subject: optionalText(claims.sub, 'sub'),
    expiresAtSeconds: integerOf(claims.exp, 'exp'),
    notBeforeSeconds: integerOf(claims.nbf, 'nbf'),
    access: accessOf(claims.access),
  };
}

function verifyClaims(claims: Claims, options: TokenVerifierOptions, now: Date): TokenVerification {
  const { issuer, audience, subject, expiresAtSeconds, notBeforeSeconds = 0, access } = claims;
  const nowSeconds = now.getTime() / 1000;
  if (issuer !== options.issuer) throw new Refusal('the token is from another issuer');
  if (!audience.includes(options.service)) throw new Refusal('the token is for another service');
  if (expiresAtSeconds === undefined) throw new Refusal('the token has no expiry');
  if (nowSeconds > expiresAtSeconds + leewaySeconds)
    throw new Refusal(`the token expired at ${timeText(expiresAtSeconds)}`);
  if (nowSeconds < notBeforeSeconds - leewaySeconds)
    throw new Refusal(`the token is not valid before ${timeText(notBeforeSeconds)}`);
  return { ok: true, subject, access, expiresAtSeconds };
}

function accessOf(access: unknown): readonly AccessEntry[] {
  if (access === undefined || access === null) return [];
  if (!Array.isArray(access)) throw new Refusal('access in the token is no list');
  return access.map((entry: Record<string, unknown> | null) => {
    const { type, name, actions } = entry ?? {};
    const list = actions ?? [];
    if (typeof type !== 'string' || typeof name !== 'string' || !isTextList(list))
      throw new Refusal('an access entry in the token cannot be read');
    return { type, name, actions: list };
  });
}

const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** Go reads `null` as absent. */
function integerOf(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Number.isSafeInteger(value)) throw new Refusal(`${name} in the token is no integer`);
  return value as number;
}

function optionalText(value: unknown, name: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new Refusal(`${name} in the token is no text`);
  return value;
}

function timeText(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString();
}

/**
 * base64url without padding, in its one form: Node itself would skip over characters that do not belong, and ignore bits
 * of the last one, so that several texts would be the same token.
 */
function decode(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw new Refusal('the token is not base64url');
  return bytes;
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Refusal('the token is not UTF-8');
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Falls through to the refusal.
  }
  throw new Refusal('the token is not JSON');
}
