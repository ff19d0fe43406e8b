import { describe, expect, test } from 'vitest';
import { mediaTypes } from '../../src/image/media-types.js';
import { send } from '../support/http-exchange.js';
import { type MockRegistry, startMockRegistry } from '../support/mock-registry.js';
import {
  config,
  image,
  imageDescriptor,
  layer,
  sampleManifest,
  seedBlobs,
  seedImage,
  sha256,
  sha512,
} from '../support/sample-image.js';

const put = (
  { port }: MockRegistry,
  reference: string,
  body: Uint8Array | string,
  contentType: string | null = mediaTypes.ociManifest,
  more = {},
) =>
  send({
    port,
    method: 'PUT',
    path: `/v2/team/app/manifests/${reference}`,
    body,
    headers: contentType === null ? {} : { 'content-type': contentType },
    ...more,
  });

const get = ({ port }: MockRegistry, reference: string, headers = {}) =>
  send({ port, path: `/v2/team/app/manifests/${reference}`, headers });

async function started(host: Parameters<typeof startMockRegistry>[0] = {}) {
  const registry = await startMockRegistry(host);
  await seedBlobs(registry.store);
  return registry;
}

describe('a manifest is pushed', () => {
  test('by tag, and its Location brings the same bytes', async () => {
    await using registry = await started();
    const done = await put(registry, 'v1', image);
    expect(done.status).toBe(201);
    expect(done.headers).toMatchObject({
      location: `/v2/team/app/manifests/${sha256(image)}`,
      'docker-content-digest': sha256(image),
      'content-length': '0',
    });
    const back = await get(registry, sha256(image));
    expect([back.body, back.headers['content-type']]).toEqual([image, mediaTypes.ociManifest]);
  });

  test('by sha512, and is known by it from then on, also by its tags', async () => {
    await using registry = await started();
    const done = await put(registry, `${sha512(image)}?tag=v1`, image);
    expect(done.headers).toMatchObject({ 'docker-content-digest': sha512(image), 'oci-tag': 'v1' });
    for (const reference of ['v1', sha512(image)]) {
      expect((await get(registry, reference)).headers['docker-content-digest']).toBe(sha512(image));
    }
  });

  test('with unknown members, odd white space and a signature of its own: byte for byte', async () => {
    await using registry = await started();
    const bytes = Buffer.from(`${JSON.stringify(JSON.parse(image.toString()), null, 3)}\n\n`);
    expect((await put(registry, 'v1', bytes)).status).toBe(201);
    expect((await get(registry, 'v1')).body).toEqual(bytes);
  });

  test('without a Content-Type, when the document says what it is', async () => {
    await using registry = await started();
    expect((await put(registry, 'v1', image, null)).status).toBe(201);
    expect((await get(registry, 'v1')).headers['content-type']).toBe(mediaTypes.ociManifest);
    const silent = Buffer.from(image.toString().replace(`"mediaType":"${mediaTypes.ociManifest}",`, ''));
    const answer = await put(registry, 'v2', silent, null);
    expect([answer.status, answer.codes()]).toEqual([400, ['MANIFEST_INVALID']]);
    expect((await put(registry, 'v2', silent, `${mediaTypes.ociManifest}; charset=utf-8`)).status).toBe(201);
    expect((await get(registry, 'v2')).headers['content-type']).toBe(mediaTypes.ociManifest);
  });

  test('with a subject that need not exist, which the answer names', async () => {
    await using registry = await started();
    const done = await put(registry, 'v1', sampleManifest({ subject: imageDescriptor }));
    expect([done.status, done.headers['oci-subject']]).toEqual([201, sha256(image)]);
    await using old = await started({ host: { referrers: false } });
    expect(
      (await put(old, 'v1', sampleManifest({ subject: imageDescriptor }))).headers['oci-subject'],
    ).toBeUndefined();
  });

  test('whose index may miss its children, and whose foreign layers may live elsewhere', async () => {
    await using registry = await started();
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [imageDescriptor] };
    expect((await put(registry, 'i', JSON.stringify(index), mediaTypes.ociIndex)).status).toBe(201);
    const foreign = [
      {
        mediaType: mediaTypes.dockerForeignLayer,
        digest: sha256('x'),
        size: 1,
        urls: ['https://example.com/x'],
      },
      {
        mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
        digest: sha256('y'),
        size: 1,
      },
    ];
    expect((await put(registry, 'f', sampleManifest({ layers: foreign }))).status).toBe(201);
  });

  test('and told every blob that it misses', async () => {
    await using registry = await startMockRegistry();
    const answer = await put(registry, 'v1', image);
    expect(answer.status).toBe(400);
    expect(answer.json()).toEqual({
      errors: [sha256(config), sha256(layer)].map((detail) => ({
        code: 'MANIFEST_BLOB_UNKNOWN',
        message: 'blob unknown to registry',
        detail,
      })),
    });
    await using lenient = await startMockRegistry({ host: { sparseImages: true } });
    expect((await put(lenient, 'v1', image)).status).toBe(201);
  });

  test('with several tags at once, which are all there or none', async () => {
    await using registry = await started();
    const tags = Array.from({ length: 12 }, (_, index) => `t${index}`);
    const query = tags.map((tag) => `tag=${tag}`).join('&');
    const done = await put(registry, `${sha256(image)}?${query}`, image);
    expect([done.status, done.headers['oci-tag']]).toEqual([201, tags.join(', ')]);
    for (const tag of tags) expect((await get(registry, tag)).body).toEqual(image);
    const many = Array.from({ length: 101 }, (_, index) => `tag=t${index}`).join('&');
    expect((await put(registry, `${sha256(image)}?${many}`, image)).status).toBe(414);
    for (const bad of [
      'tag=-x',
      'tag=',
      'tag=a%0d%0aX-Evil:1',
      `tag=${'a'.repeat(129)}`,
      'tag=ok&tag=not%20ok',
    ]) {
      const answer = await put(registry, `${sha256(image)}?${bad}`, image);
      expect([answer.status, answer.codes()], bad).toEqual([400, ['TAG_INVALID']]);
    }
    expect((await put(registry, 'v1?tag=v2', image)).codes()).toEqual(['TAG_INVALID']);
    await using old = await started({ host: { extras: { tagParameter: false } } });
    expect((await put(old, `${sha256(image)}?tag=v1`, image)).headers['oci-tag']).toBeUndefined();
    expect((await get(old, 'v1')).status).toBe(404);
  });

  const ociImage = JSON.parse(image.toString());
  test.each([
    ['text that is no JSON', '{"schemaVersion":2,'],
    ['nothing', ''],
    ['a list', '[]'],
    ['a number', '2'],
    ['null', 'null'],
    ['bytes that are no UTF-8', Buffer.concat([image, Buffer.from([0xff])])],
    ['schema version 1', JSON.stringify({ ...ociImage, schemaVersion: 1 })],
    ['no schema version', JSON.stringify({ ...ociImage, schemaVersion: undefined })],
    ['another media type inside', JSON.stringify({ ...ociImage, mediaType: mediaTypes.dockerManifest })],
    ['an image with manifests', JSON.stringify({ ...ociImage, manifests: [] })],
    ['an image without config', JSON.stringify({ ...ociImage, config: undefined })],
    ['a config without digest', JSON.stringify({ ...ociImage, config: {} })],
    [
      'a layer with a digest that is none',
      JSON.stringify({ ...ociImage, layers: [{ ...imageDescriptor, digest: 'sha256:../../x' }] }),
    ],
    [
      'a subject with a digest that is none',
      JSON.stringify({ ...ociImage, subject: { ...imageDescriptor, digest: 'sha256:a\r\nX: 1' } }),
    ],
    ['an annotation that is no text', JSON.stringify({ ...ociImage, annotations: { a: 1 } })],
  ])('is refused when it is %s', async (_, bytes) => {
    await using registry = await started();
    const answer = await put(registry, 'v1', bytes);
    expect([answer.status, answer.codes()]).toEqual([400, ['MANIFEST_INVALID']]);
    expect((await get(registry, 'v1')).status).toBe(404);
  });

  test.each([
    'application/json',
    'text/html',
    mediaTypes.dockerSchema1,
    mediaTypes.dockerSchema1Signed,
    mediaTypes.ociArtifactManifest,
    mediaTypes.ociIndex,
    'x',
    '',
  ])('is refused with the Content-Type %j', async (contentType) => {
    await using registry = await started();
    const bytes = Buffer.from(image.toString().replace(`"mediaType":"${mediaTypes.ociManifest}",`, ''));
    const answer = await put(registry, 'v1', bytes, contentType);
    expect([answer.status, answer.codes()]).toEqual([400, ['MANIFEST_INVALID']]);
  });

  test('under a digest that is not its own, or none at all, it is refused', async () => {
    await using registry = await started();
    for (const reference of [
      sha256('x'),
      sha512('x'),
      'sha256:baddigeststring',
      `sha256:${'A'.repeat(64)}`,
      'md5:d41d8cd98f00b204e9800998ecf8427e',
      'a:b',
    ]) {
      const answer = await put(registry, reference, image);
      expect([answer.status, answer.codes()], reference).toEqual([400, ['DIGEST_INVALID']]);
    }
    for (const tag of ['.a', '-a', 'a'.repeat(129), 'a%20b', '..%2fx', '%C3%A9']) {
      const answer = await put(registry, tag, image);
      expect([answer.status, answer.codes()], tag).toEqual([400, ['TAG_INVALID']]);
    }
    expect((await put(registry, 'A'.repeat(128), image)).status).toBe(201);
  });

  test('up to the limit to the byte, and not one byte more, announced or not', async () => {
    const limit = 5000;
    await using registry = await started({ host: { limits: { manifestBytes: limit } } });
    const padded = (size: number) => {
      const bare = sampleManifest({ annotations: { pad: '' } }).length;
      return sampleManifest({ annotations: { pad: 'x'.repeat(size - bare) } });
    };
    expect((await put(registry, 'v1', padded(limit))).status).toBe(201);
    for (const chunked of [false, true]) {
      const answer = await put(registry, 'v1', padded(limit + 1), mediaTypes.ociManifest, { chunked });
      expect([answer.status, answer.codes()]).toEqual([413, ['MANIFEST_INVALID']]);
    }
  });
});

