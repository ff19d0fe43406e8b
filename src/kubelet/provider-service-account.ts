import { createHash } from 'node:crypto';
import type { Pod, ServiceAccount } from '../cluster/objects.js';
import type { ByteString } from '../credentials/byte-string.js';
import { serviceAccountCacheKey, singleFlightKey } from './provider-cache.js';
import type { TokenAttributes } from './provider-config.js';

/** What the kubelet asks the API server for, when a provider wants a token of the pod's account. */
export interface ServiceAccountApi {
  /** Rejects when there is no such account. */
  getServiceAccount(namespace: string, name: string): Promise<Pick<ServiceAccount, 'metadata'>>;
  /** A token of the default lifetime. Rejects when the server gives none. */
  requestToken(request: ServiceAccountTokenRequest): Promise<string>;
}

export interface ServiceAccountTokenRequest {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly audience: string;
  /** What the token is bound to. */
  readonly pod: { readonly name: string; readonly uid: string };
}

/** The account of one pod as one provider sees it, with a token. */
export interface AccountAccess {
  readonly coordinates: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly annotations: Readonly<Record<string, string>>;
  readonly token: string;
  /** See {@link serviceAccountCacheKey}. */
  readonly cacheKey: ByteString;
  flightKey(image: string): ByteString;
}

/** The account lacks an annotation that the provider needs: how accounts opt in, and so no error. */
export class RequiredAnnotationMissing extends Error {
  override readonly name = 'RequiredAnnotationMissing';
  constructor(key: string) {
    super(`required annotation ${key} not found`);
  }
}

/**
 * Gets the pod's account and a token of it, for a provider with `tokenAttributes` (kubelet.md §8.6). The account is fetched
 * each time.
 *
 * Rejects with {@link RequiredAnnotationMissing}, or with an Error whose message the kubelet logs.
 */
export async function accessAccount(
  pod: Pod,
  attributes: TokenAttributes,
  api: ServiceAccountApi,
): Promise<AccountAccess> {
  const { namespace = 'default', name: podName = '', uid: podUid = '' } = pod.metadata;
  const { serviceAccountName: name = '' } = pod.spec;
  const { metadata } = await named('failed to get service account', api.getServiceAccount(namespace, name));
  const annotations = selectAnnotations(metadata.annotations ?? {}, attributes);
  const { uid = '' } = metadata;
  const { serviceAccountTokenAudience: audience = '', cacheType } = attributes;
  const request = { namespace, name, uid, audience, pod: { name: podName, uid: podUid } };
  const token = await named('failed to get service account token', api.requestToken(request));
  const tokenHash = hashOf(token);
  const account = { namespace, name, uid, annotations, tokenHash };
  return {
    coordinates: { namespace, name, uid },
    annotations,
    token,
    cacheKey: serviceAccountCacheKey(cacheType === undefined ? account : { ...account, cacheType }),
    flightKey: (image) => singleFlightKey(image, tokenHash, annotations),
  };
}

async function named<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function selectAnnotations(
  annotations: Readonly<Record<string, string>>,
  {
    requiredServiceAccountAnnotationKeys: needed = [],
    optionalServiceAccountAnnotationKeys: optional = [],
  }: TokenAttributes,
): Readonly<Record<string, string>> {
  const missing = needed.find((key) => !Object.hasOwn(annotations, key));
  if (missing !== undefined) throw new RequiredAnnotationMissing(missing);
  const keys = [...needed, ...optional].filter((key) => Object.hasOwn(annotations, key));
  return Object.fromEntries(keys.map((key) => [key, annotations[key] ?? '']));
}

const hashOf = (token: string): string =>
  token === '' ? '' : `sha256:${createHash('sha256').update(token).digest('hex')}`;
