import { Agent, request } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchPath } from '../../src/registry/route-path.js';
import { routes } from '../../src/registry/routes.js';
import { parseByteRange } from '../../src/wire/byte-range.js';
import { startMockRegistry } from '../support/mock-registry.js';
import { config, image, layer, sampleManifest, seedImage, sha256, sha512 } from '../support/sample-image.js';
import { storeKinds } from '../support/stores.js';

/** Requests in all; CI and `npm test` send them all, a developer in a hurry may send fewer. */
/** CI asks for 100,000. */
const total = Number(process.env.PULLSIM_FUZZ_REQUESTS ?? 10_000);

const segments = [
  ...[
    'a',
    'team',
    'app',
    'blobs',
    'uploads',
    'manifests',
    'tags',
    'list',
    'referrers',
    '_catalog',
    '_oci',
    'ext',
    'discover',
  ],
  ...[
    '',
    '.',
    '..',
    '%2e%2e',
    '%2f',
    '%00',
    '%',
    '%zz',
    '%ff',
    '%0d%0a',
    'v1',
    'latest',
    'A',
    '-',
    '__',
    'a___b',
  ],
  ...[
    sha256(image),
    sha256(layer),
    sha512(layer),
    sha256(config),
    'sha256:zz',
    'sha256:',
    ':',
    'md5:0',
    'x'.repeat(300),
  ],
];
const segment = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...segments) },
  fc.string({ unit: 'binary', maxLength: 6 }).map(encodeURIComponentLoosely),
);
const known = fc.constantFrom(
  '/v2/',
  '/v2/team/app/manifests/v1',
  `/v2/team/app/manifests/${sha256(image)}`,
  `/v2/team/app/blobs/${sha256(layer)}`,
  '/v2/team/app/blobs/uploads/',
  '/v2/team/app/tags/list',
  `/v2/team/app/referrers/${sha256(image)}`,
  '/v2/_catalog',
);
const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('team/app', 'a', 'a/blobs', 'foo/manifests', 'no/such') },
  fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
);
const reference = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('v1', 'latest', sha256(image), sha256(layer), sha512(layer)) },
  segment,
);
const anyMethod = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS');
/** A route's end with a method that it has, most of the time. */
const ends = [
  ['tags/list', ['GET', 'HEAD']],
  ['blobs/uploads/', ['POST', 'POST', 'POST']],
  ['manifests/', ['GET', 'HEAD', 'PUT', 'PUT', 'PUT', 'DELETE']],
  ['blobs/', ['GET', 'HEAD', 'DELETE']],
  ['blobs/uploads/', ['GET', 'PATCH', 'PUT', 'DELETE']],
  ['referrers/', ['GET']],
] as const;
const tail = fc
  .tuple(fc.constantFrom(...ends), reference, fc.nat(99), anyMethod)
  .map(([[end, methods], last, choice, other]) => ({
    method: choice < 90 ? (methods[choice % methods.length] ?? other) : other,
    path: end.endsWith('/') && methods[0] !== 'POST' ? `${end}${last}` : end,
  }));
const target = fc.oneof(
  fc.record({ method: anyMethod, path: known }),
  {
    weight: 6,
    arbitrary: fc.tuple(name, tail).map(([start, end]) => ({ ...end, path: `/v2/${start}/${end.path}` })),
  },
  fc.record({
    method: anyMethod,
    path: fc.array(segment, { maxLength: 7 }).map((parts) => `/v2/${parts.join('/')}`),
  }),
);
const parameter = fc.tuple(
  fc.constantFrom(
    'n',
    'last',
    'digest',
    'mount',
    'from',
    'tag',
    'artifactType',
    'ns',
    'digest-algorithm',
    '__proto__',
  ),
  fc.oneof(
    fc.constantFrom('', '0', '-1', '1e9', '99999999999999999999', 'team/app', 'sha512', ...segments),
    fc.string({ unit: 'binary', maxLength: 6 }).map(encodeURIComponentLoosely),
  ),
);
const good = fc.constantFrom(
  ['digest', sha256(layer)],
  ['mount', sha256(layer)],
  ['from', 'team/app'],
  ['tag', 'v2'],
  ['n', '1'],
) as fc.Arbitrary<[string, string]>;
const query = fc
  .array(fc.oneof(parameter, good), { maxLength: 3 })
  .map((parameters) =>
    parameters.length === 0 ? '' : `?${parameters.map((pair) => pair.join('=')).join('&')}`,
  );
