import { describe, expect, test } from 'vitest';
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
} from '../support/sample-image.js';

const ociManifest = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };

const users = {
  users: ['admin', 'rw', 'reader', 'creator', 'dev'].map((name) => ({ name, password: `${name}-pw` })),
  access: [
    { users: ['admin'], repositories: ['**'], actions: ['*' as const] },
    {
      users: ['rw'],
      repositories: ['team/*'],
      actions: ['pull' as const, 'push' as const, 'delete' as const],
    },
    { users: ['reader'], repositories: ['team/*'], actions: ['pull' as const] },
    { users: ['creator'], repositories: ['team/*'], actions: ['pull' as const, 'create' as const] },
    { users: ['dev'], repositories: ['dev/*'], actions: ['pull' as const, 'push' as const] },
  ],
};

type Sent = Omit<Parameters<typeof send>[0], 'port'>;

const withToken = (
  registry: MockRegistry,
  user: string,
  rights: Record<string, readonly string[]>,
  sent: Sent,
) =>
  send({
    ...sent,
    port: registry.port,
    headers: { ...sent.headers, authorization: `Bearer ${registry.token(rights, user)}` },
  });

const everyRoute: readonly Sent[] = [
  { path: '/v2/REPO/manifests/v1' },
  { method: 'HEAD', path: '/v2/REPO/manifests/v1' },
  { path: `/v2/REPO/manifests/${sha256(image)}` },
  { method: 'PUT', path: '/v2/REPO/manifests/v1', body: image, headers: ociManifest },
  { method: 'DELETE', path: '/v2/REPO/manifests/v1' },
  { path: `/v2/REPO/blobs/${sha256(layer)}` },
  { method: 'HEAD', path: `/v2/REPO/blobs/${sha256(layer)}` },
  { path: `/v2/REPO/blobs/${sha256(layer)}`, headers: { range: 'bytes=0-1' } },
  { method: 'DELETE', path: `/v2/REPO/blobs/${sha256(layer)}` },
  { method: 'POST', path: '/v2/REPO/blobs/uploads/' },
  { method: 'POST', path: `/v2/REPO/blobs/uploads/?digest=${sha256(layer)}`, body: layer },
  { method: 'POST', path: `/v2/REPO/blobs/uploads/?mount=${sha256(layer)}&from=REPO` },
  { path: '/v2/REPO/blobs/uploads/0' },
  { method: 'PATCH', path: '/v2/REPO/blobs/uploads/0', body: layer },
  { method: 'PUT', path: `/v2/REPO/blobs/uploads/0?digest=${sha256(layer)}`, body: layer },
  { method: 'DELETE', path: '/v2/REPO/blobs/uploads/0' },
  { path: '/v2/REPO/tags/list' },
  { path: `/v2/REPO/referrers/${sha256(image)}` },
];

