import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CrioOptions, createCrio } from '../../src/runtime/crio.js';
import { createImageStore } from '../../src/runtime/image-store.js';
import type { AuthConfig, Dial, PullOptions, PullResult } from '../../src/runtime/pull.js';
import { parseRegistriesConf } from '../../src/runtime/registries-conf.js';
import { blobOf, changedImage, imageOf, indexOf, type ProbeImage } from '../support/probe/images.js';
import {
  type HostAnswer,
  type HostRequest,
  type HostScript,
  manifestAnswer,
  type ScriptedHost,
  serving,
  startScriptedHost,
} from '../support/scripted-host.js';

const image = imageOf('crio');
const name = 'registry.example.com/team/app:v1';
const platform = { os: 'linux', architecture: 'amd64' };
const alice: AuthConfig = { username: 'alice', password: 'secret' };

let host: ScriptedHost;
let clock: Date;
let waits: number[];

beforeAll(async () => {
  host = await startScriptedHost();
});
afterAll(() => host.close());

type Setup = Partial<CrioOptions>;

function crio(setup: Setup = {}) {
  clock = new Date('2026-11-23T12:00:00Z');
  waits = [];
  return createCrio({
    kubernetesVersion: '1.37',
    platform,
    dial: host.dial,
    now: () => clock,
    sleep: async (milliseconds) => {
      waits.push(milliseconds);
      clock = new Date(clock.getTime() + milliseconds);
    },
    ...setup,
  });
}

async function pull(script: HostScript, options: PullOptions = {}, setup: Setup = {}, reference = name) {
  host.play(script);
  const runtime = crio(setup);
  try {
    return await runtime.pull(reference, options);
  } finally {
    runtime.close();
  }
}

const description = (result: PullResult) => (result.ok ? '' : result.description);
/** What the first attempt said. */
const firstError = (result: PullResult) =>
  /pull image err: (.*); artifact err: /s.exec(description(result))?.[1];
const secondError = (result: PullResult) => /; artifact err: (.*)$/s.exec(description(result))?.[1];

const json = (value: unknown, status = 200, headers = {}): HostAnswer => ({
  status,
  headers,
  body: JSON.stringify(value),
});
const bearer = 'Bearer realm="https://auth.example.com/token",service="s"';

function guarded(
  challenge: string | readonly string[],
  onToken: (request: HostRequest) => HostAnswer = () => json({ token: 'good' }),
): HostScript {
  return (request) => {
    if (request.host === 'auth.example.com') return onToken(request);
    const { authorization } = request.headers;
    if (authorization !== undefined && request.path !== '/v2/') return serving(image)(request);
    return { status: 401, headers: { 'www-authenticate': challenge } };
  };
}

const toTokenServer = () => host.requests.filter((request) => request.host === 'auth.example.com');

describe('a pull', () => {
  test('pings, reads the manifest by its tag, then config and layers', async () => {
    expect(await pull(serving(image))).toMatchObject({
      ok: true,
      imageRef: image.config.digest.slice('sha256:'.length),
      reference: name,
      digest: image.manifest.digest,
    });
    expect(host.lines).toEqual([
      'GET registry.example.com/v2/ 200',
      'GET registry.example.com/v2/team/app/manifests/v1 200',
      `GET registry.example.com/v2/team/app/blobs/${image.config.digest} 200`,
      `GET registry.example.com/v2/team/app/blobs/${image.layer.digest} 200`,
    ]);
    expect(host.requests[1]?.headers).toMatchObject({
      accept:
        'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.v1+prettyjws, application/vnd.docker.distribution.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.index.v1+json',
      'docker-distribution-api-version': 'registry/2.0',
      'user-agent': 'cri-o/1.37.0 go/go1.26.10 os/linux arch/amd64',
    });
  });

  test('of an image that is there reads manifest and config again', async () => {
    host.play(serving(image));
    const runtime = crio();
    await runtime.pull(name);
    host.play(serving(image));
    expect((await runtime.pull(name)).ok).toBe(true);
    expect(host.lines.map((line) => line.split('/')[4] ?? 'ping')).toEqual(['ping', 'manifests', 'blobs']);
    runtime.close();
  });

  test('leaves an image that is known by its names and its ID', async () => {
    host.play(serving(image));
    const runtime = crio();
    await runtime.pull('nginx');
    const id = image.config.digest.slice('sha256:'.length);
    for (const known of ['nginx', 'docker.io/library/nginx:latest', `nginx@${image.manifest.digest}`, id]) {
      expect(runtime.status(known)).toEqual({ id, sizeBytes: expect.any(Number) });
    }
    expect(runtime.status('nginx:v2')).toBeUndefined();
    expect(runtime.status('not a name')).toBeUndefined();
    expect(runtime.withStore(createImageStore()).status('nginx')).toBeUndefined();
    runtime.close();
  });

  test('asks the candidates of a short name in turn, and tells of the last', async () => {
    const registries = parseRegistriesConf(
      'unqualified-search-registries = ["a.example.com", "b.example.com"]',
    );
    const at: HostScript = (request) =>
      request.host === 'b.example.com' ? serving(image)(request) : { status: 404 };
    const setup = { registries, kubernetesVersion: '1.32' };
    expect(await pull(at, {}, setup, 'team/app')).toMatchObject({
      reference: 'b.example.com/team/app:latest',
    });
    const nowhere = await pull(() => ({ status: 404 }), {}, setup, 'team/app');
    expect(description(nowhere)).toContain('pinging container registry b.example.com');
  });
});

