import { describe, expect, test } from 'vitest';
import type { Pod } from '../../src/cluster/objects.js';
import {
  type CredentialProviderOptions,
  createCredentialProvider,
} from '../../src/kubelet/credential-provider.js';
import { type KubeletLogLine, printLogLine } from '../../src/kubelet/kubelet-log.js';
import type { ProviderRequest, ProviderResponse } from '../../src/kubelet/provider-protocol.js';

const minuteMs = 60_000;
const podOf = (serviceAccountName?: string): Pod => ({
  metadata: { name: 'web', namespace: 'ns', uid: 'pod-uid' },
  spec: { containers: [], ...(serviceAccountName !== undefined && { serviceAccountName }) },
});
const answer = (cacheKeyType: string, more: Partial<ProviderResponse> = {}): ProviderResponse => ({
  cacheKeyType,
  auth: { 'reg.io': { username: 'u', password: 'p' } },
  ...more,
});

/** A provider whose plugin and clock the test holds. */
function scripted(
  response: ProviderResponse | ((request: ProviderRequest) => Promise<ProviderResponse>),
  options: Partial<CredentialProviderOptions> = {},
) {
  const asked: ProviderRequest[] = [];
  const log: KubeletLogLine[] = [];
  const clock = { ms: 0 };
  const tokens: object[] = [];
  const provider = createCredentialProvider({
    name: 'plugin',
    matchImages: ['reg.io', '*.example.com/team'],
    defaultCacheDurationMs: 10 * minuteMs,
    ask: (request) => {
      asked.push(request);
      return typeof response === 'function' ? response(request) : Promise.resolve(response);
    },
    refusesEchoedToken: true,
    api: {
      getServiceAccount: async (namespace, name) => ({
        metadata: { namespace, name, uid: 'sa-uid', annotations: { 'a.io/id': '7', 'a.io/other': 'x' } },
      }),
      requestToken: async (request) => {
        tokens.push(request);
        return `token-${request.pod.uid}`;
      },
    },
    now: () => new Date(clock.ms),
    log: (line) => log.push(line),
    ...options,
  });
  return { provider, asked, log, clock, tokens };
}

describe('a plugin is asked', () => {
  test.each([
    ['reg.io/team/app', true],
    ['eu.example.com/team', true],
    ['eu.example.com/teammate', true],
    ['eu.example.com/other', false],
    ['reg.io:443/app', false],
    ['docker.io/library/nginx', false],
  ])('for %s: %s', async (image, is) => {
    const { provider, asked } = scripted(answer('Image'));
    await provider.provide(image, podOf());
    expect(asked).toEqual(is ? [{ image }] : []);
  });

  test('once when two pulls of one image begin together', async () => {
    const open: (() => void)[] = [];
    const { provider, asked } = scripted(
      () => new Promise((resolve) => open.push(() => resolve(answer('Image', { cacheDuration: 0 })))),
    );
    const both = [provider.provide('reg.io/a', podOf()), provider.provide('reg.io/a', podOf())];
    const other = provider.provide('reg.io/b', podOf());
    expect(asked.map(({ image }) => image)).toEqual(['reg.io/a', 'reg.io/b']);
    for (const answerNow of open) answerNow();
    const [first, second] = await Promise.all([...both, other]);
    expect(first).toEqual(second);
    const later = provider.provide('reg.io/a', podOf());
    open.at(-1)?.();
    await later;
    expect(asked.length).toBe(3);
  });
});