describe('S19 private content is served to nobody without a right', () => {
  const filled = (sent: Sent, repository: string): Sent => ({
    ...sent,
    path: sent.path.replaceAll('REPO', repository),
  });

  test('S19 an anonymous token opens no route of a private repository, and nothing tells it from a missing one', async () => {
    await using registry = await startMockRegistry({ auth: 'token', users });
    await seedImage(registry.store, 'team/ab');
    for (const sent of everyRoute) {
      const [there, missing] = await Promise.all(
        ['team/ab', 'no/such'].map(async (repository) => {
          const { status, headers, text } = await withToken(registry, '', {}, filled(sent, repository));
          const { date: _, ...others } = headers;
          return JSON.parse(JSON.stringify({ status, others, text }).replaceAll(repository, 'REPO'));
        }),
      );
      expect(there, `${sent.method ?? 'GET'} ${sent.path}`).toEqual(missing);
      expect(there.status).toBe(401);
      expect(there.others['www-authenticate']).toContain('error="insufficient_scope"');
    }
  });

  test('S19 the same holds for a wrong token, for no token, and for Basic', async () => {
    await using tokens = await startMockRegistry({ auth: 'token', users });
    await using basic = await startMockRegistry({ auth: 'basic', users });
    for (const registry of [tokens, basic]) await seedImage(registry.store, 'team/ab');
    const wrong = [
      {},
      { authorization: 'Bearer x' },
      { authorization: `Basic ${Buffer.from('dev:dev-pw').toString('base64')}` },
    ];
    for (const sent of everyRoute) {
      for (const headers of wrong) {
        for (const { port } of [tokens, basic]) {
          const answer = await send({
            ...filled(sent, 'team/ab'),
            port,
            headers: { ...sent.headers, ...headers },
          });
          expect(answer.status, `${sent.method ?? 'GET'} ${sent.path}`).toBe(401);
        }
      }
    }
  });

  test('S19 a public repository is public for pulls and for nothing else', async () => {
    await using registry = await startMockRegistry({ auth: 'basic', users, visibility: () => 'public' });
    await seedImage(registry.store, 'team/ab');
    for (const sent of everyRoute) {
      const answer = await send({ ...filled(sent, 'team/ab'), port: registry.port });
      const pulls = ['GET', 'HEAD', undefined].includes(sent.method) && !sent.path.includes('uploads');
      expect(answer.status < 300, `${sent.method ?? 'GET'} ${sent.path}`).toBe(pulls);
    }
  });
});

describe('S12 a mount brings nothing that its caller may not pull', () => {
  const rights = { 'dev/app': ['pull', 'push'] };
  const mount = (registry: MockRegistry, query: string) =>
    withToken(registry, 'dev', rights, { method: 'POST', path: `/v2/dev/app/blobs/uploads/?${query}` });

  test('S12 by digest, by name, without a name: the answers are alike and the blob stays out', async () => {
    await using registry = await startMockRegistry({ auth: 'token', users });
    await seedBlobs(registry.store, 'team/ab');
    const shapes = [];
    for (const query of [
      `mount=${sha256(layer)}&from=team/ab`,
      `mount=${sha256(layer)}`,
      `mount=${sha256(layer)}&from=no/such`,
      `mount=${sha256('x')}&from=team/ab`,
    ]) {
      const { status, headers, text } = await mount(registry, query);
      shapes.push([status, Object.keys(headers).sort(), text]);
      const blob = { method: 'HEAD', path: `/v2/dev/app/blobs/${sha256(layer)}` };
      expect((await withToken(registry, 'dev', rights, blob)).status).toBe(404);
    }
    expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
    expect(shapes[0]?.[0]).toBe(202);
  });
});

test('S13 a blob that lives elsewhere is as unknown here as one that lives nowhere', async () => {
  await using registry = await startMockRegistry();
  await seedBlobs(registry.store, 'team/ab');
  for (const digest of [sha256(layer), sha256('nowhere')]) {
    for (const method of ['HEAD', 'GET', 'DELETE']) {
      const answer = await send({ port: registry.port, method, path: `/v2/team/cd/blobs/${digest}` });
      expect(answer.status).toBe(404);
    }
  }
});

test('S14 a deleted blob is gone at once, for every way of asking', async () => {
  await using registry = await startMockRegistry();
  await seedBlobs(registry.store, 'a');
  const { port } = registry;
  const path = `/v2/a/blobs/${sha256(layer)}`;
  expect((await send({ port, path })).status).toBe(200);
  expect((await send({ port, path, method: 'DELETE' })).status).toBe(202);
  expect((await send({ port, path })).status).toBe(404);
  expect((await send({ port, path, method: 'HEAD' })).status).toBe(404);
  expect((await send({ port, path, headers: { range: 'bytes=0-1' } })).status).toBe(404);
  expect((await send({ port, path, headers: { 'if-none-match': `"${sha256(layer)}"` } })).status).toBe(404);
  const mount = `/v2/b/blobs/uploads/?mount=${sha256(layer)}&from=a`;
  expect((await send({ port, path: mount, method: 'POST' })).status).toBe(202);
});