describe('releases', () => {
  const missing: HostScript = (request) =>
    request.path === '/v2/'
      ? { status: 200 }
      : json({ errors: [{ code: 'MANIFEST_UNKNOWN', detail: 1 }] }, 404);
  const refusing: Dial = () => ({ fail: { kind: 'connection-refused', address: '127.0.0.1:443' } });
  const source = 'initializing source docker://registry.example.com/team/app:v1: ';
  const unknown = 'reading manifest v1 in registry.example.com/team/app: manifest unknown: ';
  const ping =
    'pinging container registry registry.example.com: Get "https://registry.example.com/v2/": dial tcp 127.0.0.1:443: connect: connection refused';
  const both = (artifact: string, error: string) =>
    `unable to pull image or OCI artifact: pull image err: ${source}${error}; artifact err: ${artifact}: ${error}`;

  test.each([
    ['1.32', `${source}${unknown}`, `RegistryUnavailable: ${source}${ping}`],
    [
      '1.33',
      both('get manifest: build image source', unknown),
      `RegistryUnavailable: ${both('get manifest: build image source', ping)}`,
    ],
    [
      '1.35',
      both('image reference: get manifest from ref: create image source', unknown),
      `RegistryUnavailable: unable to pull image: ${source}${ping}`,
    ],
  ])('%s says of a missing tag and of a refused connection', async (kubernetesVersion, tag, network) => {
    expect(description(await pull(missing, {}, { kubernetesVersion }))).toBe(tag);
    expect(await pull(missing, {}, { kubernetesVersion, dial: refusing })).toMatchObject({
      code: 'Unknown',
      description: network,
      failure: { kind: 'connection-refused' },
    });
  });

  test('1.32 asks once, later ones twice', async () => {
    await pull(missing, {}, { kubernetesVersion: '1.32' });
    expect(host.requests).toHaveLength(2);
    await pull(missing, {}, { kubernetesVersion: '1.34' });
    expect(host.requests).toHaveLength(4);
  });

  test('a blob that is missing shows that the image is one', async () => {
    const script: HostScript = (request) =>
      request.path.includes(image.layer.digest) ? { status: 404 } : serving(image)(request);
    expect(secondError(await pull(script, {}, { kubernetesVersion: '1.34' }))).toBe(
      'provided artifact is a container image',
    );
    expect(secondError(await pull(script))).toBe(
      'image reference: reference is a container image, not an OCI artifact',
    );
  });

  const arm = imageOf('arm', { architecture: 'arm64' });
  const indexed =
    (docker: boolean): HostScript =>
    (request) =>
      request.path.endsWith('/v1') ? manifestAnswer(indexOf([arm], { docker })) : serving(arm)(request);
  const none = 'for architecture "amd64", variant "", OS "linux"';
  test.each([
    ['1.34', false, `choose instance: no image found in image index ${none}`],
    ['1.34', true, 'provided artifact is a container image'],
    ['1.37', false, `image reference: choose manifest instance: no image found in image index ${none}`],
    ['1.37', true, `image reference: choose manifest instance: no image found in manifest list ${none}`],
  ])('%s on an index (Docker: %s) without the platform', async (kubernetesVersion, docker, artifact) => {
    const result = await pull(indexed(docker), {}, { kubernetesVersion });
    expect(secondError(result)).toBe(artifact);
    expect(result).toMatchObject({
      failure: { kind: 'no-platform', wanted: 'linux/amd64', offered: ['linux/arm64'] },
    });
  });
});

