import { describe, expect, test } from 'vitest';
import { mediaTypes } from '../../src/image/media-types.js';
import { type Answer, send } from '../support/http-exchange.js';
import { type MockRegistry, startMockRegistry } from '../support/mock-registry.js';
import {
  image,
  imageDescriptor,
  sampleManifest,
  seedBlobs,
  seedImage,
  sha256,
} from '../support/sample-image.js';

const moving = { mayMoveTags: true };
const tags = ['10', '9', 'C', '_x', 'a', 'b'];

const get = ({ port }: MockRegistry, path: string, headers = {}) => send({ port, path, headers });

/** The target of the `Link` header, as clients take it out. */
const next = ({ headers }: Answer) => /^<([^>]+)>; rel="next"$/.exec(String(headers.link))?.[1];

/** Follows links to the end. */
async function everyPage(registry: MockRegistry, path: string, key: string): Promise<readonly unknown[][]> {
  const pages: unknown[][] = [];
  for (let at: string | undefined = path; at !== undefined; ) {
    const answer = await get(registry, at);
    expect(answer.status).toBe(200);
    pages.push((answer.json() as Record<string, unknown[]>)[key] ?? []);
    at = next(answer);
  }
  return pages;
}

describe('tags/list', () => {
  const withTags = async (host = {}) => {
    const registry = await startMockRegistry({ host });
    await seedImage(registry.store, 'team/app', tags);
    return registry;
  };

  test.each<[string, readonly string[], string | undefined]>([
    ['', tags, undefined],
    ['?n=2', ['10', '9'], '/v2/team/app/tags/list?last=9&n=2'],
    ['?n=2&last=9', ['C', '_x'], '/v2/team/app/tags/list?last=_x&n=2'],
    ['?n=2&last=_x', ['a', 'b'], undefined],
    ['?last=C', ['_x', 'a', 'b'], undefined],
    ['?last=Ca', ['_x', 'a', 'b'], undefined],
    ['?last=b', [], undefined],
    ['?last=zzz&n=3', [], undefined],
    ['?last=', tags, undefined],
    ['?n=0', [], undefined],
    ['?n=6', tags, undefined],
    ['?n=100', tags, undefined],
    ['?n=99999999999999999999', tags, undefined],
    ['?n=2&ns=registry.example', ['10', '9'], '/v2/team/app/tags/list?last=9&n=2&ns=registry.example'],
  ])('%s', async (query, expected, link) => {
    await using registry = await withTags();
    const answer = await get(registry, `/v2/team/app/tags/list${query}`);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.json()).toEqual({ name: 'team/app', tags: expected });
    expect(next(answer)).toBe(link);
  });

  test.each(['?n=-1', '?n=abc', '?n=1.5', '?n=1e9', '?n=', '?n=%201', '?n=1&n=2', '?n=0x1'])(
    '%s is no number of results',
    async (query) => {
      await using registry = await withTags();
      const answer = await get(registry, `/v2/team/app/tags/list${query}`);
      expect([answer.status, answer.codes()]).toEqual([400, ['PAGINATION_NUMBER_INVALID']]);
    },
  );

  test('every tag comes once when links are followed, also where the server sets the pace', async () => {
    await using asked = await withTags();
    expect(await everyPage(asked, '/v2/team/app/tags/list?n=4', 'tags')).toEqual([
      ['10', '9', 'C', '_x'],
      ['a', 'b'],
    ]);
    await using set = await withTags({ pageSize: 1 });
    expect((await everyPage(set, '/v2/team/app/tags/list?n=4', 'tags')).flat()).toEqual(tags);
  });

  test('of an unknown repository is unknown, of one without tags empty', async () => {
    await using registry = await startMockRegistry();
    const unknown = await get(registry, '/v2/no/such/tags/list');
    expect(unknown.status).toBe(404);
    expect(unknown.json()).toEqual({
      errors: [
        {
          code: 'NAME_UNKNOWN',
          message: 'repository name not known to registry',
          detail: { name: 'no/such' },
        },
      ],
    });
    await seedBlobs(registry.store);
    expect((await get(registry, '/v2/team/app/tags/list')).json()).toEqual({ name: 'team/app', tags: [] });
  });
});