test('S15 one switch forbids every delete', async () => {
  await using registry = await startMockRegistry({ host: { delete: false } });
  await seedImage(registry.store, 'a');
  for (const path of ['manifests/v1', `manifests/${sha256(image)}`, `blobs/${sha256(layer)}`]) {
    expect((await send({ port: registry.port, method: 'DELETE', path: `/v2/a/${path}` })).status).toBe(405);
  }
});

describe('S16 who may only create moves no tag', () => {
  const other = sampleManifest({ annotations: { other: 'yes' } });
  const put = (registry: MockRegistry, user: string, reference: string, body: Uint8Array) =>
    withToken(
      registry,
      user,
      { 'team/app': ['pull', 'push'] },
      {
        method: 'PUT',
        path: `/v2/team/app/manifests/${reference}`,
        body,
        headers: ociManifest,
      },
    );

  test.each(['latest', 'v1'])('S16 %s stays, pushed by tag or by digest with ?tag=', async (tag) => {
    await using registry = await startMockRegistry({ auth: 'token', users });
    await seedImage(registry.store, 'team/app', [tag]);
    for (const reference of [tag, `${sha256(other)}?tag=${tag}`, `${sha256(other)}?tag=new&tag=${tag}`]) {
      const answer = await put(registry, 'creator', reference, other);
      expect([answer.status, answer.codes()], reference).toEqual([403, ['DENIED']]);
    }
    expect(await registry.store.listTags('team/app')).toEqual([tag]);
    expect((await put(registry, 'creator', 'new', other)).status).toBe(201);
    expect((await put(registry, 'creator', tag, image)).status).toBe(201);
    expect((await put(registry, 'creator', sha256(other), other)).status).toBe(201);
    expect((await put(registry, 'rw', tag, other)).status).toBe(201);
  });

  test('S16 with Basic it is the same', async () => {
    await using registry = await startMockRegistry({ auth: 'basic', users });
    await seedImage(registry.store, 'team/app', ['latest']);
    const authorization = `Basic ${Buffer.from('creator:creator-pw').toString('base64')}`;
    const answer = await send({
      port: registry.port,
      method: 'PUT',
      path: '/v2/team/app/manifests/latest',
      body: other,
      headers: { ...ociManifest, authorization },
    });
    expect(answer.status).toBe(403);
  });
});

test('S18 the catalog is for those who may see all of it, and tags for those who may pull', async () => {
  await using registry = await startMockRegistry({ auth: 'token', users, host: { catalog: true } });
  await seedImage(registry.store, 'team/ab');
  const anonymous = await send({ port: registry.port, path: '/v2/_catalog' });
  expect([anonymous.status, anonymous.headers['www-authenticate']]).toEqual([
    401,
    expect.stringContaining('scope="registry:catalog:*"'),
  ]);
  const rw = await withToken(registry, 'rw', { 'team/ab': ['pull'] }, { path: '/v2/_catalog' });
  expect(rw.status).toBe(401);
  const tags = await withToken(registry, 'dev', {}, { path: '/v2/team/ab/tags/list' });
  expect(tags.status).toBe(401);
});

test('S20 no header says more than the protocol needs', async () => {
  await using registry = await startMockRegistry();
  await seedImage(registry.store, 'team/ab');
  const allowed = new Set([
    ...[
      'connection',
      'content-length',
      'content-type',
      'date',
      'keep-alive',
      'accept-ranges',
      'cache-control',
    ],
    ...[
      'docker-content-digest',
      'docker-distribution-api-version',
      'docker-upload-uuid',
      'etag',
      'link',
      'location',
    ],
    ...[
      'content-range',
      'range',
      'allow',
      'x-content-type-options',
      'content-security-policy',
      'oci-subject',
    ],
    ...['oci-filters-applied', 'www-authenticate', 'transfer-encoding'],
  ]);
  for (const sent of everyRoute) {
    const path = sent.path.replaceAll('REPO', 'team/ab');
    const { headers } = await send({ ...sent, path, port: registry.port });
    expect(
      Object.keys(headers).filter((name) => !allowed.has(name)),
      path,
    ).toEqual([]);
  }
});