describe('a manifest is pulled', () => {
  test('whatever the client accepts', async () => {
    await using registry = await started();
    await put(registry, 'v1', image);
    for (const accept of [undefined, '*/*', mediaTypes.dockerManifest]) {
      const answer = await get(registry, 'v1', accept === undefined ? {} : { accept });
      expect([answer.status, answer.headers['content-type']]).toEqual([200, mediaTypes.ociManifest]);
    }
  });

  test('not again by a client that has it', async () => {
    await using registry = await started();
    await put(registry, 'v1', image);
    for (const validator of [`"${sha256(image)}"`, `W/"x", W/"${sha256(image)}"`, '*']) {
      const answer = await get(registry, 'v1', { 'if-none-match': validator });
      expect([answer.status, answer.body.length, answer.headers.etag]).toEqual([
        304,
        0,
        `"${sha256(image)}"`,
      ]);
    }
    expect((await get(registry, 'v1', { 'if-none-match': `"${sha256('x')}"` })).status).toBe(200);
  });

  test('or said to be unknown, in an unknown repository too', async () => {
    await using registry = await started();
    expect((await get(registry, 'nope')).json()).toEqual({
      errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown', detail: { Tag: 'nope' } }],
    });
    expect((await get(registry, sha256('x'))).json()).toEqual({
      errors: [
        {
          code: 'MANIFEST_UNKNOWN',
          message: 'manifest unknown',
          detail: { Name: 'team/app', Revision: sha256('x') },
        },
      ],
    });
    const elsewhere = await send({ port: registry.port, path: '/v2/no/such/manifests/nope' });
    expect([elsewhere.status, elsewhere.codes()]).toEqual([404, ['MANIFEST_UNKNOWN']]);
    const bad = await get(registry, 'sha256:baddigeststring');
    expect([bad.status, bad.codes()]).toEqual([400, ['DIGEST_INVALID']]);
  });

  test('with the warnings that were ordered for it', async () => {
    await using registry = await startMockRegistry({
      host: {
        warnings: [
          { text: 'this "image" is old\r\nX-Evil: 1', repository: 'team/*', tag: 'v1' },
          { text: 'maintenance tonight' },
          { text: 'x'.repeat(4096) },
        ],
      },
    });
    await seedImage(registry.store);
    const answer = await get(registry, 'v1');
    const warnings = answer.rawHeaders.filter((_, index) => answer.rawHeaders[index - 1] === 'Warning');
    expect(warnings).toEqual(['299 - "this \\"image\\" is old??X-Evil: 1"', '299 - "maintenance tonight"']);
    expect(answer.headers['x-evil']).toBeUndefined();
    expect((await get(registry, sha256(image))).headers.warning).toBe('299 - "maintenance tonight"');
  });
});

