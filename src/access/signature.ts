import { constants, type KeyObject, sign, verify } from 'node:crypto';

/** A JOSE signature algorithm: the key it needs and how Node computes it. */
interface SignatureAlgorithm {
  readonly keyType: 'rsa' | 'ec' | 'ed25519';
  readonly curve?: string;
  /** `null` where the algorithm hashes by itself. */
  readonly hash: string | null;
  readonly pss?: true;
  /** Length of an ECDSA signature: r and s side by side, never DER. */
  readonly bytes?: number;
}

/**
 * What registries accept, distribution 2.8.2 and 3.1.1 together (registry.md §8.8). No `none`, no HMAC: those are not
 * signatures by a key that only the token server has (S6).
 */
const algorithms = {
  RS256: { keyType: 'rsa', hash: 'sha256' },
  RS384: { keyType: 'rsa', hash: 'sha384' },
  RS512: { keyType: 'rsa', hash: 'sha512' },
  PS256: { keyType: 'rsa', hash: 'sha256', pss: true },
  PS384: { keyType: 'rsa', hash: 'sha384', pss: true },
  PS512: { keyType: 'rsa', hash: 'sha512', pss: true },
  ES256: { keyType: 'ec', curve: 'prime256v1', hash: 'sha256', bytes: 64 },
  ES384: { keyType: 'ec', curve: 'secp384r1', hash: 'sha384', bytes: 96 },
  ES512: { keyType: 'ec', curve: 'secp521r1', hash: 'sha512', bytes: 132 },
  EdDSA: { keyType: 'ed25519', hash: null },
} as const satisfies Record<string, SignatureAlgorithm>;

export type AlgorithmName = keyof typeof algorithms;

/** What docker-registry 2.x can verify: the algorithms of libtrust, whose key ids go with no others. */
export const libtrustAlgorithms: readonly string[] = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

/** The algorithm of that name if a key of this type may use it: the key decides, a token only names it. */
export function algorithmFor(name: string, key: KeyObject): AlgorithmName | undefined {
  if (!Object.hasOwn(algorithms, name)) return undefined;
  const { keyType, curve }: SignatureAlgorithm = algorithms[name as AlgorithmName];
  if (key.asymmetricKeyType !== keyType) return undefined;
  if (curve !== undefined && key.asymmetricKeyDetails?.namedCurve !== curve) return undefined;
  return name as AlgorithmName;
}

export function createSignature(name: AlgorithmName, data: Uint8Array, key: KeyObject): Buffer {
  return sign(algorithms[name].hash, data, parametersOf(name, key));
}

/** False for a wrong signature and for one of another form: DER, zero numbers, another length. */
export function isSignedBy(
  name: AlgorithmName,
  data: Uint8Array,
  signature: Uint8Array,
  key: KeyObject,
): boolean {
  const { bytes }: SignatureAlgorithm = algorithms[name];
  if (bytes !== undefined && signature.length !== bytes) return false;
  return verify(algorithms[name].hash, data, parametersOf(name, key), signature);
}

function parametersOf(name: AlgorithmName, key: KeyObject) {
  const { keyType, pss }: SignatureAlgorithm = algorithms[name];
  if (keyType === 'ec') return { key, dsaEncoding: 'ieee-p1363' as const };
  if (pss)
    return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return { key };
}