describe('S21 an upload session answers to its owner alone', () => {
  const rights = { 'team/ab': ['pull', 'push'], 'team/cd': ['pull', 'push'] };

  test('S21 not to another user, not under another repository, not after it was closed', async () => {
    await using registry = await startMockRegistry({ auth: 'token', users });
    const opened = await withToken(registry, 'rw', rights, {
      method: 'POST',
      path: '/v2/team/ab/blobs/uploads/',
    });
    const location = String(opened.headers.location);
    const attempts: readonly [string, string][] = [
      ['admin', location],
      ['', location],
      ['rw', location.replace('team/ab', 'team/cd')],
    ];
    for (const [user, path] of attempts) {
      for (const sent of [
        { path },
        { path, method: 'PATCH', body: layer },
        { path: `${path}?digest=${sha256(layer)}`, method: 'PUT', body: layer },
        { path, method: 'DELETE' },
      ]) {
        const answer = await withToken(registry, user, rights, sent);
        expect([answer.status, answer.codes()], `${user} ${sent.method ?? 'GET'}`).toEqual([
          404,
          ['BLOB_UPLOAD_UNKNOWN'],
        ]);
      }
    }
    const put = { path: `${location}?digest=${sha256(layer)}`, method: 'PUT', body: layer };
    expect((await withToken(registry, 'rw', rights, put)).status).toBe(201);
    expect((await withToken(registry, 'rw', rights, put)).status).toBe(404);
  });
});

test('S41 only who may push to a repository can add a referrer to it, and it is listed there alone', async () => {
  await using registry = await startMockRegistry({ auth: 'token', users });
  await seedImage(registry.store, 'team/ab');
  await seedBlobs(registry.store, 'dev/app');
  const spoof = sampleManifest({
    subject: imageDescriptor,
    artifactType: 'application/vnd.example.signature',
  });
  const put = (user: string, repository: string, actions: readonly string[]) =>
    withToken(
      registry,
      user,
      { [repository]: actions },
      {
        method: 'PUT',
        path: `/v2/${repository}/manifests/${sha256(spoof)}`,
        body: spoof,
        headers: ociManifest,
      },
    );
  expect((await put('reader', 'team/ab', ['pull'])).status).toBe(401);
  expect((await put('dev', 'dev/app', ['pull', 'push'])).status).toBe(201);
  const list = await withToken(
    registry,
    'reader',
    { 'team/ab': ['pull'] },
    { path: `/v2/team/ab/referrers/${sha256(image)}` },
  );
  expect(list.json()).toMatchObject({ manifests: [] });
});

test('S40 a limit on referrers is answered as such, and never as an empty list', async () => {
  const pulls = { limit: 0, windowSeconds: 60, operation: 'referrers' as const };
  await using registry = await startMockRegistry({ host: { limits: { pulls } } });
  await seedImage(registry.store, 'a');
  const answer = await send({ port: registry.port, path: `/v2/a/referrers/${sha256(image)}` });
  expect([answer.status, answer.codes(), answer.headers['retry-after']]).toEqual([
    429,
    ['TOOMANYREQUESTS'],
    '60',
  ]);
  expect((await send({ port: registry.port, path: '/v2/a/manifests/v1' })).status).toBe(200);
});

test('S43 the registry has no address that controls it', async () => {
  await using registry = await startMockRegistry();
  await seedBlobs(registry.store, 'a');
  for (const path of [
    '/_faults',
    '/v2/_faults',
    '/_journal',
    '/admin',
    '/debug/pprof',
    '/metrics',
    `/blobs/${sha256(config)}`,
  ]) {
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect((await send({ port: registry.port, method, path })).status).toBe(404);
    }
  }
});
