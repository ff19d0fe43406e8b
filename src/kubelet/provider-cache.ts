import { type ByteString, toByteString } from '../credentials/byte-string.js';
import type { Auths } from '../credentials/docker-config.js';
import { tokenCacheTypes } from './provider-validation.js';

/** What one provider's answer is kept under: bytes, as the kubelet's are. */
export type ProviderCacheKey = ByteString;

/**
 * The key of an answer: what it holds for (an image, a registry or `global`), and the service account's key, empty without
 * one. Strings go with their length before them, 16 bits, highest first.
 *
 * @throws RangeError for a text of 64 KiB or more
 */
export const providerCacheKey = (base: string, serviceAccount: ByteString): ProviderCacheKey =>
  prefixed(toByteString(base)) + prefixed(serviceAccount);

export interface CachedServiceAccount {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Those that the provider asks for. */
  readonly annotations: Readonly<Record<string, string>>;
  /** `Token`: the answer holds for this token only. */
  readonly cacheType?: string;
  /** `sha256:` and hex. */
  readonly tokenHash?: string;
}

/** The part of a key that names a service account with its annotations, and with `cacheType: Token` its token. */
export function serviceAccountCacheKey(account: CachedServiceAccount): ByteString {
  const { namespace, name, uid, annotations, cacheType, tokenHash = '' } = account;
  const [, byToken] = tokenCacheTypes;
  const token = cacheType === byToken ? prefixed('token') + prefixed(tokenHash) : '';
  const coordinates = [namespace, name, uid].map((text) => prefixed(toByteString(text))).join('');
  return coordinates + annotationsKey(annotations) + token;
}

/** What makes two calls at the same time one: the image; with a token also it and the annotations. */
export const singleFlightKey = (
  image: string,
  tokenHash: string,
  annotations: Readonly<Record<string, string>>,
): ByteString => prefixed(toByteString(image)) + prefixed(tokenHash) + annotationsKey(annotations);

/** The answers of one provider, in memory (kubelet.md §8.5). */
export interface ProviderCache {
  /** For this image: under itself, its registry, or globally. Expired answers are dropped as they are found. */
  find(image: string, serviceAccount: ByteString): Auths | undefined;
  /** @param expiresAtMs Unix time; good until after it */
  add(key: ProviderCacheKey, auths: Auths, expiresAtMs: number): void;
  /** In order of insertion, expired ones that nobody asked for included. */
  keys(): readonly ProviderCacheKey[];
}

export const globalCacheBase = 'global';

/** `reg.io:5000` of `reg.io:5000/team/app`. */
export const registryOf = (image: string): string => image.split('/', 1)[0] ?? '';

const purgeIntervalMs = 15 * 60_000;

export function createProviderCache(now: () => Date): ProviderCache {
  const entries = new Map<ProviderCacheKey, { readonly auths: Auths; readonly expiresAtMs: number }>();
  let lastPurgeMs = now().getTime();

  const get = (key: ProviderCacheKey): Auths | undefined => {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    if (now().getTime() <= entry.expiresAtMs) return entry.auths;
    entries.delete(key);
    return undefined;
  };

  const purge = () => {
    const nowMs = now().getTime();
    if (nowMs <= lastPurgeMs + purgeIntervalMs) return;
    for (const key of [...entries.keys()]) get(key);
    lastPurgeMs = nowMs;
  };

  return {
    find(image, serviceAccount) {
      purge();
      for (const base of [image, registryOf(image), globalCacheBase]) {
        const auths = get(providerCacheKey(base, serviceAccount));
        if (auths !== undefined) return auths;
      }
      return undefined;
    },
    add: (key, auths, expiresAtMs) => void entries.set(key, { auths, expiresAtMs }),
    keys: () => [...entries.keys()],
  };
}

function annotationsKey(annotations: Readonly<Record<string, string>>): ByteString {
  const keys = Object.keys(annotations)
    .map((key) => ({ key, bytes: toByteString(key) }))
    .sort((one, other) => (one.bytes < other.bytes ? -1 : 1));
  const pairs = keys.map(
    ({ key, bytes }) => prefixed(bytes) + prefixed(toByteString(annotations[key] ?? '')),
  );
  return String.fromCharCode(0, 0, keys.length >> 8, keys.length & 0xff) + pairs.join('');
}

function prefixed(bytes: ByteString): ByteString {
  const { length } = bytes;
  if (length > 0xffff) throw new RangeError(`${length} bytes do not fit behind a length of 16 bits`);
  return String.fromCharCode(length >> 8, length & 0xff) + bytes;
}