describe('the ping', () => {
  test.each([200, 401])('may be answered %i', async (status) => {
    const script: HostScript = (request) => (request.path === '/v2/' ? { status } : serving(image)(request));
    expect((await pull(script)).ok).toBe(true);
  });

  test.each([
    [404, 'StatusCode: 404, ""'],
    [403, 'StatusCode: 403, ""'],
    [500, 'received unexpected HTTP status: 500 Internal Server Error'],
    [302, 'received unexpected HTTP status: 302 Found'],
  ])('answered %i is an error', async (status, text) => {
    const result = await pull(() => ({ status }));
    expect(firstError(result)).toBe(
      `initializing source docker://${name}: pinging container registry registry.example.com: ${text}`,
    );
  });

  test('goes to Docker Hub’s own host', async () => {
    await pull(serving(image), {}, {}, 'nginx');
    expect(host.lines.slice(0, 2)).toEqual([
      'GET registry-1.docker.io/v2/ 200',
      'GET registry-1.docker.io/v2/library/nginx/manifests/latest 200',
    ]);
  });

  test('is made by http too where the registry is insecure, on loopback not', async () => {
    const registries = parseRegistriesConf(
      '[[registry]]\nlocation = "registry.example.com"\ninsecure = true',
    );
    const dial: Dial = (target) =>
      target.protocol === 'https' ? { fail: { kind: 'http-on-https' } } : host.dial(target);
    const result = await pull(serving(image), {}, { registries, dial });
    expect(result.ok).toBe(true);
    expect(result.exchanges.map(({ url }) => new URL(url).protocol)).toEqual([
      'https:',
      'http:',
      'http:',
      'http:',
      'http:',
    ]);
    const loopback = await pull(serving(image), {}, { dial }, '127.0.0.1:5000/a:v1');
    expect(description(loopback)).toMatch(/server gave HTTP response to HTTPS client$/);
  });
});

