import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { mediaTypes } from '../../src/image/media-types.js';
import { send } from '../support/http-exchange.js';
import { type MockRegistry, startMockRegistry } from '../support/mock-registry.js';
import {
  config,
  image,
  layer,
  sampleManifest,
  seedBlobs,
  seedImage,
  sha256,
} from '../support/sample-image.js';

const put = (
  { port }: MockRegistry,
  body: Uint8Array | string,
  headers: Record<string, string> = {},
  reference = 'v1',
) =>
  send({
    port,
    method: 'PUT',
    path: `/v2/team/app/manifests/${reference}`,
    body,
    headers: { 'content-type': mediaTypes.ociManifest, ...headers },
  });

async function started(options: Parameters<typeof startMockRegistry>[0] = {}) {
  const registry = await startMockRegistry(options);
  await seedBlobs(registry.store);
  return registry;
}

describe('S3 the size of a manifest is bounded', () => {
  test('S3 a body over 4 MiB is refused whether its length is announced or not', async () => {
    await using registry = await started();
    for (const chunked of [false, true]) {
      const answer = await send({
        port: registry.port,
        method: 'PUT',
        path: '/v2/team/app/manifests/v1',
        body: Buffer.alloc(4 * 1024 * 1024 + 1, 0x20),
        headers: { 'content-type': mediaTypes.ociManifest },
        chunked,
      });
      expect(answer.status).toBe(413);
    }
  });
});

describe('S4 uploads are bounded', () => {
  test('S4 a thousand open sessions are too many', async () => {
    await using registry = await started();
    const statuses = new Set<number>();
    for (let sent = 0; sent < 1000; sent += 1) {
      statuses.add(
        (await send({ port: registry.port, method: 'POST', path: '/v2/a/blobs/uploads/' })).status,
      );
    }
    expect([...statuses]).toEqual([202, 429]);
  });

  test('S4 a blob has no more bytes than the limit says', async () => {
    await using registry = await started({ host: { limits: { blobBytes: 1000 } } });
    const path = `/v2/a/blobs/uploads/?digest=${sha256(Buffer.alloc(1001))}`;
    const answer = await send({ port: registry.port, method: 'POST', path, body: Buffer.alloc(1001) });
    expect(answer.status).toBe(413);
  });
});

test('S5 no number of results makes the registry allocate or think', async () => {
  await using registry = await started({ host: { catalog: true } });
  await seedImage(registry.store);
  for (const list of ['/v2/team/app/tags/list', '/v2/_catalog', `/v2/team/app/referrers/${sha256(image)}`]) {
    for (const n of ['99999999999999999999', '2147483647', '-1', '1e9', '1&n=2', 'NaN', '0x7fffffff', '١']) {
      const answer = await send({ port: registry.port, path: `${list}?n=${encodeURI(n)}` });
      expect([200, 400], `${list}?n=${n}`).toContain(answer.status);
    }
  }
});

test('S27 what was stored is never taken for a page', async () => {
  await using registry = await started();
  const page = '<script>alert(1)</script>';
  const { port } = registry;
  const pushed = await send({
    port,
    method: 'POST',
    path: `/v2/a/blobs/uploads/?digest=${sha256(page)}`,
    body: page,
  });
  const blob = await send({ port, path: String(pushed.headers.location) });
  expect(blob.headers).toMatchObject({
    'content-type': 'application/octet-stream',
    'x-content-type-options': 'nosniff',
    'content-security-policy': 'sandbox',
  });
  expect((await put(registry, page, { 'content-type': 'text/html' })).status).toBe(400);
  expect((await put(registry, sampleManifest({ mediaType: 'text/html' }))).status).toBe(400);
  const error = await send({ port, path: '/v2/%3Cscript%3E/tags/list' });
  expect([error.headers['content-type'], error.headers['x-content-type-options']]).toEqual([
    'application/json',
    'nosniff',
  ]);
});

test('S28 nothing that a client sends becomes a header of its own', async () => {
  await using registry = await started();
  await seedImage(registry.store);
  const evil = 'a%0d%0aX-Evil:%201';
  const { port } = registry;
  const subject = { mediaType: mediaTypes.ociManifest, digest: 'sha256:a\r\nX-Evil: 1', size: 1 };
  for (const answer of [
    await put(registry, image, {}, `${sha256(image)}?tag=${evil}`),
    await put(registry, sampleManifest({ subject })),
    await put(registry, sampleManifest({ artifactType: 'a\r\nX-Evil: 1' })),
    await send({ port, path: `/v2/team/app/referrers/${sha256(image)}?artifactType=${evil}` }),
    await send({ port, path: `/v2/team/app/tags/list?n=1&last=${evil}` }),
    await send({ port, path: `/v2/team/app/tags/list?n=0&ns=${evil}` }),
    await send({ port, method: 'POST', path: `/v2/team/app/blobs/uploads/?ns=${evil}` }),
    await send({ port, path: `/v2/${evil}/tags/list` }),
  ]) {
    expect(answer.status).toBeLessThan(500);
    expect(answer.headers['x-evil']).toBeUndefined();
  }
});

