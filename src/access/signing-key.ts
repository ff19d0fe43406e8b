import { createPublicKey, generateKeyPairSync, type KeyObject, type X509Certificate } from 'node:crypto';
import { createSelfSigned } from './certificate.js';

/** The algorithms that the token server signs with. */
export type SigningAlgorithm = 'ES256' | 'RS256';

/** A private key that signs tokens, with the certificate that stands for it in a registry's bundle. */
export interface SigningKey {
  readonly algorithm: SigningAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Absent for a key file without one: then tokens carry only a key id. */
  readonly certificate: X509Certificate | undefined;
}

/** A key that cannot sign tokens. */
export class SigningKeyError extends Error {
  override readonly name = 'SigningKeyError';
}

/** Makes a key and its self-signed certificate, valid from 30 days before `now` for ten years. */
export function generateSigningKey(
  algorithm: SigningAlgorithm,
  options: { readonly now: Date; readonly random: (bytes: number) => Uint8Array },
): SigningKey {
  const privateKey = algorithm === 'ES256' ? generateEcKey() : generateRsaKey();
  const atDay = (days: number) => new Date(options.now.getTime() + days * 86_400_000);
  const certificate = createSelfSigned({
    subject: 'pullsim token signer',
    privateKey,
    notBefore: atDay(-30),
    notAfter: atDay(3650),
    serial: options.random(16),
  });
  return signingKey(privateKey, certificate);
}

/**
 * @throws SigningKeyError for a key that is neither EC P-256 nor RSA of 2048 bits or more, and for a certificate of
 *   another key
 */
export function signingKey(privateKey: KeyObject, certificate: X509Certificate | undefined): SigningKey {
  if (certificate !== undefined && !certificate.checkPrivateKey(privateKey))
    throw new SigningKeyError('the certificate belongs to another key');
  const publicKey = createPublicKey(privateKey);
  return { algorithm: algorithmOf(privateKey), privateKey, publicKey, certificate };
}

function algorithmOf(key: KeyObject): SigningAlgorithm {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'ES256';
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= 2048) return 'RS256';
  throw new SigningKeyError('tokens are signed with an EC P-256 key or an RSA key of at least 2048 bits');
}

const generateRsaKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

/**
 * distribution 3.x drops leading zero bytes of coordinates from thumbprints and then knows the key by another id, once
 * in 128 keys (registry.md §8.8): such keys are made anew.
 */
function generateEcKey(): KeyObject {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const startsWithZero = [x, y].some((coordinate) => Buffer.from(coordinate, 'base64url')[0] === 0);
  return startsWithZero ? generateEcKey() : privateKey;
}