describe('referrers', () => {
  const sbom = sampleManifest({
    artifactType: 'application/vnd.example.sbom+json',
    subject: imageDescriptor,
    annotations: { 'org.example.k': 'v' },
  });
  const plain = sampleManifest({ subject: imageDescriptor });
  const index = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [],
      subject: imageDescriptor,
    }),
  );
  const entry = (bytes: Buffer, mediaType: string, more: object) => ({
    mediaType,
    digest: sha256(bytes),
    size: bytes.length,
    ...more,
  });
  const entries = [
    entry(sbom, mediaTypes.ociManifest, {
      artifactType: 'application/vnd.example.sbom+json',
      annotations: { 'org.example.k': 'v' },
    }),
    entry(plain, mediaTypes.ociManifest, { artifactType: mediaTypes.ociEmpty }),
    entry(index, mediaTypes.ociIndex, {}),
  ].sort((a, b) => (a.digest < b.digest ? -1 : 1));
  const path = `/v2/team/app/referrers/${sha256(image)}`;

  const withReferrers = async (host = {}) => {
    const registry = await startMockRegistry({ host });
    for (const [bytes, mediaType] of [
      [sbom, mediaTypes.ociManifest],
      [plain, mediaTypes.ociManifest],
      [index, mediaTypes.ociIndex],
    ] as const) {
      await registry.store.putManifest('team/app', { digest: sha256(bytes), mediaType, bytes }, [], moving);
    }
    return registry;
  };
  const listOf = (answer: Answer) => (answer.json() as { manifests: unknown[] }).manifests;

  test('are listed with type, size, artifact type and annotations, though the subject was never pushed', async () => {
    await using registry = await withReferrers();
    const answer = await get(registry, path);
    expect([answer.status, answer.headers['content-type'], answer.headers['oci-filters-applied']]).toEqual([
      200,
      mediaTypes.ociIndex,
      undefined,
    ]);
    expect(answer.json()).toEqual({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: entries });
  });

  test.each([
    ['application/vnd.example.sbom%2Bjson', [sha256(sbom)]],
    ['application/vnd.example.sbom+json', [sha256(sbom)]],
    [mediaTypes.ociEmpty.replace('+', '%2B'), [sha256(plain)]],
    ['application/vnd.example.other', []],
    [
      `application/vnd.example.sbom+json&artifactType=${mediaTypes.ociEmpty}`,
      [sha256(sbom), sha256(plain)].sort(),
    ],
  ])('are filtered by artifactType=%s, each time alike, and the answer says so', async (type, digests) => {
    await using registry = await withReferrers();
    for (const _ of ['first', 'again']) {
      const answer = await get(registry, `${path}?artifactType=${type}`);
      expect(listOf(answer).map((found) => (found as { digest: string }).digest)).toEqual(digests);
      expect(answer.headers['oci-filters-applied']).toBe('artifactType');
    }
  });

  test('come in pages whose links keep the filter', async () => {
    await using registry = await withReferrers({ pageSize: 1 });
    expect(await everyPage(registry, path, 'manifests')).toEqual(entries.map((found) => [found]));
    const other = sampleManifest({
      artifactType: 'application/vnd.example.sbom+json',
      subject: imageDescriptor,
    });
    const stored = { digest: sha256(other), mediaType: mediaTypes.ociManifest, bytes: other };
    await registry.store.putManifest('team/app', stored, [], moving);
    const filtered = `${path}?artifactType=application/vnd.example.sbom%2Bjson`;
    const first = await get(registry, filtered);
    expect(next(first)).toContain('artifactType=application%2Fvnd.example.sbom%2Bjson');
    expect((await everyPage(registry, filtered, 'manifests')).flat()).toHaveLength(2);
  });

  test('are an empty list for unknown digests and unknown repositories, never 404', async () => {
    await using registry = await withReferrers();
    for (const unknown of [
      `/v2/team/app/referrers/${sha256('x')}`,
      `/v2/no/such/referrers/${sha256(image)}`,
    ]) {
      const answer = await get(registry, unknown);
      expect([answer.status, listOf(answer)]).toEqual([200, []]);
    }
    for (const bad of ['sha256:zz', 'latest']) {
      const answer = await get(registry, `/v2/team/app/referrers/${bad}`);
      expect([answer.status, answer.codes()]).toEqual([400, ['DIGEST_INVALID']]);
    }
    await using old = await withReferrers({ referrers: false });
    expect((await get(old, path)).status).toBe(404);
  });

  test('that an older client kept in the fallback tag are listed too, once', async () => {
    await using registry = await withReferrers();
    const kept = {
      ...imageDescriptor,
      digest: sha256('an old one'),
      artifactType: 'application/vnd.example.old',
    };
    const bytes = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [kept, entries[0]] }),
    );
    const fallback = { digest: sha256(bytes), mediaType: mediaTypes.ociIndex, bytes };
    await registry.store.putManifest('team/app', fallback, [sha256(image).replace(':', '-')], moving);
    const digests = listOf(await get(registry, path)).map((found) => (found as { digest: string }).digest);
    expect(digests).toEqual([...entries.map(({ digest }) => digest), kept.digest].sort());
    const filtered = await get(registry, `${path}?artifactType=application/vnd.example.old`);
    expect(listOf(filtered)).toEqual([kept]);
  });
});