describe('authorisation', () => {
  test('follows the ping, not the request', async () => {
    const script: HostScript = (request) => {
      if (request.path === '/v2/') return { status: 200 };
      return { status: 401, headers: { 'www-authenticate': bearer } };
    };
    const result = await pull(script, { auth: alice });
    expect(toTokenServer()).toHaveLength(0);
    expect(firstError(result)).toMatch(/: authentication required$/);
    expect(result).toMatchObject({ failure: { kind: 'status', status: 401, anonymous: false } });
  });

  test('Basic sends what there is, were it nothing', async () => {
    const script = guarded('Basic realm="r"');
    await pull(script, { auth: alice });
    expect(host.requests[1]?.headers.authorization).toBe('Basic YWxpY2U6c2VjcmV0');
    await pull(script);
    expect(host.requests[1]?.headers.authorization).toBe('Basic Og==');
  });

  test('nobody is told that a Basic registry wanted credentials but the failure', async () => {
    const script: HostScript = () => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } });
    expect(await pull(script)).toMatchObject({
      failure: { kind: 'no-basic-credentials', host: 'registry.example.com' },
    });
    expect(await pull(script, { auth: alice })).toMatchObject({ failure: { kind: 'status', status: 401 } });
  });

  test('a token is asked for by GET with account, scope and service, and Basic beside a password', async () => {
    await pull(guarded(bearer), { auth: alice });
    const [request, ...others] = toTokenServer();
    expect(others).toEqual([]);
    expect(request?.path).toBe('/token?account=alice&scope=repository%3Ateam%2Fapp%3Apull&service=s');
    expect(request?.headers.authorization).toBe('Basic YWxpY2U6c2VjcmV0');
    await pull(guarded(bearer), { auth: { username: 'alice' } });
    expect(toTokenServer()[0]).toMatchObject({
      path: '/token?account=alice&scope=repository%3Ateam%2Fapp%3Apull&service=s',
      headers: expect.not.objectContaining({ authorization: expect.anything() }),
    });
    await pull(guarded('Bearer realm="https://auth.example.com/token?tenant=1"'));
    expect(toTokenServer()[0]?.path).toBe('/token?scope=repository%3Ateam%2Fapp%3Apull&tenant=1');
  });

  test('the first known scheme of the ping wins', async () => {
    await pull(guarded(['Negotiate', 'Basic realm="r"', bearer]), { auth: alice });
    expect(toTokenServer()).toHaveLength(0);
    await pull(guarded(['Negotiate', bearer, 'Basic realm="r"']), { auth: alice });
    expect(toTokenServer()).toHaveLength(1);
  });

  test('a missing scope is asked for once, beside its own', async () => {
    let asked = 0;
    const script: HostScript = (request) => {
      const wide = request.headers.authorization === 'Bearer wide';
      if (request.host === 'auth.example.com') {
        asked += 1;
        return json({ token: request.path.includes('wider') ? 'wide' : 'narrow' });
      }
      if (wide) return serving(image)(request);
      const more = request.path === '/v2/' ? '' : ',scope="repository:wider:pull",error="insufficient_scope"';
      return { status: 401, headers: { 'www-authenticate': `${bearer}${more}` } };
    };
    expect((await pull(script)).ok).toBe(true);
    expect(toTokenServer().map(({ path }) => path)).toEqual([
      '/token?scope=repository%3Ateam%2Fapp%3Apull&service=s',
      '/token?scope=repository%3Ateam%2Fapp%3Apull&scope=repository%3Awider%3Apull&service=s',
    ]);
    expect(asked).toBe(2);
  });

  test('a token lives for a minute at least, from when it was issued', async () => {
    const stepping =
      (answer: object, seconds: number): HostScript =>
      (request) => {
        if (request.path.includes('/manifests/')) clock = new Date(clock.getTime() + seconds * 1000);
        return guarded(bearer, () => json({ token: 'good', ...answer }))(request);
      };
    await pull(stepping({ expires_in: 1 }, 59));
    expect(toTokenServer()).toHaveLength(1);
    await pull(stepping({ expires_in: 1 }, 61));
    expect(toTokenServer()).toHaveLength(2);
    await pull(stepping({ expires_in: 300, issued_at: '2026-11-23T11:58:00.5Z' }, 179));
    expect(toTokenServer()).toHaveLength(1);
    // One that comes expired is fetched anew for each request.
    await pull(stepping({ expires_in: 300, issued_at: '2026-11-23T11:58:00.5Z' }, 181));
    expect(toTokenServer()).toHaveLength(3);
  });

  test.each<[string, HostAnswer, string]>([
    [
      '401',
      json({ details: 'incorrect username or password' }, 401),
      'unable to retrieve auth token: invalid username/password: unauthorized: incorrect username or password',
    ],
    ['429', { status: 429 }, 'too many requests to registry'],
    [
      '500',
      { status: 500 },
      'Requesting bearer token: received unexpected HTTP status: 500 Internal Server Error',
    ],
    [
      'a list',
      json([]),
      'decoding bearer token (last URL "https://auth.example.com/token?scope=repository%3Ateam%2Fapp%3Apull&service=s", body start "[]"): json: cannot unmarshal array into Go value of type struct { Token string "json:\\"token\\""; AccessToken string "json:\\"access_token\\""; ExpiresIn int "json:\\"expires_in\\""; IssuedAt time.Time "json:\\"issued_at\\""; expirationTime time.Time }',
    ],
  ])('a token server that answers %s is an error', async (_, answer, text) => {
    const result = await pull(guarded(bearer, () => answer));
    expect(firstError(result)).toBe(`initializing source docker://${name}: ${text}`);
    expect(result).toMatchObject({
      failure: { kind: 'token-refused', realm: 'https://auth.example.com/token' },
    });
  });

  test('a Bearer challenge without realm is an error', async () => {
    for (const challenge of ['Bearer service="s"', 'Bearer realm="",service="s"']) {
      expect(firstError(await pull(guarded(challenge)))).toMatch(/: missing realm in bearer auth challenge$/);
    }
  });

  test('auth wins over user and password, and what is no pair counts as nothing', async () => {
    const script = guarded('Basic realm="r"');
    const sent = async (auth: AuthConfig) => {
      await pull(script, { auth });
      return host.requests[1]?.headers.authorization;
    };
    const pair = Buffer.from('bob:hunter2').toString('base64');
    expect(await sent({ ...alice, auth: pair })).toBe(`Basic ${pair}`);
    expect(await sent({ ...alice, auth: Buffer.from('bob').toString('base64') })).toBe('Basic Og==');
    expect(await sent({ identityToken: 'token', serverAddress: 'https://x' })).toBe('Basic Og==');
  });

  test('nowhere is a secret', async () => {
    const secret = 'c0rrect-h0rse';
    for (const onToken of [() => json({ token: 'good-t0ken' }), () => ({ status: 401 })]) {
      const result = await pull(guarded(bearer, onToken), { auth: { username: 'alice', password: secret } });
      expect(JSON.stringify(result)).not.toMatch(/c0rrect-h0rse|good-t0ken|YWxpY2U6/);
    }
  });
});

