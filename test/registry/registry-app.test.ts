import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import { createRegistryApp } from '../../src/registry/create-registry-app.js';
import { createRegistryHandler } from '../../src/registry/create-registry-handler.js';
import { createMemoryStore } from '../../src/registry/memory-store.js';
import { image, seedImage, sha256 } from '../support/sample-image.js';

describe('the Express app', () => {
  test('answers as the handler does: no charset, no framework header, no redirect', async () => {
    const store = createMemoryStore();
    await seedImage(store, 'team/app');
    const handler = createRegistryHandler({ hosts: [{ host: 'h', auth: { kind: 'none' }, store }] });
    const app = createRegistryApp(handler);
    const answer = await supertest(app).get('/v2/team/app/manifests/v1').buffer(true).parse(bytesOf);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/vnd.oci.image.manifest.v1+json');
    expect(answer.headers['x-powered-by']).toBeUndefined();
    expect(answer.headers.etag).toBe(`"${sha256(image)}"`);
    expect(answer.body).toEqual(image);
    for (const [path, status] of [
      ['/v2', 200],
      ['/v2/', 200],
      ['/V2/', 404],
      ['/v2/team//tags/list', 400],
      ['/v2/a%2fb/tags/list', 400],
      ['/anything', 404],
    ] as const) {
      expect((await supertest(app).get(path)).status, path).toBe(status);
    }
    const head = await supertest(app).head('/v2/team/app/manifests/v1');
    expect([head.status, head.headers['content-length']]).toEqual([200, String(image.length)]);
  });

  test('lets a server put other addresses before it', async () => {
    const hosts = [{ host: 'h', auth: { kind: 'none' as const }, store: createMemoryStore() }];
    const app = createRegistryApp(createRegistryHandler({ hosts }), (mounting) => {
      mounting.get('/healthz', (_, response) => void response.status(204).end());
    });
    expect((await supertest(app).get('/healthz')).status).toBe(204);
    expect((await supertest(app).get('/v2/')).status).toBe(200);
  });
});

function bytesOf(response: supertest.Response, done: (error: Error | null, body: Buffer) => void): void {
  const stream = response as unknown as NodeJS.ReadableStream;
  const chunks: Buffer[] = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  stream.on('end', () => done(null, Buffer.concat(chunks)));
}
