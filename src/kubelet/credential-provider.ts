import type { Pod } from '../cluster/objects.js';
import type { ByteString } from '../credentials/byte-string.js';
import type { Auths } from '../credentials/docker-config.js';
import { matchesProvider } from '../credentials/provider-match.js';
import type { KubeletLog } from './kubelet-log.js';
import {
  createProviderCache,
  globalCacheBase,
  type ProviderCache,
  providerCacheKey,
  registryOf,
} from './provider-cache.js';
import type { TokenAttributes } from './provider-config.js';
import { type AskProvider, ProviderExecError } from './provider-exec.js';
import type { ProviderResponse } from './provider-protocol.js';
import {
  type AccountAccess,
  accessAccount,
  RequiredAnnotationMissing,
  type ServiceAccountApi,
} from './provider-service-account.js';
import { tokenCacheTypes } from './provider-validation.js';

export interface CredentialProviderOptions {
  readonly name: string;
  readonly matchImages: readonly string[];
  /** For answers that do not say how long they hold; 0: such are not kept. */
  readonly defaultCacheDurationMs: number;
  readonly ask: AskProvider;
  /** Present: service account mode. */
  readonly tokenAttributes?: TokenAttributes;
  /** Whether an answer that repeats the token is refused unless `cacheType` is `Token`: since 1.34. */
  readonly refusesEchoedToken: boolean;
  readonly api: ServiceAccountApi;
  readonly now: () => Date;
  readonly log: KubeletLog;
}

/** What a provider contributes to a keyring; no entries when it has nothing or failed. */
export interface ProvidedCredentials {
  readonly auths: Auths;
  readonly serviceAccount?: AccountAccess['coordinates'];
}

/** One registered plugin with its cache. */
export interface CredentialProvider {
  readonly name: string;
  /** @param image a repository, without tag */
  provide(image: string, pod: Pod): Promise<ProvidedCredentials>;
  readonly cache: ProviderCache;
}

const nothing: ProvidedCredentials = { auths: {} };

/** A plugin as the kubelet uses it (kubelet.md §8.2–§8.6). Whatever goes wrong is logged and never reaches the pod. */
export function createCredentialProvider(options: CredentialProviderOptions): CredentialProvider {
  const parts: Parts = { ...options, cache: createProviderCache(options.now), flights: new Map() };
  return {
    name: options.name,
    cache: parts.cache,
    async provide(image, pod) {
      if (!matchesProvider(options.matchImages, image)) return nothing;
      try {
        return await provide(parts, image, pod);
      } catch (error) {
        logFailure(parts, image, pod, error);
        return nothing;
      }
    },
  };
}

interface Parts extends CredentialProviderOptions {
  readonly cache: ProviderCache;
  /** Calls under way: equal ones at the same time are one. */
  readonly flights: Map<ByteString, Promise<ProviderResponse>>;
}

async function provide(parts: Parts, image: string, pod: Pod): Promise<ProvidedCredentials> {
  const { tokenAttributes: attributes, api, cache } = parts;
  const accountName = pod.spec.serviceAccountName ?? '';
  if (attributes?.requireServiceAccount && accountName === '') {
    const values = logValues(parts, image, pod);
    parts.log({ severity: 'info', verbosity: 5, message: 'Service account name is empty', values });
    return nothing;
  }
  const account =
    attributes === undefined || accountName === '' ? undefined : await accessAccount(pod, attributes, api);
  const auths = cache.find(image, account?.cacheKey ?? '') ?? (await ask(parts, image, account));
  return account === undefined ? { auths } : { auths, serviceAccount: account.coordinates };
}

async function ask(parts: Parts, image: string, account: AccountAccess | undefined): Promise<Auths> {
  const response = await askOnce(parts, image, account);
  refuseEchoedToken(parts, response, account);
  const base = cacheBase(response.cacheKeyType, image);
  const auths = authsOf(response);
  const durationMs =
    response.cacheDuration === undefined ? parts.defaultCacheDurationMs : response.cacheDuration / 1e6;
  if (durationMs !== 0) {
    const key = providerCacheKey(base, account?.cacheKey ?? '');
    parts.cache.add(key, auths, parts.now().getTime() + durationMs);
  }
  return auths;
}

/** The type of the cache key is not known before the answer: calls for other images of one registry do not share it. */
function askOnce(
  { flights, ask: askProvider }: Parts,
  image: string,
  account: AccountAccess | undefined,
): Promise<ProviderResponse> {
  const key = account === undefined ? image : account.flightKey(image);
  const underWay = flights.get(key);
  if (underWay !== undefined) return underWay;
  const request =
    account === undefined
      ? { image }
      : { image, serviceAccountToken: account.token, serviceAccountAnnotations: account.annotations };
  const flight = askProvider(request).finally(() => flights.delete(key));
  flights.set(key, flight);
  return flight;
}

/** Only an answer that is kept for one token may hold that token. */
function refuseEchoedToken(
  { refusesEchoedToken, tokenAttributes }: Parts,
  { auth = {} }: ProviderResponse,
  account: AccountAccess | undefined,
): void {
  const [, byToken] = tokenCacheTypes;
  if (!account?.token || !refusesEchoedToken || tokenAttributes?.cacheType === byToken) return;
  if (!Object.values(auth).some(({ password }) => password === account.token)) return;
  throw new Error(
    "credential provider plugin returned the service account token as the password which is not allowed when service account cache type is not set to 'Token'",
  );
}

function cacheBase(cacheKeyType: string, image: string): string {
  if (cacheKeyType === 'Image') return image;
  if (cacheKeyType === 'Registry') return registryOf(image);
  if (cacheKeyType === 'Global') return globalCacheBase;
  throw new Error(`credential provider plugin did not return a valid cacheKeyType: ${cacheKeyType}`);
}

/** Patterns may have any name, so the map has no prototype. */
function authsOf({ auth = {} }: ProviderResponse): Auths {
  const entries = Object.entries(auth).map(
    ([pattern, { username = '', password = '' }]) => [pattern, { username, password }] as const,
  );
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

function logFailure(parts: Parts, image: string, pod: Pod, error: unknown): void {
  const values = logValues(parts, image, pod);
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof RequiredAnnotationMissing) {
    const message = 'Failed to get service account data';
    parts.log({ severity: 'info', verbosity: 5, message, error: text, values });
    return;
  }
  const prefix = 'failed to get credential from external registry credential provider: ';
  const cause = error instanceof ProviderExecError ? prefix + text : text;
  const message = 'Failed to provide credentials for image';
  parts.log({ severity: 'error', verbosity: 0, message, error: cause, values });
}

function logValues({ name }: Parts, image: string, pod: Pod): Readonly<Record<string, string>> {
  const { namespace = 'default', name: podName = '', uid } = pod.metadata;
  const account = pod.spec.serviceAccountName ?? '';
  return {
    provider: name,
    image,
    pod: `${namespace}/${podName}`,
    ...(uid !== undefined && { podUID: uid }),
    ...(account !== '' && { serviceAccount: `${namespace}/${account}` }),
  };
}