describe('mirrors', () => {
  const registries = parseRegistriesConf(`
    [[registry]]
    location = "registry.example.com"
    [[registry.mirror]]
    location = "one.example.net/cache"
    [[registry.mirror]]
    location = "registry.example.com:5000"
    [[registry]]
    location = "blocked.example.com"
    blocked = true`);

  test('never see the credentials, and are named when they fail', async () => {
    const script: HostScript = () => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } });
    const result = await pull(script, { auth: alice }, { registries, kubernetesVersion: '1.32' });
    const manifests = host.requests.filter(({ path }) => path !== '/v2/');
    expect(manifests.map((request) => [request.host, request.headers.authorization])).toEqual([
      ['one.example.net', 'Basic Og=='],
      ['registry.example.com:5000', 'Basic Og=='],
      ['registry.example.com', 'Basic YWxpY2U6c2VjcmV0'],
    ]);
    const required = (reference: string) => `reading manifest v1 in ${reference}: authentication required`;
    expect(description(result)).toBe(
      `initializing source docker://${name}: (Mirrors also failed: ` +
        `[one.example.net/cache/team/app:v1: ${required('one.example.net/cache/team/app')}]\n` +
        `[registry.example.com:5000/team/app:v1: ${required('registry.example.com:5000/team/app')}]): ` +
        `${name}: ${required('registry.example.com/team/app')}`,
    );
  });

  test('serve everything when they have the manifest', async () => {
    await pull(serving(image), {}, { registries });
    expect(new Set(host.requests.map((request) => request.host))).toEqual(new Set(['one.example.net']));
  });

  test('a blocked registry is not asked', async () => {
    const result = await pull(serving(image), {}, { registries }, 'blocked.example.com/a:v1');
    expect(host.requests).toHaveLength(0);
    expect(firstError(result)).toBe(
      'initializing source docker://blocked.example.com/a:v1: registry blocked.example.com is blocked in /etc/containers/registries.conf or /etc/containers/registries.conf.d',
    );
  });
});

describe('a registry that wants less', () => {
  const limited =
    (times: number, headers: Readonly<Record<string, string>> = {}): HostScript =>
    (request) =>
      request.path.includes('/manifests/') && request.nth <= times
        ? json({ errors: [{ code: 'TOOMANYREQUESTS', message: 'slow down' }] }, 429, headers)
        : serving(image)(request);

  test('is asked five times, more and more slowly', async () => {
    expect(firstError(await pull(limited(100)))).toMatch(/: toomanyrequests: slow down$/);
    expect(waits.slice(0, 4)).toEqual([2000, 4000, 8000, 16_000]);
    expect((await pull(limited(4))).ok).toBe(true);
  });

  test.each([
    ['7', [7000, 7000]],
    ['3600', [60_000, 60_000]],
    ['Mon, 23 Nov 2026 12:00:10 GMT', [10_000, 20_000]],
    ['Mon, 23 Nov 2020 12:00:10 GMT', [2000, 4000]],
    ['soon', [2000, 4000]],
  ])('may say when: Retry-After %s', async (value, expected) => {
    expect((await pull(limited(2, { 'retry-after': value }))).ok).toBe(true);
    expect(waits).toEqual(expected);
  });

  test('ends when the client goes away while it waits', async () => {
    const leaving = new AbortController();
    const sleep = async () => leaving.abort();
    expect(await pull(limited(100), { signal: leaving.signal }, { sleep })).toMatchObject({
      code: 'Canceled',
      description: `unable to pull image: initializing source docker://${name}: context canceled`,
    });
    expect(host.requests).toHaveLength(2);
  });
});

