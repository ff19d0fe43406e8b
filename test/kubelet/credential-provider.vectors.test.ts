import { describe, expect, test } from 'vitest';
import type { Pod } from '../../src/cluster/objects.js';
import type { ByteString } from '../../src/credentials/byte-string.js';
import { createCredentialProvider } from '../../src/kubelet/credential-provider.js';
import type { KubeletLogLine } from '../../src/kubelet/kubelet-log.js';
import { parseNanoseconds, printNanoseconds } from '../../src/kubelet/nanoseconds.js';
import {
  createProviderCache,
  providerCacheKey,
  serviceAccountCacheKey,
} from '../../src/kubelet/provider-cache.js';
import type { TokenAttributes } from '../../src/kubelet/provider-config.js';
import {
  decodeProviderResponse,
  encodeProviderRequest,
  type ProviderRequest,
  type ProviderResponse,
} from '../../src/kubelet/provider-protocol.js';
import { entriesWithZeroValues, jsonNames } from '../support/go-names.js';
import { caseName, vectorSection } from '../support/vectors.js';

function replay<T extends object>(section: string, run: (vector: T) => void | Promise<void>): void {
  describe(section, () => {
    const cases = vectorSection<T>('credentialplugin', section);

    test('was read', () => {
      expect(Array.isArray(cases)).toBe(true);
    });

    for (const [index, vector] of cases.entries()) {
      test(caseName(section, index, vector as Record<string, unknown>), () => run(vector));
    }
  });
}

interface EncodeCase {
  readonly apiVersion: { readonly Group: string; readonly Version: string };
  readonly request: object;
  readonly expectedErr: boolean;
  readonly expectedData?: string;
}

/** Only the names of fields are Go's, not the keys of annotations. */
function requestOf(request: object): ProviderRequest {
  const { Image = '', ServiceAccountToken, ServiceAccountAnnotations } = request as Record<string, never>;
  return {
    image: Image,
    ...(ServiceAccountToken !== undefined && { serviceAccountToken: ServiceAccountToken }),
    ...(ServiceAccountAnnotations !== undefined && { serviceAccountAnnotations: ServiceAccountAnnotations }),
  };
}

replay<EncodeCase>(
  'encodeRequest',
  ({ apiVersion: { Group, Version }, request, expectedErr, expectedData }) => {
    const encode = () => encodeProviderRequest(`${Group}/${Version}`, requestOf(request));
    if (expectedErr) expect(encode).toThrow();
    else expect(encode()).toBe(expectedData);
  },
);

interface DecodeCase {
  readonly data: string;
  readonly expectedErr: boolean;
  readonly expectedResponse?: object;
}

function asRecorded({ cacheKeyType, cacheDuration, auth }: ProviderResponse) {
  const entries = Object.entries(auth ?? {}).map(([key, { username, password }]) => [
    key,
    {
      ...(username !== undefined && { Username: username }),
      ...(password !== undefined && { Password: password }),
    },
  ]);
  return {
    CacheKeyType: cacheKeyType,
    ...(cacheDuration !== undefined && { CacheDuration: { Duration: printNanoseconds(cacheDuration) } }),
    ...(auth !== undefined && { Auth: Object.fromEntries(entries) }),
  };
}

/** A nil map or pointer is Go's zero value, like an absent one. */
const withoutNull = (response: object) =>
  Object.fromEntries(Object.entries(response).filter(([, value]) => value !== null));

replay<DecodeCase>('decodeResponse', ({ data, expectedErr, expectedResponse }) => {
  const decode = () => decodeProviderResponse(new TextEncoder().encode(data), true);
  if (expectedErr) expect(decode).toThrow();
  else expect(asRecorded(decode())).toEqual(withoutNull(expectedResponse ?? {}));
});

interface ProvideCase {
  readonly name: string;
  readonly image: string;
  readonly dockerconfig: object;
  readonly expectedServiceAccount?: object;
  readonly wantLog?: string;
  readonly pluginProvider: {
    readonly podName?: string;
    readonly podNamespace?: string;
    readonly podUID?: string;
    readonly serviceAccountName?: string;
    readonly provider: {
      readonly name?: string;
      readonly matchImages: readonly string[];
      readonly plugin?: { readonly auth?: object; readonly cacheKeyType?: string };
      readonly serviceAccountProvider?: Omit<TokenAttributes, 'serviceAccountTokenAudience'> & {
        readonly audience?: string;
      };
    };
  };
}

const podOf = (pluginProvider: ProvideCase['pluginProvider']): Pod => {
  const { podName, podNamespace, podUID, serviceAccountName } = pluginProvider;
  return {
    metadata: {
      ...(podName !== undefined && { name: podName }),
      ...(podNamespace !== undefined && { namespace: podNamespace }),
      ...(podUID !== undefined && { uid: podUID }),
    },
    spec: { containers: [], ...(serviceAccountName !== undefined && { serviceAccountName }) },
  };
};

