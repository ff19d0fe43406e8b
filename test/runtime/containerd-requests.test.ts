import { brotliCompressSync, deflateRawSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ContainerdOptions, createContainerd } from '../../src/runtime/containerd.js';
import { hostsDirectoryOf } from '../../src/runtime/hosts-directory.js';
import { createImageStore } from '../../src/runtime/image-store.js';
import type { Dial, PullOptions, PullResult } from '../../src/runtime/pull.js';
import type { ContainerdRelease } from '../../src/versions/containerd.js';
import { blobOf, changedImage, imageOf, indexOf, type ProbeImage } from '../support/probe/images.js';
import {
  type HostScript,
  manifestAnswer,
  type ScriptedHost,
  serving,
  startScriptedHost,
} from '../support/scripted-host.js';

const image = imageOf('requests');
const pem = '-----BEGIN CERTIFICATE-----';
const name = 'registry.example.com/team/app:v1';
const byDigest = `registry.example.com/team/app@${image.manifest.digest}`;

let host: ScriptedHost;
beforeAll(async () => {
  host = await startScriptedHost();
});
afterAll(() => host.close());

type Setup = Partial<ContainerdOptions> & { readonly release?: ContainerdRelease };

function containerd({ release = 'containerd-2.3', ...more }: Setup = {}) {
  return createContainerd({
    release,
    platform: { os: 'linux', architecture: 'amd64' },
    dial: host.dial,
    now: () => new Date(),
    sleep: async () => {},
    ...more,
  });
}

async function pull(
  script: HostScript,
  setup: Setup = {},
  reference = name,
  options: PullOptions = {},
): Promise<PullResult> {
  host.play(script);
  const runtime = containerd(setup);
  try {
    return await runtime.pull(reference, options);
  } finally {
    runtime.close();
  }
}

const short = (line: string) => line.replace(/sha256:(\w{4})\w+/g, '$1').replace('/v2/team/app', '');
const shortLines = () => host.lines.map(short);
const description = (result: PullResult) => (result.ok ? '' : result.description);
const d = (digest: string) => digest.slice(7, 11);
const [m, c, l] = [image.manifest.digest, image.config.digest, image.layer.digest].map(d);
const everything = [
  'HEAD registry.example.com/manifests/v1 200',
  `GET registry.example.com/manifests/${m} 200`,
  `GET registry.example.com/blobs/${c} 200`,
  `GET registry.example.com/blobs/${l} 200`,
];

describe('what is asked', () => {
  test('nothing but HEAD by tag, then manifest, config and layers by digest', async () => {
    expect(await pull(serving(image))).toMatchObject({
      ok: true,
      imageRef: image.config.digest,
      reference: name,
      digest: image.manifest.digest,
      sizeBytes: image.manifest.bytes.length + image.config.bytes.length + image.layer.bytes.length,
    });
    expect(shortLines()).toEqual(everything);
  });

  test('accepts all manifest types, then exactly the type that was announced', async () => {
    await pull(serving(image));
    const [head, manifest, config] = host.requests.map(({ headers }) => headers);
    expect(head?.accept).toBe(
      'application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, */*',
    );
    expect(head?.['accept-encoding']).toBeUndefined();
    expect(manifest?.accept).toBe('application/vnd.oci.image.manifest.v1+json, */*');
    expect(config?.accept).toBe('application/vnd.oci.image.config.v1+json, */*');
    expect(config?.['accept-encoding']).toBe('zstd;q=1.0, gzip;q=0.8, deflate;q=0.5');
    expect(config?.['user-agent']).toBe('containerd/v2.3.4');
  });

  test('of an image that is there only its tag, and of a changed one only what is new', async () => {
    host.play(serving(image));
    const runtime = containerd();
    await runtime.pull(name);
    host.play(serving(image));
    expect((await runtime.pull(name)).ok).toBe(true);
    expect(shortLines()).toEqual(everything.slice(0, 1));
    const changed = changedImage(image, { config: (text) => `${text} ` });
    host.play(serving(changed));
    expect((await runtime.pull(name)).ok).toBe(true);
    expect(shortLines()).toHaveLength(3);
    runtime.close();
  });

  test('a digest is resolved below manifests and then below blobs', async () => {
    const script: HostScript = (request) =>
      request.path.includes('/manifests/') ? { status: 404 } : serving(image)(request);
    const result = await pull(script, {}, byDigest);
    expect(shortLines()).toEqual([
      `HEAD registry.example.com/manifests/${m} 404`,
      `HEAD registry.example.com/blobs/${m} 404`,
    ]);
    expect(result).toMatchObject({
      code: 'NotFound',
      description: `failed to pull and unpack image "${byDigest}": failed to resolve image: ${byDigest}: not found`,
      failure: { kind: 'manifest-not-found', reference: byDigest },
    });
  });

  test('the digest header is not compared with the digest of the reference', async () => {
    const lying = { ...image.manifest, digest: `sha256:${'0'.repeat(64)}` };
    const script: HostScript = (request) =>
      request.path.includes('/manifests/') ? manifestAnswer(lying) : serving(image)(request);
    expect((await pull(script, {}, byDigest)).ok).toBe(true);
  });

  test('registry.headers of the CRI configuration go with every registry request', async () => {
    await pull(serving(image), { headers: { 'X-Meta': ['one', 'two'] } });
    expect(host.requests.map(({ headers }) => headers['x-meta'])).toEqual(Array(4).fill('one, two'));
  });
});