describe('the words of a registry', () => {
  const answering = async (answer: HostAnswer) => {
    const script: HostScript = (request) => (request.path === '/v2/' ? { status: 200 } : answer);
    const text = firstError(await pull(script));
    return text?.split('reading manifest v1 in registry.example.com/team/app: ')[1];
  };
  const errors = (...list: object[]) => ({ errors: list });
  const challenge = (parameters: string) => ({ 'www-authenticate': `Bearer realm="r",${parameters}` });

  test.each<[string, HostAnswer, string]>([
    ['a code alone', json(errors({ code: 'NAME_UNKNOWN' }), 404), 'name unknown'],
    [
      'a default message',
      json(errors({ code: 'DENIED', message: 'requested access to the resource is denied' }), 403),
      'denied',
    ],
    [
      'a default message with detail',
      json(errors({ code: 'BLOB_UNKNOWN', message: 'blob unknown to registry', detail: {} }), 404),
      'blob unknown to registry',
    ],
    ['another message', json(errors({ code: 'TAG_INVALID', message: 'no' }), 400), 'tag invalid: no'],
    ['a code of others', json(errors({ code: 'QUOTA', message: 'full' }), 403), 'unknown: full'],
    [
      'a code that distribution has not',
      json(errors({ code: 'RANGE_INVALID', message: 'x' }), 416),
      'unknown: x',
    ],
    [
      'two errors',
      json(errors({ code: 'DENIED', message: 'first' }, { code: 'DENIED', message: 'second' }), 403),
      'denied: first',
    ],
    ['details', json({ details: 'too much' }, 403), 'unknown: too much'],
    ['no errors', json(errors(), 404), 'StatusCode: 404, "{\\"errors\\":[]}"'],
    [
      'HTML',
      { status: 404, body: '<html><body><h1>404 page not found, sorry</h1></body></html>' },
      'StatusCode: 404, "<html><body><h1>404 page not found, sorry</h1></bo..."',
    ],
    [
      'bytes',
      { status: 404, body: Buffer.from([0xc3, 0x28, 0xe2, 0x82, 0xac, 0x0a]) },
      'StatusCode: 404, "\\xc3(€\\n"',
    ],
    ['a 401 without words', { status: 401, body: 'no' }, 'authentication required'],
    ['a 401 with words', json(errors({ code: 'UNAUTHORIZED', message: 'who?' }), 401), 'unauthorized: who?'],
    [
      'a refused token',
      { status: 401, headers: challenge('error="invalid_token"') },
      'authentication required',
    ],
    [
      'a token without access',
      { status: 401, headers: challenge('error="insufficient_scope"') },
      'requested access to the resource is denied',
    ],
    [
      'a described refusal',
      { status: 401, headers: challenge('error="insufficient_scope",error_description="ask bob"') },
      'denied: ask bob',
    ],
    [
      '503',
      { status: 503, body: json(errors({ code: 'UNAVAILABLE' })).body ?? '' },
      'received unexpected HTTP status: 503 Service Unavailable',
    ],
    ['204', { status: 204 }, 'received unexpected HTTP status: 204 No Content'],
  ])('%s', async (_, answer, text) => {
    expect(await answering(answer)).toBe(text);
  });
});

