import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../src/image/digest.js';
import type { ContentStore } from '../../src/registry/content-store.js';
import { putBlob } from '../../src/registry/put-blob.js';
import { send } from '../support/http-exchange.js';
import { startMockRegistry } from '../support/mock-registry.js';

const sha256 = (bytes: Uint8Array | string) =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;

const layer = Buffer.from('hello, blob!\n');
const config = Buffer.from('{}');
const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
const manifest = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: ociManifest,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha256(config), size: 2 },
    layers: [
      { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: sha256(layer), size: layer.length },
    ],
  }),
);

async function seed(store: ContentStore, repository = 'team/app'): Promise<void> {
  await putBlob(store, repository, sha256(layer), layer);
  await putBlob(store, repository, sha256(config), config);
  const stored = { digest: sha256(manifest), mediaType: ociManifest, bytes: manifest };
  await store.putManifest(repository, stored, ['v1'], { mayMoveTags: true });
}

describe('a client pulls', () => {
  test('a manifest comes back byte for byte, by tag and by digest, with the headers that clients need', async () => {
    await using registry = await startMockRegistry();
    await seed(registry.store);
    for (const reference of ['v1', sha256(manifest)]) {
      const answer = await send({ port: registry.port, path: `/v2/team/app/manifests/${reference}` });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual(manifest);
      expect(answer.headers).toMatchObject({
        'content-type': ociManifest,
        'content-length': String(manifest.length),
        'docker-content-digest': sha256(manifest),
        'docker-distribution-api-version': 'registry/2.0',
      });
    }
  });

  test('HEAD has the headers of GET and no body, for content, for errors and for challenges', async () => {
    await using registry = await startMockRegistry({ auth: 'token' });
    await seed(registry.store);
    const authorization = `Bearer ${registry.token({ 'team/app': ['pull'] })}`;
    for (const path of [
      '/v2/team/app/manifests/v1',
      '/v2/team/app/manifests/nope',
      `/v2/team/app/blobs/${sha256(layer)}`,
      '/v2/team/other/manifests/v1',
    ]) {
      const sent = { port: registry.port, path, headers: { authorization } };
      const { date: _, connection: __, ...get } = (await send(sent)).headers;
      const head = await send({ ...sent, method: 'HEAD' });
      expect(head.headers).toMatchObject(get);
      expect(head.body).toHaveLength(0);
    }
  });

  test('a blob of another repository is unknown', async () => {
    await using registry = await startMockRegistry();
    await seed(registry.store);
    const own = await send({ port: registry.port, path: `/v2/team/app/blobs/${sha256(layer)}` });
    expect([own.status, own.text]).toEqual([200, 'hello, blob!\n']);
    const other = await send({ port: registry.port, path: `/v2/team/other/blobs/${sha256(layer)}` });
    expect([other.status, other.codes()]).toEqual([404, ['BLOB_UNKNOWN']]);
  });
});

describe('the challenge', () => {
  test('names realm, service and scope, and the error only when a token was sent', async () => {
    await using registry = await startMockRegistry({ auth: 'token' });
    const realm = `realm="http://127.0.0.1:${registry.port}/token",service="mock-registry"`;
    const ask = async (path: string, authorization?: string) => {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await send({ port: registry.port, path, headers });
      expect(answer.status).toBe(401);
      return answer;
    };
    const ping = await ask('/v2/');
    expect(ping.headers['www-authenticate']).toBe(`Bearer ${realm}`);
    expect(ping.text).toBe(
      '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":null}]}\n',
    );
    const pull = await ask('/v2/team/app/manifests/v1');
    expect(pull.headers['www-authenticate']).toBe(`Bearer ${realm},scope="repository:team/app:pull"`);
    const detail = [{ Type: 'repository', Class: '', Name: 'team/app', Action: 'pull' }];
    expect(pull.json()).toMatchObject({ errors: [{ detail }] });
    const other = await ask('/v2/team/app/manifests/v1', `Bearer ${registry.token({ 'team/a': ['pull'] })}`);
    expect(other.headers['www-authenticate']).toBe(
      `Bearer ${realm},scope="repository:team/app:pull",error="insufficient_scope"`,
    );
    const bad = await ask('/v2/team/app/manifests/v1', 'Bearer abc');
    expect(bad.headers['www-authenticate']).toContain(',error="invalid_token"');
  });

  test('of a private repository at Docker Hub has the length that was recorded there', async () => {
    await using registry = await startMockRegistry({ auth: 'token' });
    const path = '/v2/ep4sh/ehome/manifests/latest';
    const answer = await send({ port: registry.port, method: 'HEAD', path });
    expect(answer.headers['content-length']).toBe('154');
  });

  test('is Basic where the registry asks for a password', async () => {
    const users = { users: [{ name: 'alice', password: 'wonderland' }] };
    await using registry = await startMockRegistry({ auth: 'basic', users });
    await seed(registry.store);
    const get = (password?: string) =>
      send({
        port: registry.port,
        path: '/v2/team/app/manifests/v1',
        headers:
          password === undefined
            ? {}
            : { authorization: `Basic ${Buffer.from(`alice:${password}`).toString('base64')}` },
      });
    expect((await get()).headers['www-authenticate']).toBe('Basic realm="mock registry"');
    expect((await get('wrong')).status).toBe(401);
    expect((await get('wonderland')).body).toEqual(manifest);
    expect(
      registry.journal.map(({ identity, authentication, decision }) => [identity, authentication, decision]),
    ).toEqual([
      ['anonymous', 'none', 'refuse'],
      ['unknown', 'basic', 'refuse'],
      ['alice', 'basic', 'allow'],
    ]);
  });
});