describe('tries', () => {
  const always =
    (status: number): HostScript =>
    () => ({ status });
  const headStatuses = async (status: number, release: ContainerdRelease) => {
    await pull(always(status), { release });
    return host.requests.map(({ method }) => method).join(' ');
  };

  test.each<[number, string, string]>([
    [408, 'HEAD HEAD HEAD HEAD HEAD', 'HEAD HEAD HEAD HEAD HEAD HEAD'],
    [429, 'HEAD HEAD HEAD HEAD HEAD', 'HEAD HEAD HEAD HEAD HEAD HEAD'],
    [500, 'HEAD HEAD', 'HEAD'],
    [502, 'HEAD', 'HEAD'],
    [503, 'HEAD HEAD', 'HEAD'],
    [504, 'HEAD HEAD', 'HEAD'],
    [400, 'HEAD', 'HEAD'],
    [404, 'HEAD', 'HEAD'],
    [403, 'HEAD GET', 'HEAD'],
    [405, 'HEAD GET', 'HEAD GET'],
  ])('of a %i: 2.3 %s, 1.7 %s', async (status, now, before) => {
    expect(await headStatuses(status, 'containerd-2.3')).toBe(now);
    expect(await headStatuses(status, 'containerd-1.7')).toBe(before);
  });

  test('two different server errors in a row are two tries each', async () => {
    await pull(({ nth }) => ({ status: [500, 503, 500, 500][nth - 1] ?? 200 }));
    expect(host.lines.map((line) => line.split(' ').pop())).toEqual(['500', '503', '500', '500']);
  });

  test('a closed connection is tried again by 2.3 only, on the last host only, and counts as a try', async () => {
    await pull(() => 'close');
    expect(host.requests).toHaveLength(5);
    await pull(() => 'close', { release: 'containerd-1.7' });
    expect(host.requests).toHaveLength(1);
  });

  test('Retry-After is not looked at', async () => {
    const result = await pull(({ nth, ...request }) =>
      nth === 1 ? { status: 429, headers: { 'retry-after': '3600' } } : serving(image)({ nth, ...request }),
    );
    expect(result.ok).toBe(true);
  });
});

describe('a 403 on a tag', () => {
  const denied = JSON.stringify({
    errors: [{ code: 'DENIED', message: 'IP address 10.0.0.9 is not allowed' }],
  });
  test('is repeated as GET for the registry’s words, which only another 403 gives', async () => {
    const words = await pull(() => ({ status: 403, body: denied }));
    expect(description(words)).toMatch(
      /HEAD request to \S+: 403 Forbidden\ndenied: IP address 10.0.0.9 is not allowed$/,
    );
    const silent = await pull(({ method }) => ({ status: method === 'HEAD' ? 403 : 401, body: denied }));
    expect(description(silent)).toMatch(/HEAD request to \S+: 403 Forbidden$/);
  });
});