describe('content is deleted', () => {
  const remove = ({ port }: MockRegistry, path: string) =>
    send({ port, method: 'DELETE', path: `/v2/team/app/${path}` });

  test('a tag alone, a manifest with its tags, a blob from its repository', async () => {
    await using registry = await startMockRegistry();
    await seedImage(registry.store, 'team/app', ['v1', 'v2']);
    await seedImage(registry.store, 'team/other');
    expect((await remove(registry, 'manifests/v1')).status).toBe(202);
    expect((await get(registry, 'v1')).status).toBe(404);
    expect((await get(registry, 'v2')).status).toBe(200);
    expect((await remove(registry, `manifests/${sha256(image)}`)).status).toBe(202);
    expect((await get(registry, 'v2')).status).toBe(404);
    const again = await remove(registry, `manifests/${sha256(image)}`);
    expect([again.status, again.codes()]).toEqual([404, ['MANIFEST_UNKNOWN']]);
    expect((await remove(registry, `blobs/${sha256(layer)}`)).status).toBe(202);
    const unknown = await remove(registry, `blobs/${sha256(layer)}`);
    expect([unknown.status, unknown.codes()]).toEqual([404, ['BLOB_UNKNOWN']]);
    const kept = await send({ port: registry.port, path: `/v2/team/other/blobs/${sha256(layer)}` });
    expect(kept.body).toEqual(layer);
    for (const path of ['manifests/sha256:zz', 'blobs/sha256:zz']) {
      const bad = await remove(registry, path);
      expect([bad.status, bad.codes()]).toEqual([400, ['DIGEST_INVALID']]);
    }
  });

  test('or not at all, by one switch', async () => {
    await using registry = await startMockRegistry({ host: { delete: false } });
    await seedImage(registry.store);
    for (const path of [
      'manifests/v1',
      `manifests/${sha256(image)}`,
      `blobs/${sha256(layer)}`,
      'manifests/nope',
    ]) {
      const answer = await remove(registry, path);
      expect([answer.status, answer.codes()]).toEqual([405, ['UNSUPPORTED']]);
    }
    expect((await get(registry, 'v1')).status).toBe(200);
  });
});