const headerValue = fc.oneof(
  fc.constantFrom(
    'bytes=0-5',
    'bytes=-5',
    'bytes=5-',
    'bytes=9-1',
    'bytes=',
    'bytes=0-1,3-4',
    'bytes=-0',
    'x=1',
  ),
  fc.constantFrom('0-4', '5-9', '4-0', 'bytes 0-4/5', 'a-b', '0-99999999999999999999', '-1-4'),
  fc.constantFrom('Bearer x', 'bearer ', 'Basic !!!', 'Basic Og==', 'Bearer a.b.c'),
  fc.string({ maxLength: 12 }).map((text) => text.replace(/[^ -~]/g, '?')),
);
const headers = fc.dictionary(
  fc.constantFrom(
    'range',
    'content-range',
    'authorization',
    'content-type',
    'if-none-match',
    'accept',
    'content-encoding',
    'host',
  ),
  headerValue,
  { maxKeys: 2 },
);
const body = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  fc.constantFrom(
    image,
    image,
    image,
    layer,
    layer,
    config,
    sampleManifest({ annotations: { fuzz: 'yes' } }),
  ),
  fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);
const anyRequest = fc
  .record({ target, query, headers, body })
  .map(({ target: { method, path }, ...rest }) => ({ method, path, ...rest }));

/** Keeps what a request line can carry, so that odd text reaches the registry and not the client's own checks. */
function encodeURIComponentLoosely(text: string): string {
  return text.replace(/[^!-~]|[?#]/gu, (character) => {
    try {
      return encodeURIComponent(character);
    } catch {
      return '%ED%A0%80';
    }
  });
}

type Sample = typeof anyRequest extends fc.Arbitrary<infer T> ? T : never;

function sendOne(agent: Agent, port: number, sample: Sample): Promise<number> {
  return new Promise((resolve, reject) => {
    const type =
      sample.body === image ? { 'content-type': 'application/vnd.oci.image.manifest.v1+json' } : {};
    const outgoing = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        method: sample.method,
        path: `${sample.path}${sample.query}`,
        headers: { ...type, ...sample.headers, 'content-length': String(sample.body?.length ?? 0) },
      },
      (response) => {
        response.on('error', reject);
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(sample.body);
  });
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes that are still referenced: what waits to be collected says nothing about a leak. */
function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe.each(storeKinds)('a registry over $kind', ({ kind, open }) => {
  test('answers whatever is asked, never with a failure of its own, in constant memory', async () => {
    await using opened = await open();
    const failures: unknown[] = [];
    await using registry = await startMockRegistry({
      store: opened.store,
      host: { catalog: true, limits: { openUploads: 50 } },
      onError: (error) => failures.push(error),
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 32 });
    const count = kind === 'memory' ? total * 0.9 : total * 0.1;
    const batch = 500;
    let heapAfterWarmUp = 0;
    for (let sent = 0; sent < count; sent += batch) {
      // Deletes among them must not leave the others without anything to find.
      await seedImage(opened.store);
      const samples = fc.sample(anyRequest, { numRuns: batch, seed: sent + 1 });
      const statuses = await Promise.all(samples.map((sample) => sendOne(agent, registry.port, sample)));
      const odd = samples.filter((_, index) => (statuses[index] ?? 500) >= 500);
      expect(odd, String(failures[0])).toEqual([]);
      (registry.journal as unknown[]).length = 0;
      if (sent === Math.floor(count / 4 / batch) * batch) heapAfterWarmUp = heapInUse();
    }
    agent.destroy();
    expect(failures).toEqual([]);
    expect(heapInUse()).toBeLessThan(heapAfterWarmUp + 100 * 1024 * 1024);
  }, 300_000);
});

test('S35 any path is read in linear time, and a name that is accepted has the grammar', () => {
  fc.assert(
    fc.property(target, ({ path: text }) => {
      const match = matchPath(text, routes);
      if (match.kind !== 'route' || match.repository === '') return;
      expect(match.repository).toMatch(
        /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/,
      );
      expect(match.repository.length).toBeLessThanOrEqual(255);
    }),
    { numRuns: 20_000 },
  );
});

test('any range lies inside its blob', () => {
  const number = fc.oneof(fc.nat(3000).map(String), fc.constantFrom('', '-1', '99999999999999999999', 'x'));
  const range = fc.oneof(
    headerValue,
    fc.tuple(number, number).map(([first, last]) => `bytes=${first}-${last}`),
  );
  fc.assert(
    fc.property(range, fc.nat(2048), (header, size) => {
      const parsed = parseByteRange(header, size);
      if (parsed.kind !== 'part') return;
      expect(parsed.start).toBeGreaterThanOrEqual(0);
      expect(parsed.end).toBeGreaterThanOrEqual(parsed.start);
      expect(parsed.end).toBeLessThan(size);
    }),
    { numRuns: 20_000 },
  );
});