describe('manifests without digest or length', () => {
  const without =
    (header: string): HostScript =>
    (request) => {
      const answer = serving(image)(request);
      if (typeof answer === 'string' || !request.path.endsWith('/v1')) return answer;
      const { [header]: _, ...headers } = answer.headers ?? {};
      return { ...answer, headers };
    };

  test('are read by GET', async () => {
    expect((await pull(without('docker-content-digest'))).ok).toBe(true);
    expect(shortLines().slice(0, 3)).toEqual([
      'HEAD registry.example.com/manifests/v1 200',
      'GET registry.example.com/manifests/v1 200',
      `GET registry.example.com/manifests/${m} 200`,
    ]);
  });

  test('that cannot be read are an error since 2.3; before, the error page was the manifest', async () => {
    const script: HostScript = (request) =>
      request.method === 'GET' ? { status: 500, body: 'oops' } : without('docker-content-digest')(request);
    expect(description(await pull(script))).toMatch(/unexpected status from GET request to \S+v1: 500/);
    expect(description(await pull(script, { release: 'containerd-1.7' }))).not.toMatch(/from GET request/);
  });

  test('with a digest that is none are refused', async () => {
    const script: HostScript = () => ({
      status: 200,
      headers: { 'docker-content-digest': 'sha256:xyz' },
      body: 'x',
    });
    expect(description(await pull(script))).toMatch(
      /failed to resolve image: "sha256:xyz" in header not a valid digest: invalid checksum digest length$/,
    );
  });

  test('of more than 4 MiB and a bit are refused', async () => {
    const headers = { 'docker-content-digest': image.manifest.digest, 'content-length': '4393217' };
    const result = await pull(({ method }) => ({
      status: 200,
      headers,
      ...(method === 'HEAD' ? {} : { body: '' }),
    }));
    expect(result).toMatchObject({
      code: 'NotFound',
      description: expect.stringContaining(`rejecting 4393217 byte manifest for ${name}: not found`),
    });
  });
});