describe('an answer is kept', () => {
  const images = ['reg.io/a', 'reg.io/b', 'x.example.com/team/a'];

  test.each([
    ['Image', 3],
    ['Registry', 2],
    ['Global', 1],
  ])('by %s: %d calls for three images of two registries', async (cacheKeyType, calls) => {
    const { provider, asked } = scripted(answer(cacheKeyType));
    for (const image of [...images, ...images]) await provider.provide(image, podOf());
    expect(asked.length).toBe(calls);
  });

  test('until after its end, and then fetched anew', async () => {
    const { provider, asked, clock } = scripted(answer('Image', { cacheDuration: 60e9 }));
    for (const ms of [0, minuteMs, minuteMs + 1]) {
      clock.ms = ms;
      await provider.provide('reg.io/a', podOf());
    }
    expect(asked.length).toBe(2);
  });

  test.each<[string, Partial<ProviderResponse>, number]>([
    ['as long as it says, also where the configuration says 0', { cacheDuration: 60e9 }, 0],
    ['for the configured time when it says nothing', {}, minuteMs],
  ])('%s', async (_title, more, defaultCacheDurationMs) => {
    const { provider, asked } = scripted(answer('Global', more), { defaultCacheDurationMs });
    for (const image of images) await provider.provide(image, podOf());
    expect(asked.length).toBe(1);
  });

  test.each<[string, Partial<ProviderResponse>, number]>([
    ['an explicit 0', { cacheDuration: 0 }, minuteMs],
    ['a configured 0', {}, 0],
  ])('not at all with %s', async (_title, more, defaultCacheDurationMs) => {
    const { provider, asked } = scripted(answer('Global', more), { defaultCacheDurationMs });
    for (const image of images) await provider.provide(image, podOf());
    expect(asked.length).toBe(3);
    expect(provider.cache.keys()).toEqual([]);
  });

  test('also when it holds no credentials', async () => {
    const { provider, asked } = scripted({ cacheKeyType: 'Global' });
    for (const image of images) expect((await provider.provide(image, podOf())).auths).toEqual({});
    expect(asked.length).toBe(1);
  });

  test('unless it failed: then the next pull asks again', async () => {
    const { provider, asked, log } = scripted(() => Promise.reject(new Error('no answer')));
    for (const image of ['reg.io/a', 'reg.io/a']) await provider.provide(image, podOf());
    expect(asked.length).toBe(2);
    expect(log.map(({ error }) => error)).toEqual(['no answer', 'no answer']);
  });

  test('and an expired one that nobody asks for goes after 15 minutes', async () => {
    const { provider, clock } = scripted(answer('Image', { cacheDuration: 60e9 }));
    await provider.provide('reg.io/a', podOf());
    clock.ms = 15 * minuteMs;
    await provider.provide('reg.io/b', podOf());
    expect(provider.cache.keys().length).toBe(2);
    clock.ms = 15 * minuteMs + 1;
    await provider.provide('reg.io/b', podOf());
    expect(provider.cache.keys()).toEqual(['\0\x08reg.io/b\0\0']);
  });
});

test('an empty user name with a password is passed on as it is', async () => {
  const { provider } = scripted({ cacheKeyType: 'Image', auth: { 'reg.io': { password: 'p' } } });
  expect({ ...(await provider.provide('reg.io/a', podOf())).auths }).toEqual({
    'reg.io': { username: '', password: 'p' },
  });
});

test('patterns named like parts of JavaScript objects are ordinary', async () => {
  const auth = JSON.parse('{"__proto__":{"username":"u","password":"p"}}');
  const { provider } = scripted({ cacheKeyType: 'Image', auth });
  expect(Object.keys((await provider.provide('reg.io/a', podOf())).auths)).toEqual(['__proto__']);
});