test('S29 the Host header steers neither realm nor Location', async () => {
  await using registry = await started({ auth: 'token' });
  const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
  const { port } = registry;
  const ping = await send({ port, path: '/v2/', headers });
  expect(ping.headers['www-authenticate']).toBe(
    `Bearer realm="http://127.0.0.1:${port}/token",service="mock-registry"`,
  );
  const authorization = `Bearer ${registry.token({ 'team/app': ['pull', 'push'] })}`;
  const upload = { port, method: 'POST', path: '/v2/team/app/blobs/uploads/' };
  const opened = await send({ ...upload, headers: { ...headers, authorization } });
  expect(opened.headers.location).toMatch(/^\/v2\/team\/app\/blobs\/uploads\/[0-9a-f-]+$/);
});

test('S30 a document that could be read as two things is none', async () => {
  await using registry = await started();
  const document = JSON.parse(image.toString());
  for (const [odd, contentType] of [
    [{ ...document, manifests: [] }, mediaTypes.ociManifest],
    [{ ...document, mediaType: undefined, manifests: [] }, mediaTypes.ociIndex],
    [{ ...document, mediaType: mediaTypes.ociIndex }, mediaTypes.ociManifest],
    [document, mediaTypes.ociIndex],
    [document, mediaTypes.dockerManifest],
    [{ ...document, fsLayers: [] }, mediaTypes.ociManifest],
  ] as const) {
    const answer = await put(registry, JSON.stringify(odd), { 'content-type': contentType });
    expect([answer.status, answer.codes()]).toEqual([400, ['MANIFEST_INVALID']]);
  }
});

test('S32 two uploads on one session at once store what was hashed, or nothing', async () => {
  await using registry = await started();
  const { port } = registry;
  for (let round = 0; round < 20; round += 1) {
    const opened = await send({ port, method: 'POST', path: '/v2/a/blobs/uploads/' });
    const first = Buffer.from(`first ${round} `.repeat(5000));
    const second = Buffer.from(`other ${round} `.repeat(5000));
    const answers = await Promise.all(
      [first, second].map((body) =>
        send({ port, method: 'PUT', path: `${opened.headers.location}?digest=${sha256(body)}`, body }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 404]);
    for (const body of [first, second]) {
      const back = await send({ port, path: `/v2/a/blobs/${sha256(body)}` });
      if (back.status === 200) expect(back.body.equals(body)).toBe(true);
      else expect(back.status).toBe(404);
    }
  }
});

test('S33 no JSON is too deep, too repeated or too clever', async () => {
  await using registry = await started();
  const layers = [{ mediaType: mediaTypes.ociLayer, digest: sha256(layer), size: layer.length }];
  const parts = `"config":{"mediaType":"${mediaTypes.ociEmpty}","digest":"${sha256(config)}","size":2},"layers":${JSON.stringify(layers)}`;
  for (const bomb of [
    '['.repeat(100_000),
    `{"a":`.repeat(100_000),
    `{"schemaVersion":2,"x":${'['.repeat(65)}${']'.repeat(65)},${parts}}`,
    `{"schemaVersion":1e999,${parts}}`,
    `{"schemaVersion":2,"config":{"digest":"${sha256(config)}","size":1e999,"mediaType":"x"},"layers":[]}`,
  ]) {
    const answer = await put(registry, bomb);
    expect([answer.status, answer.codes()]).toEqual([400, ['MANIFEST_INVALID']]);
  }
  const clever = `{"schemaVersion":2,"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"schemaVersion":2,${parts}}`;
  expect((await put(registry, clever)).status).toBe(201);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  expect((await send({ port: registry.port, path: '/v2/team/app/manifests/v1' })).text).toBe(clever);
  const quoted = sampleManifest({ annotations: { text: `${'['.repeat(1000)}"\\` } });
  expect((await put(registry, quoted)).status).toBe(201);
});

test('S34 a compressed manifest is refused, not unpacked', async () => {
  await using registry = await started();
  const answer = await put(registry, gzipSync(image), { 'content-encoding': 'gzip' });
  expect(answer.status).toBe(415);
});