describe('content', () => {
  const replacing =
    (digest: string, answer: (bytes: Buffer, request: HostRequest) => HostAnswer): HostScript =>
    (request) => {
      const usual = serving(image)(request);
      if (!request.path.includes(digest) || typeof usual === 'string') return usual;
      return answer(usual.body as Buffer, request);
    };
  const { layer } = image;

  test('that is cut is asked for again after a second, from where it was cut', async () => {
    const script = replacing(layer.digest, (body, { headers }) => {
      if (headers.range === undefined) return { status: 200, body, cutAfter: 20 };
      const contentRange = `bytes 20-${body.length - 1}/${body.length}`;
      return { status: 206, headers: { 'content-range': contentRange }, body: body.subarray(20) };
    });
    expect((await pull(script)).ok).toBe(true);
    expect(host.requests.at(-1)?.headers.range).toBe('bytes=20-');
    expect(waits).toEqual([1000]);
  });

  const stored =
    'writing blob: storing blob to file "/var/tmp/container_images_storage1/1": happened during read: ';
  test.each<[string, HostAnswer, string]>([
    [
      'the whole',
      { status: 200 },
      '(after reconnecting, server did not process a Range: header, status 200)',
    ],
    [
      'another range',
      { status: 206, headers: { 'content-range': 'bytes 0-9/10' } },
      '(after reconnecting at offset 20, got unexpected Content-Range 0-9/10)',
    ],
    [
      'a range of nothing',
      { status: 206 },
      '(after reconnecting, invalid Content-Range header: missing Content-Range: header)',
    ],
    ['an error', { status: 404 }, '(after reconnecting, fetching blob: StatusCode: 404, "")'],
  ])('that is cut and then answered with %s is lost', async (_, answer, text) => {
    const script = replacing(layer.digest, (body, { headers }) =>
      headers.range === undefined ? { status: 200, body, cutAfter: 20 } : answer,
    );
    expect(firstError(await pull(script))).toBe(`${stored}unexpected EOF ${text}`);
  });

  test('that is cut twice without progress is lost', async () => {
    const script = replacing(layer.digest, (body, { headers }) => {
      if (headers.range === undefined) return { status: 200, body, cutAfter: 20 };
      const contentRange = `bytes 20-${body.length - 1}/${body.length}`;
      return {
        status: 206,
        headers: { 'content-range': contentRange },
        body: body.subarray(20),
        cutAfter: 5,
      };
    });
    expect(firstError(await pull(script))).toBe(
      `${stored}(heuristic tuning data: total 25 @1000.000 ms, last retry 20 @0.000 ms, last progress @ 0.000 ms): unexpected EOF`,
    );
  });

  test('with another digest is refused, a big layer while it is stored', async () => {
    const wrong = (size: number) =>
      replacing(layer.digest, () => ({ status: 200, body: Buffer.alloc(size) }));
    const mismatch = `happened during read: Digest did not match, expected ${layer.digest}, got sha256:`;
    expect(firstError(await pull(wrong(100)))).toContain(
      `writing blob: setting up to decompress blob: ${mismatch}`,
    );
    expect(firstError(await pull(wrong(10_000)))).toContain(
      stored.replace('happened during read: ', mismatch),
    );
  });

  test('of all layers is asked for, though the first is missing', async () => {
    const two = changedImage(image, {
      manifest: ({ layers, config }) => layers.push({ ...config }),
    });
    const script: HostScript = (request) =>
      request.path.includes(layer.digest) ? { status: 404 } : serving(two)(request);
    expect(firstError(await pull(script))).toMatch(
      new RegExp(`^reading blob ${layer.digest}: fetching blob: `),
    );
    expect(host.lines.filter((line) => line.includes('/blobs/'))).toHaveLength(3);
  });

  test('of foreign layers comes from their addresses alone', async () => {
    const foreign = changedImage(image, {
      manifest: ({ layers }) =>
        Object.assign(layers[0] as object, { urls: ['https://a.example.org/l', 'https://b.example.org/l'] }),
    });
    const at =
      (...missing: string[]): HostScript =>
      (request) =>
        request.host.endsWith('.example.org')
          ? { status: missing.includes(request.host) ? 404 : 200, body: layer.bytes }
          : serving(foreign)(request);
    expect((await pull(at('a.example.org'), { auth: alice })).ok).toBe(true);
    expect(host.lines.at(-1)).toBe('GET b.example.org/l 200');
    expect(firstError(await pull(at('a.example.org', 'b.example.org')))).toBe(
      `reading blob ${layer.digest}: failed fetching external blob from all urls: ` +
        ['a', 'b']
          .map(
            (each) =>
              `error fetching external blob from "https://${each}.example.org/l": received unexpected HTTP status: 404 Not Found`,
          )
          .join(', '),
    );
  });

  test.each([
    [
      'with more diff IDs than layers',
      (text: string) => text.replace(/"diff_ids":\[/, '"diff_ids":["sha256:00",'),
      /^writing blob: layer 0 \(blob "\S+"\/""\/"\S+"\) does not match config's DiffID "sha256:00"$/,
    ],
    ['that is no JSON', () => '{', /^parsing image configuration: unexpected end of JSON input$/],
  ])('of a config %s', async (_, config, text) => {
    expect(firstError(await pull(serving(changedImage(image, { config }))))).toMatch(text);
  });
});

describe('manifests', () => {
  const served =
    (bytes: string, mediaType = 'application/vnd.oci.image.manifest.v1+json'): HostScript =>
    (request) =>
      request.path.includes('/manifests/')
        ? manifestAnswer({ ...blobOf(Buffer.from(bytes)), mediaType })
        : serving(image)(request);
  const problem = async (bytes: string, mediaType?: string) =>
    firstError(await pull(served(bytes, mediaType)));
  const initializing = `initializing image from source docker://${name}: `;
  const docker = 'application/vnd.docker.distribution.manifest.v2+json';
  const schema1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
  const id = 'a'.repeat(64);
  const layersOf = (...entries: object[]) =>
    JSON.stringify({
      schemaVersion: 1,
      fsLayers: entries.map(() => ({ blobSum: 'sha256:x' })),
      history: entries.map((entry) => ({ v1Compatibility: JSON.stringify(entry) })),
    });

  test.each([
    [
      'two kinds in one',
      '{"config":{},"manifests":[]}',
      undefined,
      'rejecting ambiguous manifest, unexpected fields []string{"manifests"} in supposedly application/vnd.oci.image.manifest.v1+json',
    ],
    ['another type inside', '{"mediaType":"text/x"}', docker, 'unsupported docker v2s2 media type: "text/x"'],
    ['schema 2 under no type', '{"schemaVersion":2}', 'application/json', 'unsupported schema version 2'],
    ['schema 1 without layers', '{"schemaVersion":1}', schema1, 'no FSLayers in manifest'],
    [
      'schema 1 of two lengths',
      '{"schemaVersion":1,"fsLayers":[{}]}',
      schema1,
      'length of history not equal to number of layers',
    ],
    [
      'schema 1 with bad history',
      '{"schemaVersion":1,"fsLayers":[{}],"history":[{"v1Compatibility":"x"}]}',
      schema1,
      "parsing v2s1 history entry 0: invalid character 'x' looking for beginning of value",
    ],
    ['schema 1 without IDs', layersOf({}), schema1, 'image ID "" is invalid'],
    [
      'schema 1 with a parent below the base',
      layersOf({ id, parent: id }),
      schema1,
      'Invalid parent ID in the base layer of the image',
    ],
    [
      'schema 1 with another parent',
      layersOf({ id: 'b'.repeat(64), parent: 'c' }, { id }),
      schema1,
      `Invalid parent ID. Expected ${id}, got "c"`,
    ],
    [
      'schema 1 with an ID twice',
      layersOf({ id }, { id: 'b'.repeat(64) }, { id }),
      schema1,
      `ID ${id} appears multiple times in manifest`,
    ],
  ])('%s', async (_, bytes, mediaType, text) => {
    expect(await problem(bytes, mediaType)).toBe(`${initializing}${text}`);
  });

  test('of another digest than the reference’s', async () => {
    const digest = `sha256:${'b'.repeat(64)}`;
    const result = await pull(served('{}'), {}, {}, `registry.example.com/team/app@${digest}`);
    expect(firstError(result)).toBe(
      `determining manifest MIME type for docker://registry.example.com/team/app@${digest}: Manifest does not match provided manifest digest ${digest}`,
    );
  });

  test('of artifacts name their type', async () => {
    const config = (mediaType: string) => JSON.stringify({ schemaVersion: 2, config: { mediaType } });
    expect(await problem(config('application/vnd.docker.container.image.v1+json'))).toBe(
      'parsing image configuration: invalid mixed OCI image with Docker v2s2 config ("application/vnd.docker.container.image.v1+json")',
    );
  });

  test('of more than 4 MiB are not read', async () => {
    const result = await pull(served('x'.repeat(4 * 1024 * 1024 + 1)));
    expect(firstError(result)).toMatch(/: exceeded maximum allowed size of 4194304 bytes$/);
  });

  const on = async (architecture: string, variant: string | undefined, ...images: ProbeImage[]) => {
    const script: HostScript = (request) => {
      const index = indexOf(images);
      if (request.path.endsWith('/v1')) return manifestAnswer(index);
      const one = images.find(({ manifest, config, layer }) =>
        [manifest, config, layer].some(({ digest }) => request.path.endsWith(digest)),
      );
      return serving(one ?? image)(request);
    };
    const node = { os: 'linux', architecture, ...(variant === undefined ? {} : { variant }) };
    const result = await pull(script, {}, { platform: node });
    return images.findIndex(({ config }) => result.ok && config.digest.endsWith(result.imageRef));
  };
  const of = (architecture: string, variant?: string) =>
    imageOf(`${architecture}${variant}`, { architecture, ...(variant === undefined ? {} : { variant }) });

  test('are chosen by exact platform, with older variants for arm', async () => {
    expect(await on('amd64', undefined, of('386'), of('amd64', 'v2'), of('amd64'))).toBe(2);
    expect(await on('arm64', undefined, of('arm64'), of('arm64', 'v8'))).toBe(1);
    expect(await on('arm64', undefined, of('arm', 'v7'), of('arm64'))).toBe(1);
    expect(await on('arm', 'v7', of('arm', 'v5'), of('arm', 'v6'), of('arm', 'v8'))).toBe(1);
    expect(await on('amd64', undefined, of('386'))).toBe(-1);
    const { platform: _, ...anyone } = of('s390x');
    expect(await on('amd64', undefined, anyone, of('amd64'))).toBe(1);
    expect(await on('amd64', undefined, of('386'), anyone)).toBe(1);
  });
});
