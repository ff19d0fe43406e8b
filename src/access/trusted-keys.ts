import type { KeyObject, X509Certificate } from 'node:crypto';
import { isTrusted, readCertificate } from './certificate-chain.js';
import { jwkThumbprint, libtrustKeyId, requiredMembers } from './key-id.js';
import { libtrustAlgorithms } from './signature.js';

/** A public key whose signatures count. */
export interface TrustedKey {
  readonly publicKey: KeyObject;
  /** The `kid` of a JWKS entry, beside the ids that are computed from the key. */
  readonly id?: string | undefined;
}

/** The part of a token's header that names its key. */
export interface KeyHint {
  readonly alg: string;
  readonly kid?: unknown;
  readonly jwk?: unknown;
  readonly x5c?: unknown;
}

/** Finds the key that a token must have been signed with, or says why there is none. */
export type KeyFinder = (
  hint: KeyHint,
  now: Date,
) => { readonly key: KeyObject } | { readonly problem: string };

/**
 * Looks keys up as distribution does: by certificate chain when there is an `x5c`, else by `jwk`, else by `kid`. What the
 * token brings only ever points to something that was configured: a chain must end in a root, a `jwk` must be a configured
 * key and not merely bear its id (CVE-2025-24976). `jku` and `x5u` are not read.
 */
export function createKeyFinder(keys: readonly TrustedKey[], roots: readonly X509Certificate[]): KeyFinder {
  const known = keys.map(knownKey);
  // The token server sends the same certificate each time: it is recognised without decoding.
  const configured = new Map(roots.map((root) => [root.raw.toString('base64'), root]));
  return (hint, now) => {
    if (isPresent(hint.x5c)) return byCertificate(hint.x5c, configured, roots, now);
    if (hint.jwk !== undefined && hint.jwk !== null) return byKey(hint.jwk, known);
    if (typeof hint.kid === 'string' && hint.kid !== '') return byId(hint.kid, hint.alg, known);
    return { problem: 'the token names no key: it has neither x5c nor jwk nor kid' };
  };
}

interface KnownKey {
  readonly key: KeyObject;
  readonly members: Readonly<Record<string, string>>;
  readonly libtrust: string;
  /** RFC 7638 thumbprint and the id it was configured with. */
  readonly ids: readonly string[];
}

function knownKey({ publicKey, id }: TrustedKey): KnownKey {
  return {
    key: publicKey,
    members: requiredMembers(publicKey),
    libtrust: libtrustKeyId(publicKey),
    ids: [jwkThumbprint(publicKey), ...(id === undefined ? [] : [id])],
  };
}

function byCertificate(
  x5c: unknown,
  configured: ReadonlyMap<string, X509Certificate>,
  roots: readonly X509Certificate[],
  now: Date,
): ReturnType<KeyFinder> {
  const texts = Array.isArray(x5c) && x5c.every((text) => typeof text === 'string') ? x5c : [];
  const chain = texts.map((text) => configured.get(text) ?? readCertificate(text));
  const [leaf] = chain;
  if (leaf === undefined || !chain.every((certificate) => certificate !== undefined))
    return { problem: 'the token has an x5c that is no list of certificates' };
  if (!isTrusted(chain, roots, now)) return { problem: "the token's certificate leads to no trusted root" };
  return { key: leaf.publicKey };
}

/** Equal in every member that makes a key; an id inside may be missing but not another key's; never a private key. */
function byKey(jwk: unknown, known: readonly KnownKey[]): ReturnType<KeyFinder> {
  const given = jwk as Record<string, unknown>;
  const match = known.find(({ members }) =>
    Object.entries(members).every(([name, value]) => given[name] === value),
  );
  if (match === undefined || Object.hasOwn(given, 'd'))
    return { problem: "the token's jwk is none of the trusted keys" };
  const id = given.kid ?? '';
  const ids: readonly unknown[] = ['', match.libtrust, ...match.ids];
  return ids.includes(id) ? { key: match.key } : { problem: "the token's jwk bears another key's id" };
}

function byId(id: string, algorithm: string, known: readonly KnownKey[]): ReturnType<KeyFinder> {
  const match = known.find(
    ({ libtrust, ids }) => ids.includes(id) || (libtrust === id && libtrustAlgorithms.includes(algorithm)),
  );
  return match === undefined
    ? { problem: "the token's kid is none of the trusted keys" }
    : { key: match.key };
}

/** An empty list counts as absent, as in Go. */
const isPresent = (x5c: unknown): boolean =>
  x5c !== undefined && x5c !== null && !(Array.isArray(x5c) && x5c.length === 0);