/** What the functions of the recording answer: `meta.replay` of the file. */
const apiOf = (scenario: string, attributes: TokenAttributes | undefined) => ({
  getServiceAccount: async () => {
    const named = [
      ...(attributes?.requiredServiceAccountAnnotationKeys ?? []),
      ...(attributes?.optionalServiceAccountAnnotationKeys ?? []),
    ];
    const keys = scenario.includes('sa does not have required annotations') ? [] : named;
    return {
      metadata: { uid: 'sa-uid', annotations: Object.fromEntries(keys.map((key) => [key, 'value'])) },
    };
  },
  requestToken: async () => {
    if (scenario.includes('failed to get service account token')) throw new Error('failed to get token');
    return 'token';
  },
});

/** What stands behind `err=`, or else the message. */
function comparedLog(text: string): string | undefined {
  return /err="((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? /^"?((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
}

replay<ProvideCase>('provide', async (vector) => {
  const { provider } = vector.pluginProvider;
  const { serviceAccountProvider: attributes, plugin = {}, matchImages, name = '' } = provider;
  const log: KubeletLogLine[] = [];
  const auth = entriesWithZeroValues(plugin.auth ?? {}) as NonNullable<ProviderResponse['auth']>;
  const created = createCredentialProvider({
    name,
    matchImages,
    defaultCacheDurationMs: 0,
    ask: async () => ({ cacheKeyType: plugin.cacheKeyType ?? '', cacheDuration: 0, auth }),
    ...(attributes && { tokenAttributes: attributes }),
    refusesEchoedToken: true,
    api: apiOf(vector.name, attributes),
    now: () => new Date('2026-11-23T07:31:02Z'),
    log: (line) => log.push(line),
  });
  const { auths, serviceAccount } = await created.provide(vector.image, podOf(vector.pluginProvider));
  expect(entriesWithZeroValues(auths)).toEqual(entriesWithZeroValues(vector.dockerconfig));
  expect(serviceAccount).toEqual(vector.expectedServiceAccount && jsonNames(vector.expectedServiceAccount));
  if (vector.wantLog === undefined) expect(log).toEqual([]);
  else expect(log[0]?.error ?? log[0]?.message).toBe(comparedLog(vector.wantLog));
});

interface LookupCase {
  readonly cacheEntry: { readonly key: string; readonly credentials: object; readonly expiresAt: string };
  readonly step: string;
  readonly getKey: string;
  readonly expectedResponse?: object;
  readonly keyLength?: number;
}

/** All cases of a section share one cache and one clock. */
function replayCache(section: string): void {
  let nowMs = Date.parse('2026-11-23T07:31:02Z');
  const cache = createProviderCache(() => new Date(nowMs));
  const cases = vectorSection<LookupCase>('credentialplugin', section);
  const account = cases.map(({ cacheEntry }) => accountOf(cacheEntry.key)).find((key) => key !== undefined);
  replay<LookupCase>(section, ({ cacheEntry, step, getKey, expectedResponse, keyLength = 0 }) => {
    cache.add(
      cacheEntry.key,
      entriesWithZeroValues(cacheEntry.credentials),
      Date.parse(cacheEntry.expiresAt),
    );
    nowMs += parseNanoseconds(step) / 1e6;
    const found = cache.find(getKey, account ?? '');
    expect(found ?? null).toEqual(expectedResponse ? entriesWithZeroValues(expectedResponse) : null);
    expect(cache.keys().length).toBe(keyLength);
  });
}

/** The second text of a key. */
function accountOf(key: ByteString): ByteString | undefined {
  const length = (at: number) => key.charCodeAt(at) * 256 + key.charCodeAt(at + 1);
  const base = 2 + length(0);
  return base + 2 + length(base) === key.length ? key.slice(base + 2) : undefined;
}

replayCache('cacheLookup');
replayCache('cacheLookupServiceAccount');

interface AccountKeyCase {
  readonly saNamespace?: string;
  readonly saName?: string;
  readonly saUID?: string;
  readonly saAnnotations?: Readonly<Record<string, string>>;
  readonly cacheType?: string;
  readonly saTokenHash?: string;
  readonly want: string;
}

replay<AccountKeyCase>('serviceAccountCacheKey', (vector) => {
  const { saNamespace = '', saName = '', saUID = '', saAnnotations = {}, cacheType, saTokenHash } = vector;
  const key = serviceAccountCacheKey({
    namespace: saNamespace,
    name: saName,
    uid: saUID,
    annotations: saAnnotations,
    ...(cacheType !== undefined && { cacheType }),
    ...(saTokenHash !== undefined && { tokenHash: saTokenHash }),
  });
  expect(key).toBe(vector.want);
});

interface CacheKeyCase {
  readonly baseKey: string;
  readonly serviceAccountCacheKey?: string;
  readonly want: string;
}

replay<CacheKeyCase>('cacheKey', ({ baseKey, serviceAccountCacheKey: account = '', want }) => {
  expect(providerCacheKey(baseKey, account)).toBe(want);
});