describe('the catalog', () => {
  const users = { users: ['admin', 'dev'].map((name) => ({ name, password: 'x' })) };
  const access = [
    { users: ['admin'], repositories: ['**'], actions: ['*' as const] },
    { users: ['dev'], repositories: ['team/*'], actions: ['pull' as const] },
  ];

  test('is off unless it is turned on', async () => {
    await using registry = await startMockRegistry();
    const answer = await get(registry, '/v2/_catalog');
    expect([answer.status, answer.codes()]).toEqual([404, ['UNSUPPORTED']]);
  });

  test('is sorted and comes in pages of a hundred, or of what is asked up to a thousand', async () => {
    await using registry = await startMockRegistry({ host: { catalog: true } });
    const names = Array.from({ length: 150 }, (_, index) => `r/${String(index).padStart(3, '0')}`);
    for (const name of names) await seedBlobs(registry.store, name);
    expect((await everyPage(registry, '/v2/_catalog', 'repositories')).map((page) => page.length)).toEqual([
      100, 50,
    ]);
    expect((await everyPage(registry, '/v2/_catalog?n=70', 'repositories')).flat()).toEqual(names);
    expect((await get(registry, '/v2/_catalog?n=1&last=r%2F004')).headers.link).toBe(
      '</v2/_catalog?last=r%2F005&n=1>; rel="next"',
    );
    expect((await get(registry, '/v2/_catalog?n=0')).json()).toEqual({ repositories: [] });
    const tooMany = await get(registry, '/v2/_catalog?n=5000');
    expect(tooMany.status).toBe(400);
    expect(tooMany.json()).toMatchObject({
      errors: [{ code: 'PAGINATION_NUMBER_INVALID', detail: { n: 5000 } }],
    });
  });

  test('shows a user what the user may pull', async () => {
    await using registry = await startMockRegistry({
      auth: 'basic',
      users: { ...users, access },
      host: { catalog: true },
    });
    for (const name of ['team/app', 'other/app']) await seedBlobs(registry.store, name);
    const basic = (user: string) => ({
      authorization: `Basic ${Buffer.from(`${user}:x`).toString('base64')}`,
    });
    expect((await get(registry, '/v2/_catalog')).status).toBe(401);
    expect((await get(registry, '/v2/_catalog', basic('dev'))).status).toBe(401);
    expect((await get(registry, '/v2/_catalog', basic('admin'))).json()).toEqual({
      repositories: ['other/app', 'team/app'],
    });
  });
});

describe('other addresses', () => {
  test('the extensions are listed, anything else is unknown, and a method has to fit', async () => {
    await using registry = await startMockRegistry();
    expect((await get(registry, '/v2/_oci/ext/discover')).json()).toMatchObject({
      extensions: [{ name: '_oci', endpoints: ['_oci/ext/discover'] }],
    });
    for (const path of ['/v2/team/app/nonsense', '/', '/token', '/v2/_unknown']) {
      const answer = await get(registry, path);
      expect([answer.status, answer.codes(), answer.headers['content-type']]).toEqual([
        404,
        ['UNSUPPORTED'],
        'application/json',
      ]);
    }
    for (const [method, path, allow] of [
      ['PATCH', '/v2/team/app/manifests/v1', 'DELETE, GET, HEAD, PUT'],
      ['PUT', `/v2/team/app/blobs/${sha256('x')}`, 'DELETE, GET, HEAD'],
      ['DELETE', '/v2/', 'GET, HEAD'],
      ['GET', '/v2/team/app/blobs/uploads/', 'POST'],
      ['OPTIONS', '/v2/team/app/tags/list', 'GET, HEAD'],
    ] as const) {
      const answer = await send({ port: registry.port, method, path });
      expect([answer.status, answer.codes(), answer.headers.allow]).toEqual([405, ['UNSUPPORTED'], allow]);
    }
  });
});
