import { expect, test } from 'vitest';
import { openLayoutStore } from '../../src/registry/layout-store.js';
import { send } from '../support/http-exchange.js';
import { startMockRegistry } from '../support/mock-registry.js';
import { image, seedImage, sha256 } from '../support/sample-image.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const ociManifest = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };

test('S1 no name, tag, digest or session id leads out of the store', async () => {
  await using folder = await temporaryFolder();
  const store = await openLayoutStore(folder.path);
  await using registry = await startMockRegistry({ store });
  await seedImage(store, 'a');
  const climbs = ['..%2f..%2fetc', '%2e%2e', '..', '%252e%252e', 'a%00b', '%2fetc', 'a%5c..%5cb', '.pullsim'];
  for (const climb of climbs) {
    for (const [method, path] of [
      ['GET', `/v2/${climb}/tags/list`],
      ['PUT', `/v2/${climb}/manifests/v1`],
      ['POST', `/v2/${climb}/blobs/uploads/?digest=${sha256('x')}`],
      ['PUT', `/v2/a/manifests/${climb}`],
      ['PUT', `/v2/a/manifests/${sha256(image)}?tag=${climb}`],
      ['GET', `/v2/a/blobs/${climb}`],
      ['DELETE', `/v2/a/blobs/sha256:${climb}`],
      ['GET', `/v2/a/blobs/sha256:${'..%2f'.repeat(12)}passwd`],
      ['PATCH', `/v2/a/blobs/uploads/${climb}`],
      ['PUT', `/v2/a/blobs/uploads/${climb}?digest=${sha256('x')}`],
      ['GET', `/v2/a/referrers/${climb}`],
    ] as const) {
      const body = method === 'GET' || method === 'DELETE' ? {} : { body: image, headers: ociManifest };
      const answer = await send({ port: registry.port, method, path, ...body });
      expect(answer.status, `${method} ${path}`).toBeGreaterThanOrEqual(400);
      expect(answer.status, `${method} ${path}`).toBeLessThan(500);
    }
  }
  expect(await store.listRepositories()).toEqual(['a']);
  expect(await folder.outsiders()).toEqual([]);
  await store.close();
});

test('S2 names, tags and digests that are too long are a client error', async () => {
  await using registry = await startMockRegistry();
  for (const [path, statuses] of [
    [`/v2/${'a'.repeat(256)}/tags/list`, [400]],
    [`/v2/${'a/'.repeat(128)}a/tags/list`, [400]],
    [`/v2/a/manifests/${'a'.repeat(129)}`, [400, 404]],
    [`/v2/a/blobs/sha256:${'a'.repeat(10_000)}`, [400]],
    [`/v2/a/tags/list?last=${'a'.repeat(10_000)}`, [404]],
  ] as const) {
    expect(statuses).toContain((await send({ port: registry.port, path })).status);
  }
  expect((await send({ port: registry.port, path: `/v2/${'a'.repeat(255)}/tags/list` })).status).toBe(404);
});

test('S31 a digest that is not exactly one is a client error, wherever it stands', async () => {
  await using registry = await startMockRegistry();
  await seedImage(registry.store, 'a');
  const hex = 'a'.repeat(64);
  const odd = [
    ...[`sha256:${hex.slice(1)}`, `sha256:${hex}a`, `sha256:${hex.toUpperCase()}`, `SHA256:${hex}`],
    ...[
      `sha256:${hex.slice(1)}g`,
      `sha1:${'a'.repeat(40)}`,
      `md5:${'a'.repeat(32)}`,
      `sha512:${hex}`,
      'sha256:',
    ],
    ...[`:${hex}`, `sha256%20:${hex}`, `sha256:%20${hex.slice(1)}`, `sha256:${hex}%0a`, `sha256::${hex}`],
  ];
  for (const digest of odd) {
    for (const [method, path] of [
      ['GET', `/v2/a/blobs/${digest}`],
      ['DELETE', `/v2/a/blobs/${digest}`],
      ['GET', `/v2/a/manifests/${digest}`],
      ['PUT', `/v2/a/manifests/${digest}`],
      ['GET', `/v2/a/referrers/${digest}`],
      ['POST', `/v2/a/blobs/uploads/?digest=${digest}`],
      ['POST', `/v2/a/blobs/uploads/?mount=${digest}&from=a`],
    ] as const) {
      const body = method === 'PUT' ? { body: image, headers: ociManifest } : {};
      const answer = await send({ port: registry.port, method, path, ...body });
      expect([answer.status, answer.codes()], `${method} ${path}`).toEqual([400, ['DIGEST_INVALID']]);
    }
  }
});
