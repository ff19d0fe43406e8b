import { describe, expect, test } from 'vitest';
import { putBlob } from '../../src/registry/put-blob.js';
import { send } from '../support/http-exchange.js';
import { type MockRegistry, startMockRegistry } from '../support/mock-registry.js';
import { layer, seedImage, sha256 } from '../support/sample-image.js';
import { storeKinds } from '../support/stores.js';

const large = Buffer.from(Array.from({ length: 600_000 }, (_, index) => index % 251));

describe.each(storeKinds)('a blob in $kind', ({ open }) => {
  const withBlobs = async (use: (registry: MockRegistry) => Promise<void>) => {
    await using opened = await open();
    await putBlob(opened.store, 'a', sha256(large), large);
    await putBlob(opened.store, 'a', sha256(''), Buffer.alloc(0));
    await using registry = await startMockRegistry({ store: opened.store });
    await use(registry);
  };
  const get = ({ port }: MockRegistry, range?: string, method = 'GET', digest = sha256(large)) =>
    send({
      port,
      method,
      path: `/v2/a/blobs/${digest}`,
      headers: range === undefined ? {} : { range },
    });

  test('comes whole, with what clients need to keep and to resume it', () =>
    withBlobs(async (registry) => {
      const answer = await get(registry);
      expect(answer.status).toBe(200);
      expect(answer.body.equals(large)).toBe(true);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-length': '600000',
        'docker-content-digest': sha256(large),
        etag: `"${sha256(large)}"`,
        'accept-ranges': 'bytes',
        'cache-control': 'max-age=31536000',
        'x-content-type-options': 'nosniff',
      });
    }));

  test.each([
    ['bytes=500-1499', 500, 1499],
    ['bytes=500-', 500, 599_999],
    ['bytes=-500', 599_500, 599_999],
    ['bytes=-999999', 0, 599_999],
    ['bytes=599000-700000', 599_000, 599_999],
    ['bytes=0-0', 0, 0],
    ['bytes=1000-500000', 1000, 500_000],
    ['Bytes=1-2', 1, 2],
  ])('a range %s brings bytes %i to %i', (range, first, last) =>
    withBlobs(async (registry) => {
      const answer = await get(registry, range);
      expect(answer.status).toBe(206);
      expect(answer.headers).toMatchObject({
        'content-range': `bytes ${first}-${last}/600000`,
        'content-length': String(last - first + 1),
        'docker-content-digest': sha256(large),
      });
      expect(answer.body.equals(large.subarray(first, last + 1))).toBe(true);
      const head = await get(registry, range, 'HEAD');
      expect([head.status, head.headers['content-range'], head.body.length]).toEqual([
        206,
        answer.headers['content-range'],
        0,
      ]);
    }),
  );

  test.each([
    'bytes=500-0',
    'bytes=600000-',
    'bytes=700000-800000',
    'bytes=abc',
    'bytes=-',
    'bytes=-0',
    'bytes=1',
  ])('a range %s cannot be satisfied, and the connection stays usable', (range) =>
    withBlobs(async (registry) => {
      const answer = await get(registry, range);
      expect([answer.status, answer.codes(), answer.headers['content-range']]).toEqual([
        416,
        ['RANGE_INVALID'],
        'bytes */600000',
      ]);
      expect(answer.headers['content-length']).toBe(String(answer.body.length));
    }),
  );

  test.each(['items=0-5', 'bytes=0-0,5-9', 'nonsense'])('a range %s brings everything', (range) =>
    withBlobs(async (registry) => expect((await get(registry, range)).body.length).toBe(600_000)),
  );

  test('an empty blob is there, whole and in ranges', () =>
    withBlobs(async (registry) => {
      for (const range of [undefined, 'bytes=0-0', 'bytes=-5']) {
        const answer = await get(registry, range, 'GET', sha256(''));
        expect([answer.status, answer.headers['content-length'], answer.body.length]).toEqual([200, '0', 0]);
      }
    }));

  test('is not sent again to a client that has it', () =>
    withBlobs(async (registry) => {
      const path = `/v2/a/blobs/${sha256(large)}`;
      const headers = { 'if-none-match': `"${sha256(large)}"` };
      const answer = await send({ port: registry.port, path, headers });
      expect([answer.status, answer.body.length, answer.headers['content-length']]).toEqual([
        304,
        0,
        undefined,
      ]);
    }));
});

describe('a blob', () => {
  test('comes from another address where the registry says so, and nothing of the token goes there', async () => {
    await using registry = await startMockRegistry({
      auth: 'token',
      host: { redirectBlobsTo: 'http://127.0.0.1:1/cdn/' },
    });
    await seedImage(registry.store);
    const token = registry.token({ 'team/app': ['pull'] });
    const answer = await send({
      port: registry.port,
      path: `/v2/team/app/blobs/${sha256(layer)}`,
      headers: { authorization: `Bearer ${token}` },
    });
    expect([answer.status, answer.headers.location]).toEqual([
      307,
      `http://127.0.0.1:1/cdn/v2/team/app/blobs/${sha256(layer)}`,
    ]);
    const missing = await send({
      port: registry.port,
      path: `/v2/team/app/blobs/${sha256('x')}`,
      headers: { authorization: `Bearer ${token}` },
    });
    expect(missing.status).toBe(404);
  });

  test.each([
    'sha256:zz',
    'md5:d41d8cd98f00b204e9800998ecf8427e',
    `sha256:${'A'.repeat(64)}`,
    `sha384:${'a'.repeat(96)}`,
    'latest',
  ])('has no digest %s', async (digest) => {
    await using registry = await startMockRegistry();
    const answer = await send({ port: registry.port, path: `/v2/a/blobs/${digest}` });
    expect([answer.status, answer.codes()]).toEqual([400, ['DIGEST_INVALID']]);
  });
});