describe('redirects', () => {
  const redirecting =
    (location: string, elsewhere: HostScript): HostScript =>
    (request) =>
      request.host === 'registry.example.com' && request.path.includes('/blobs/')
        ? { status: 307, headers: { location: location.replace('D', request.path.split('/').pop() ?? '') } }
        : elsewhere(request);
  const guarded: HostScript = (request) =>
    request.headers.authorization === undefined && !request.host.startsWith('cdn.')
      ? { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }
      : serving(image)(request);
  const auth = { username: 'alice', password: 'secret' };

  test('to another host carry no credentials, to a subdomain they do', async () => {
    await pull(redirecting('https://cdn.example.net/x/D', guarded), {}, name, { auth });
    const leaving = host.requests.filter(({ host: to }) => to === 'cdn.example.net');
    expect(leaving.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
    await pull(redirecting('https://eu.registry.example.com/x/D', guarded), {}, name, { auth });
    const staying = host.requests.filter(({ host: to }) => to === 'eu.registry.example.com');
    expect(staying.every(({ headers }) => headers.authorization?.startsWith('Basic '))).toBe(true);
  });

  test('may be relative', async () => {
    const script: HostScript = (request) =>
      request.path.startsWith('/v2/team/app/blobs/')
        ? { status: 302, headers: { location: `../../../../moved/${request.path.split('/').pop()}` } }
        : serving(image)(request);
    expect((await pull(script)).ok).toBe(true);
    expect(host.lines.at(-1)).toMatch(/^GET registry.example.com\/moved\/sha256:/);
  });

  test('to nowhere are an error in the words of Go', async () => {
    const result = await pull(() => ({ status: 302, headers: { location: 'https://[::1' } }));
    expect(description(result)).toMatch(
      /Head "https:\S+\/v1": failed to parse Location header "https:\/\/\[::1": parse "https:\/\/\[::1": missing '\]' in host$/,
    );
  });

  test('end after ten', async () => {
    const result = await pull(() => ({ status: 302, headers: { location: '/again' } }));
    expect(host.requests).toHaveLength(10);
    expect(description(result)).toMatch(/failed to do request: Head "\/again": stopped after 10 redirects$/);
  });
});

describe('mirrors', () => {
  const toml = `
    server = "https://registry.example.com"
    [host."https://one.example.com"]
    capabilities = ["pull", "resolve"]
    [host."https://two.example.com/proxy"]
    override_path = true
    capabilities = ["pull"]
    [host."https://two.example.com/proxy".header]
    x-tier = "cache"`;
  const hosts = hostsDirectoryOf({ 'registry.example.com/hosts.toml': toml });
  const missingAt =
    (...names: string[]): HostScript =>
    (request) =>
      names.includes(request.host) ? { status: 404 } : serving(image)(request);

  test('are asked in file order for everything anew, with ns, and resolve tags only when they may', async () => {
    await pull(missingAt('one.example.com'), { hosts });
    expect(shortLines().map((line) => line.replace('/proxy/team/app', '/proxy'))).toEqual([
      'HEAD one.example.com/manifests/v1?ns=registry.example.com 404',
      'HEAD registry.example.com/manifests/v1 200',
      ...[`manifests/${m}`, `blobs/${c}`, `blobs/${l}`].flatMap((path) => [
        `GET one.example.com/${path}?ns=registry.example.com 404`,
        `GET two.example.com/proxy/${path}?ns=registry.example.com 200`,
      ]),
    ]);
    const cached = host.requests.filter(({ host: to }) => to === 'two.example.com');
    expect(cached.every(({ headers }) => headers['x-tier'] === 'cache')).toBe(true);
  });

  test('with a path of their own resolve digests too', async () => {
    await pull(missingAt('one.example.com', 'two.example.com'), { hosts }, byDigest);
    expect(shortLines().slice(0, 3)).toEqual([
      `HEAD one.example.com/manifests/${m}?ns=registry.example.com 404`,
      `HEAD two.example.com/proxy/team/app/manifests/${m}?ns=registry.example.com 404`,
      `HEAD registry.example.com/manifests/${m} 200`,
    ]);
  });

  test.each<[ContainerdRelease, string]>([
    ['containerd-2.3', ': not found'],
    ['containerd-1.7', 'EOF'],
  ])(
    '%s: of a mirror that does not answer and a registry without the tag "%s" is told',
    async (release, ending) => {
      const script: HostScript = (request) =>
        request.host === 'one.example.com' ? 'close' : { status: 404 };
      expect(description(await pull(script, { hosts, release })).endsWith(ending)).toBe(true);
    },
  );

  test('a mirror’s status counts more than the registry’s 404, and the first of two statuses', async () => {
    const script: HostScript = (request) => ({ status: request.host === 'one.example.com' ? 502 : 404 });
    expect(description(await pull(script, { hosts }))).toMatch(/one\.example\.com\S+: 502 Bad Gateway$/);
    const both: HostScript = (request) => ({ status: request.host === 'one.example.com' ? 502 : 400 });
    expect(description(await pull(both, { hosts }))).toMatch(/one\.example\.com\S+: 502 Bad Gateway$/);
  });

  test('without any host that may resolve a tag cannot be pulled', async () => {
    const none = hostsDirectoryOf({
      'registry.example.com/hosts.toml': 'server = "https://registry.example.com"\ncapabilities = ["pull"]',
    });
    expect(await pull(serving(image), { hosts: none })).toMatchObject({
      code: 'NotFound',
      description: expect.stringMatching(/no resolve hosts: not found$/),
    });
  });

  test('ns is not sent for Docker Hub’s own host', async () => {
    await pull(serving(image), {}, 'nginx');
    expect(host.lines[0]).toBe('HEAD registry-1.docker.io/v2/library/nginx/manifests/latest 200');
  });

  test('several configured directories are read by a local pull only', async () => {
    const directory = { ...hosts, root: `/none:${hosts.root}` };
    const first = async (setup: Setup) => {
      await pull(serving(image), { hosts: directory, ...setup });
      return host.requests[0]?.host;
    };
    expect(await first({ release: 'containerd-2.3' })).toBe('registry.example.com');
    expect(await first({ release: 'containerd-2.3', useLocalImagePull: true })).toBe('registry.example.com');
    expect(await first({ release: 'containerd-1.7' })).toBe('one.example.com');
  });
});

describe('loopback registries', () => {
  const refusingTls =
    (kind: 'http-on-https' | 'connection-refused'): Dial =>
    (target) =>
      target.protocol === 'https'
        ? { fail: kind === 'http-on-https' ? { kind } : { kind, address: '127.0.0.1:5000' } }
        : host.dial(target);
  const urls = async (reference: string, dial: Dial, release: ContainerdRelease = 'containerd-2.3') => {
    const { exchanges } = await pull(serving(image), { dial, release }, reference);
    return exchanges.map(({ url, error }) => `${new URL(url).origin} ${error ?? 'answered'}`);
  };

  test('with a port are asked by https and fall back to http for good, under the same name', async () => {
    const asked: string[] = [];
    const refusing = refusingTls('http-on-https');
    const dial: Dial = (target) => {
      asked.push(target.protocol);
      return refusing(target);
    };
    expect(await urls('127.0.0.1:5000/a:v1', dial)).toEqual(Array(4).fill('https://127.0.0.1:5000 answered'));
    // Once for resolving and once for fetching.
    expect(asked.filter((protocol) => protocol === 'https')).toHaveLength(2);
  });

  test('with a port that refuses do not fall back', async () => {
    const refused = 'dial tcp 127.0.0.1:5000: connect: connection refused';
    expect(await urls('localhost:5000/a:v1', refusingTls('connection-refused'))).toEqual([
      `https://localhost:5000 ${refused}`,
    ]);
  });

  test('without a port, and any plain http host with TLS settings, are tried by https first', async () => {
    const toml =
      '[host."http://mirror.example.com"]\nskip_verify = false\n[host."http://mirror.example.com:80"]\nca = "ca.crt"';
    const hosts = hostsDirectoryOf({
      'registry.example.com/hosts.toml': toml,
      'registry.example.com/ca.crt': pem,
    });
    const asked: string[] = [];
    const dial: Dial = ({ protocol, host: to }) => {
      asked.push(`${protocol}://${to}`);
      return { fail: { kind: 'connection-refused', address: '10.0.0.1:443' } };
    };
    await pull(serving(image), { hosts, dial });
    expect(asked).toEqual([
      'https://mirror.example.com',
      'http://mirror.example.com',
      'http://mirror.example.com:80',
      'https://registry.example.com',
    ]);
    asked.length = 0;
    await pull(serving(image), { dial }, 'localhost/app:v1');
    await pull(serving(image), { dial }, 'localhost:443/app:v1');
    await pull(serving(image), { dial }, 'localhost:80/app:v1');
    expect(asked).toEqual(['https://localhost', 'https://localhost:443', 'http://localhost:80']);
  });

  test('of 1.6 speak plain http', async () => {
    const [first] = await urls('127.0.0.1:5000/a:v1', refusingTls('connection-refused'), 'containerd-1.6');
    expect(first).toBe('http://127.0.0.1:5000 answered');
  });

  test('elsewhere never fall back', async () => {
    const result = await pull(serving(image), { dial: refusingTls('http-on-https') });
    expect(description(result)).toMatch(/Head "https:\S+": http: server gave HTTP response to HTTPS client$/);
  });
});

describe('content', () => {
  const replacing =
    (
      digest: string,
      answer: (bytes: Buffer, range: string | undefined) => ReturnType<HostScript>,
    ): HostScript =>
    (request) => {
      const usual = serving(image)(request);
      if (!request.path.includes(digest) || typeof usual === 'string') return usual;
      return answer(usual.body as Buffer, request.headers.range);
    };

  test('that is cut is asked for from where it was cut', async () => {
    const script = replacing(image.layer.digest, (body, range) => {
      if (range === undefined) return { status: 200, body, cutAfter: 10 };
      const start = Number(/\d+/.exec(range)?.[0]);
      const headers = { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` };
      return { status: 206, headers, body: body.subarray(start) };
    });
    expect((await pull(script)).ok).toBe(true);
    expect(host.requests.at(-1)?.headers.range).toBe('bytes=10-');
  });

  test('whose range is ignored is skipped up to where it was cut', async () => {
    const script = replacing(image.layer.digest, (body, range) => ({
      status: 200,
      body,
      ...(range === undefined ? { cutAfter: 10 } : {}),
    }));
    expect((await pull(script)).ok).toBe(true);
  });

  test('that is cut again and again without progress is too short at the end', async () => {
    const script = replacing(image.layer.digest, (body) => ({ status: 200, body, cutAfter: 10 }));
    const size = image.layer.bytes.length;
    expect(description(await pull(script))).toMatch(
      new RegExp(`short read: expected ${size} bytes but got 10: unexpected EOF$`),
    );
    expect(description(await pull(script, { release: 'containerd-1.7' }))).toMatch(
      /failed to read expected number of bytes: unexpected EOF$/,
    );
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateRawSync],
  ] as const)('encoded as %s is decoded by 2.x', async (encoding, encode) => {
    const script = replacing(image.config.digest, (body) => ({
      status: 200,
      headers: { 'content-encoding': encoding },
      body: encode(body),
    }));
    expect((await pull(script)).ok).toBe(true);
  });

  test('in an encoding that nobody asked for is an error', async () => {
    const script = replacing(image.config.digest, (body) => ({
      status: 200,
      headers: { 'content-encoding': 'br' },
      body: brotliCompressSync(body),
    }));
    expect(description(await pull(script))).toMatch(/unsupported Content-Encoding algorithm: br$/);
  });

  test('of a foreign layer comes from its own address, without credentials; a 404 there leads back', async () => {
    const foreign = changedImage(image, {
      manifest: ({ layers }) =>
        Object.assign(layers[0] as object, { urls: ['ftp://x', 'https://far.example.org/l'] }),
    });
    const at =
      (status: number): HostScript =>
      (request) =>
        request.host === 'far.example.org' ? { status, body: image.layer.bytes } : serving(foreign)(request);
    expect((await pull(at(200))).ok).toBe(true);
    expect(host.lines.at(-1)).toBe('GET far.example.org/l 200');
    expect((await pull(at(404))).ok).toBe(true);
    expect(shortLines().slice(-2)).toEqual([
      'GET far.example.org/l 404',
      `GET registry.example.com/blobs/${l} 200`,
    ]);
  });

  test('that travels in its descriptor is not asked for', async () => {
    const embedded = changedImage(image, {
      manifest: ({ config }) => Object.assign(config, { data: image.config.bytes.toString('base64') }),
    });
    expect((await pull(serving(embedded))).ok).toBe(true);
    expect(shortLines()).toEqual([
      'HEAD registry.example.com/manifests/v1 200',
      `GET registry.example.com/manifests/${d(embedded.manifest.digest)} 200`,
      `GET registry.example.com/blobs/${l} 200`,
    ]);
  });

  test('with a digest of sha512 is verified too', async () => {
    const other = changedImage(image, {
      manifest: ({ layers }) => Object.assign(layers[0] as object, { digest: `sha512:${'0'.repeat(128)}` }),
    });
    const script: HostScript = (request) =>
      request.path.includes('sha512:') ? { status: 200, body: image.layer.bytes } : serving(other)(request);
    expect(description(await pull(script))).toMatch(
      /unexpected commit digest sha512:\w{128}, expected sha512:0{128}/,
    );
  });

  test('of a layer that is no gzip inside cannot be unpacked', async () => {
    const bytes = gzipSync(Buffer.from('tar'));
    bytes.writeUInt8(0xff, bytes.length - 6);
    const corrupt = withLayer(image, bytes);
    expect(await pull(serving(corrupt))).toMatchObject({
      description: expect.stringMatching(/failed to extract layer \S+: gzip: invalid checksum$/),
      failure: { kind: 'content-mismatch' },
    });
  });
});

function withLayer(from: ProbeImage, bytes: Buffer): ProbeImage {
  const layer = blobOf(bytes);
  const changed = changedImage(from, {
    manifest: ({ layers }) =>
      Object.assign(layers[0] as object, { digest: layer.digest, size: bytes.length }),
  });
  return { ...changed, layer };
}

describe('platforms', () => {
  const arm = imageOf('arm', { architecture: 'arm64' });
  const old = imageOf('old', { architecture: '386' });
  const script =
    (...images: ProbeImage[]): HostScript =>
    (request) => {
      const index = indexOf(images);
      if (request.path.endsWith('/v1') || request.path.endsWith(index.digest)) return manifestAnswer(index);
      const one = images.find(({ manifest, config, layer }) =>
        [manifest, config, layer].some(({ digest }) => request.path.endsWith(digest)),
      );
      return one === undefined ? { status: 404 } : serving(one)(request);
    };

  test('a local pull also takes what the processor runs, the transfer service only its own', async () => {
    expect(await pull(script(arm, old), { release: 'containerd-1.7' })).toMatchObject({
      ok: true,
      imageRef: old.config.digest,
    });
    expect(await pull(script(arm, old))).toMatchObject({ ok: false, code: 'NotFound' });
  });

  test('what is offered is told', async () => {
    expect(await pull(script(arm))).toMatchObject({
      description: `get image config descriptor: no match for platform in manifest ${indexOf([arm]).digest}: not found`,
      failure: { kind: 'no-platform', wanted: 'linux/amd64', offered: ['linux/arm64'] },
    });
    expect(description(await pull(script(arm), { useLocalImagePull: true }))).toBe(
      `failed to pull and unpack image "${name}": no match for platform in manifest: not found`,
    );
  });
});

describe('a node', () => {
  test('knows its images by any of their names', async () => {
    host.play(serving(image));
    const runtime = containerd();
    await runtime.pull('registry.example.com/team/app');
    const known = { id: image.config.digest, sizeBytes: expect.any(Number) };
    for (const reference of [
      'registry.example.com/team/app',
      'registry.example.com/team/app:latest',
      byDigest,
      image.config.digest,
      image.config.digest.slice('sha256:'.length),
    ]) {
      expect(runtime.status(reference)).toMatchObject(known);
    }
    expect(runtime.status('registry.example.com/team/app:v2')).toBeUndefined();
    expect(runtime.status('Not A Name')).toBeUndefined();
    runtime.close();
  });

  test('with another store has other images, and a fork has its own', async () => {
    host.play(serving(image));
    const preloaded = createImageStore();
    const runtime = containerd({ store: preloaded });
    await runtime.pull(name);
    const copy = runtime.withStore(preloaded.fork());
    const empty = runtime.withStore(createImageStore());
    expect(copy.status(name)).toBeDefined();
    expect(empty.status(name)).toBeUndefined();
    await copy.pull('registry.example.com/other:v1');
    expect(copy.status('registry.example.com/other:v1')).toBeDefined();
    expect(runtime.status('registry.example.com/other:v1')).toBeUndefined();
    runtime.close();
  });

  test('keeps nothing of a pull that failed', async () => {
    host.play((request) =>
      request.path.includes(image.layer.digest) ? { status: 500 } : serving(image)(request),
    );
    const runtime = containerd();
    await runtime.pull(name);
    host.play(serving(image));
    await runtime.pull(name);
    expect(shortLines()).toEqual(everything);
    runtime.close();
  });
});

describe('a client that goes away', () => {
  test.each([
    ['before the answer', 'manifests/v1'],
    ['in the middle', 'blobs/'],
  ])('%s ends the pull as Canceled', async (_, path) => {
    const leaving = new AbortController();
    const script: HostScript = (request) => {
      if (!request.path.includes(path)) return serving(image)(request);
      setImmediate(() => leaving.abort());
      return 'hang';
    };
    expect(await pull(script, {}, name, { signal: leaving.signal })).toMatchObject({
      code: 'Canceled',
      description: expect.stringMatching(/": context canceled$/),
    });
  });

  test('before it began asks nothing', async () => {
    await pull(serving(image), {}, name, { signal: AbortSignal.abort() });
    expect(host.requests).toHaveLength(0);
  });
});

test('no answer within the header time-out is a deadline of 2.3', async () => {
  const result = await pull(() => 'hang', { timeouts: { responseHeaderMs: 20 } });
  expect(result).toMatchObject({
    code: 'DeadlineExceeded',
    description: expect.stringMatching(/net\/http: timeout awaiting response headers$/),
    failure: { kind: 'timeout' },
  });
  expect(host.requests).toHaveLength(1);
});