describe('in service account mode', () => {
  const attributes = {
    serviceAccountTokenAudience: 'registry',
    cacheType: 'ServiceAccount',
    requireServiceAccount: true,
    requiredServiceAccountAnnotationKeys: ['a.io/id'],
    optionalServiceAccountAnnotationKeys: ['a.io/absent'],
  };
  const asAccount = (more: object = {}) => ({ tokenAttributes: { ...attributes, ...more } });

  test('the plugin gets a token bound to the pod, and the annotations that were asked for', async () => {
    const { provider, asked, tokens } = scripted(answer('Image'), asAccount());
    const provided = await provider.provide('reg.io/a', podOf('sa'));
    expect(asked).toEqual([
      {
        image: 'reg.io/a',
        serviceAccountToken: 'token-pod-uid',
        serviceAccountAnnotations: { 'a.io/id': '7' },
      },
    ]);
    expect(tokens).toEqual([
      {
        namespace: 'ns',
        name: 'sa',
        uid: 'sa-uid',
        audience: 'registry',
        pod: { name: 'web', uid: 'pod-uid' },
      },
    ]);
    expect(provided.serviceAccount).toEqual({ namespace: 'ns', name: 'sa', uid: 'sa-uid' });
  });

  test.each([
    ['ServiceAccount', 1],
    ['Token', 2],
  ])('an answer kept by %s serves pods of one account with %d calls', async (cacheType, calls) => {
    const { provider, asked } = scripted(answer('Global'), asAccount({ cacheType }));
    for (const uid of ['one', 'two', 'two']) {
      await provider.provide('reg.io/a', { ...podOf('sa'), metadata: { ...podOf().metadata, uid } });
    }
    expect(asked.length).toBe(calls);
  });

  test('another account has its own answers', async () => {
    const { provider, asked } = scripted(answer('Global'), asAccount());
    for (const name of ['one', 'two', 'one']) await provider.provide('reg.io/a', podOf(name));
    expect(asked.length).toBe(2);
  });

  test('a pod without account is passed over, and logged at level 5 only', async () => {
    const { provider, asked, log } = scripted(answer('Image'), asAccount());
    expect(await provider.provide('reg.io/a', podOf())).toEqual({ auths: {} });
    expect(asked).toEqual([]);
    expect(log.map(printLogLine)).toEqual([
      '"Service account name is empty" provider="plugin" image="reg.io/a" pod="ns/web" podUID="pod-uid"',
    ]);
    expect(log[0]).toMatchObject({ severity: 'info', verbosity: 5 });
  });

  test('a pod without account asks without token where accounts are not required', async () => {
    const { provider, asked } = scripted(
      answer('Image'),
      asAccount({ requireServiceAccount: false, requiredServiceAccountAnnotationKeys: [] }),
    );
    const { serviceAccount } = await provider.provide('reg.io/a', podOf());
    expect(asked).toEqual([{ image: 'reg.io/a' }]);
    expect(serviceAccount).toBeUndefined();
  });

  test('an account without a required annotation is passed over', async () => {
    const { provider, asked, log } = scripted(
      answer('Image'),
      asAccount({ requiredServiceAccountAnnotationKeys: ['a.io/id', 'a.io/absent'] }),
    );
    await provider.provide('reg.io/a', podOf('sa'));
    expect(asked).toEqual([]);
    expect(log[0]).toMatchObject({ severity: 'info', error: 'required annotation a.io/absent not found' });
  });

  test('an account that is not there is an error of the log', async () => {
    const { provider, log } = scripted(answer('Image'), {
      ...asAccount(),
      api: {
        getServiceAccount: () => Promise.reject(new Error('serviceaccounts "sa" not found')),
        requestToken: () => Promise.reject(new Error('must not be asked')),
      },
    });
    expect(await provider.provide('reg.io/a', podOf('sa'))).toEqual({ auths: {} });
    expect(log).toMatchObject([
      {
        severity: 'error',
        message: 'Failed to provide credentials for image',
        error: 'failed to get service account: serviceaccounts "sa" not found',
      },
    ]);
  });

  const echo = (request: ProviderRequest) =>
    Promise.resolve(
      answer('Image', { auth: { 'reg.io': { username: 'u', password: request.serviceAccountToken ?? '' } } }),
    );

  test.each([
    ['ServiceAccount', true, 0],
    ['Token', true, 1],
    ['ServiceAccount', false, 1],
  ])(
    'the token as password, kept by %s, refused since 1.34 (%s): %d entries',
    async (cacheType, refusesEchoedToken, entries) => {
      const { provider } = scripted(echo, { ...asAccount({ cacheType }), refusesEchoedToken });
      const { auths } = await provider.provide('reg.io/a', podOf('sa'));
      expect(Object.keys(auths).length).toBe(entries);
    },
  );

  test('annotations too long for a cache key cost the credentials, not the pod', async () => {
    const { provider, log } = scripted(answer('Image'), {
      ...asAccount(),
      api: {
        getServiceAccount: async () => ({ metadata: { annotations: { 'a.io/id': 'x'.repeat(70_000) } } }),
        requestToken: async () => 'token',
      },
    });
    expect(await provider.provide('reg.io/a', podOf('sa'))).toEqual({ auths: {} });
    expect(log.length).toBe(1);
  });
});
