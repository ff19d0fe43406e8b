import { randomBytes, type X509Certificate } from 'node:crypto';
import { jwkThumbprint, libtrustKeyId } from './key-id.js';
import { createRecentSet } from './recent-set.js';
import { createSignature } from './signature.js';
import { generateSigningKey, type SigningKey } from './signing-key.js';
import type { TokenVerifier } from './token-verification.js';
import { createTokenVerifier } from './token-verifier.js';
import type { TrustedKey } from './trusted-keys.js';

/** One entry of a JWKS: public members only. */
export type PublicJwk = Readonly<Record<string, string>>;

/** Signs tokens and publishes what registries need to verify them. */
export interface TokenKeys {
  readonly algorithm: SigningKey['algorithm'];
  /** Signs claims as a compact JWS. Synchronous: ES256 costs 40 µs, RS256 a millisecond. */
  sign(claims: Readonly<Record<string, unknown>>): string;
  /** For `jwks:` of distribution 3.x: each key under its libtrust and its RFC 7638 id. */
  readonly jwks: { readonly keys: readonly PublicJwk[] };
  /** For `rootcertbundle:` of docker-registry 2.x and distribution 3.x; empty when the signing key has no certificate. */
  readonly bundlePem: string;
  /** A verifier for a registry that trusts these keys. */
  verifier(service: { readonly issuer: string; readonly service: string }): TokenVerifier;
}

export interface TokenKeysOptions {
  /** ES256, made now, by default. */
  readonly signing?: SigningKey;
  /** Other keys whose tokens count: the previous key while a new one takes over. */
  readonly alsoTrusted?: readonly TrustedKey[];
  /** Other certificates whose tokens count. */
  readonly alsoTrustedRoots?: readonly X509Certificate[];
  /**
   * `certificate` puts `x5c` and the libtrust `kid` into tokens: accepted wherever the bundle is configured. `key-id`
   * leaves `x5c` out: distribution 3.x with only a JWKS refuses tokens that have one (registry.md §8.8).
   */
  readonly header?: 'certificate' | 'key-id';
  readonly now: () => Date;
  readonly random?: (bytes: number) => Uint8Array;
}

/** Tokens come back within moments; one that was forgotten is verified like any other. */
const maxRememberedTokens = 1024;

export function createTokenKeys(options: TokenKeysOptions): TokenKeys {
  const { now, random = randomBytes } = options;
  const key = options.signing ?? generateSigningKey('ES256', { now: now(), random });
  const header = encode(headerOf(key, options.header ?? 'certificate'));
  const trusted: readonly TrustedKey[] = [{ publicKey: key.publicKey }, ...(options.alsoTrusted ?? [])];
  const roots = [
    ...(key.certificate === undefined ? [] : [key.certificate]),
    ...(options.alsoTrustedRoots ?? []),
  ];
  const signedHere = createRecentSet(maxRememberedTokens);
  return {
    algorithm: key.algorithm,
    sign: (claims) => {
      const signed = `${header}.${encode(claims)}`;
      const signature = createSignature(key.algorithm, Buffer.from(signed), key.privateKey);
      const token = `${signed}.${signature.toString('base64url')}`;
      signedHere.add(token);
      return token;
    },
    jwks: { keys: trusted.flatMap(publicJwks) },
    bundlePem: roots.map(String).join(''),
    verifier: (service) =>
      createTokenVerifier({ ...service, keys: trusted, roots, isKnownSigned: signedHere.has }),
  };
}

function headerOf({ algorithm, publicKey, certificate }: SigningKey, form: 'certificate' | 'key-id'): object {
  const x5c =
    certificate === undefined || form === 'key-id' ? {} : { x5c: [certificate.raw.toString('base64')] };
  return { typ: 'JWT', alg: algorithm, kid: libtrustKeyId(publicKey), ...x5c };
}

function publicJwks({ publicKey, id }: TrustedKey): readonly PublicJwk[] {
  const { kty = '', crv, x, y, n, e } = publicKey.export({ format: 'jwk' });
  const members = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined);
  const alg = kty === 'RSA' ? 'RS256' : kty === 'OKP' ? 'EdDSA' : (ecAlgorithms[crv ?? ''] ?? 'ES256');
  const ids = new Set([
    libtrustKeyId(publicKey),
    jwkThumbprint(publicKey),
    ...(id === undefined ? [] : [id]),
  ]);
  return [...ids].map((kid) => ({ ...(Object.fromEntries(members) as PublicJwk), use: 'sig', alg, kid }));
}

const ecAlgorithms: Readonly<Record<string, string>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
};

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
