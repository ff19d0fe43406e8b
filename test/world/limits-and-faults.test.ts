import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { type RunningRegistry, startRegistry } from '../../src/world/start-registry.js';
import type { WorldDocument } from '../../src/world/world-schema.js';

type RegistryDocument = NonNullable<WorldDocument['registries']>[number];

/** One open registry with an image, and what a test adds to it. */
const start = (more: Partial<RegistryDocument>): Promise<RunningRegistry> =>
  startRegistry({
    world: {
      registries: [
        {
          host: 'registry.example.com',
          auth: 'none',
          repositories: [{ name: 'team/app', tags: { v1: {} } }],
          ...more,
        },
      ],
    },
  });

const manifest = '/v2/team/app/manifests/v1';
const uploads = '/v2/team/app/blobs/uploads/';

async function ask(registry: RunningRegistry, path: string, init?: RequestInit) {
  const answer = await fetch(registry.url + path, init);
  const text = await answer.text();
  const code = text.startsWith('{') ? JSON.parse(text).errors?.[0]?.code : undefined;
  return { status: answer.status, headers: answer.headers, code, text };
}

const pushBlob = async (registry: RunningRegistry, bytes: string) => {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return ask(registry, `${uploads}?digest=${digest}`, { method: 'POST', body: bytes });
};

test('limits.manifestBytes bounds manifests', async () => {
  await using registry = await start({ limits: { manifestBytes: 100 } });
  const headers = { 'content-type': 'application/vnd.oci.image.index.v1+json' };
  const answer = await ask(registry, manifest, { method: 'PUT', headers, body: 'x'.repeat(101) });
  expect(answer.status).toBe(413);
});

test('limits.blobBytes bounds blobs', async () => {
  await using registry = await start({ limits: { blobBytes: 10 } });
  expect((await pushBlob(registry, '0123456789')).status).toBe(201);
  expect((await pushBlob(registry, '0123456789a')).status).toBe(413);
});

test('limits.openUploads bounds what one user has open', async () => {
  await using registry = await start({ limits: { openUploads: 2 } });
  const open = async () => (await ask(registry, uploads, { method: 'POST' })).status;
  expect([await open(), await open(), await open()]).toEqual([202, 202, 429]);
});

test('limits.pulls counts as Docker Hub does, and says so in its headers', async () => {
  await using registry = await start({ limits: { pulls: { limit: 1, repository: 'team/*' } } });
  expect((await ask(registry, manifest, { method: 'HEAD' })).status).toBe(200);
  const first = await ask(registry, manifest);
  expect([first.status, first.headers.get('ratelimit-remaining')]).toEqual([200, '0;w=21600']);
  const second = await ask(registry, manifest);
  expect([second.status, second.code]).toEqual([429, 'TOOMANYREQUESTS']);
});

test('limits.pulls may count each repository by itself, or referrers, and answer in plain text', async () => {
  const pulls = { limit: 0, perRepository: true, operation: 'referrers', answer: 'plain' } as const;
  await using registry = await start({ limits: { pulls } });
  expect((await ask(registry, manifest)).status).toBe(200);
  const refused = await ask(registry, `/v2/team/app/referrers/sha256:${'0'.repeat(64)}`);
  expect([refused.status, refused.code]).toEqual([429, undefined]);
});

test('limits.logins throttles by account and address', async () => {
  await using registry = await start({
    auth: 'basic',
    users: [{ name: 'alice', password: 'alice-password' }],
    limits: { logins: { failures: 2 } },
  });
  const login = async (password: string) => {
    const headers = { authorization: `Basic ${btoa(`alice:${password}`)}` };
    const { status, headers: answered } = await ask(registry, '/v2/', { headers });
    return [status, answered.has('retry-after')];
  };
  expect(await login('wrong')).toEqual([401, false]);
  expect(await login('wrong')).toEqual([401, false]);
  expect(await login('alice-password')).toEqual([429, true]);
});

test('limits.slowBody gives up a body that trickles', async () => {
  await using registry = await start({ limits: { slowBody: { windowSeconds: 1, minBytes: 10 } } });
  const { headers } = await ask(registry, uploads, { method: 'POST' });
  const socket = connect(registry.port, registry.host);
  socket.on('error', () => undefined);
  socket.write(`PATCH ${headers.get('location')} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nab`);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await once(socket, 'close');
  expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 408 /);
});

test.each([
  [{ status: 503, retryAfterSeconds: 7, operation: 'manifest' as const }, 503],
  [{ status: 429 }, 429],
  [{ kind: 'status' as const, code: 'DENIED' as const, status: 403, message: 'not today' }, 403],
])('a fault %j is the answer, as often as it says', async (fault, status) => {
  await using registry = await start({ faults: [{ ...fault, times: 1 }] });
  const struck = await ask(registry, manifest);
  expect(struck.status).toBe(status);
  if ('message' in fault) expect(struck.text).toContain('not today');
  if ('retryAfterSeconds' in fault) expect(struck.headers.get('retry-after')).toBe('7');
  expect((await ask(registry, manifest)).status).toBe(200);
  expect(registry.requests.map((entry) => entry.fault)).toEqual(['fault-1', undefined]);
});

test('a fault spares other operations, methods and repositories, and those before it', async () => {
  const fault = {
    status: 500,
    operation: 'manifest' as const,
    method: 'GET',
    repository: 'team/app',
    after: 1,
  };
  await using registry = await start({ faults: [fault] });
  const statuses = [];
  for (const [method, path] of [
    ['HEAD', manifest],
    ['GET', '/v2/team/app/tags/list'],
    ['GET', '/v2/team/other/manifests/v1'],
    ['GET', manifest],
    ['GET', manifest],
  ] as const)
    statuses.push((await ask(registry, path, { method })).status);
  expect(statuses).toEqual([200, 200, 404, 200, 500]);
});

test('wrong-digest and short-body spoil what is sent', async () => {
  await using registry = await start({
    faults: [
      { kind: 'wrong-digest', operation: 'manifest', times: 1 },
      { kind: 'short-body', bytes: 5, operation: 'manifest', after: 0, times: 1 },
    ],
  });
  const wrong = await fetch(registry.url + manifest);
  const bytes = Buffer.from(await wrong.arrayBuffer());
  const actual = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  expect(wrong.headers.get('docker-content-digest')).not.toBe(actual);
  await expect(fetch(registry.url + manifest).then((answer) => answer.text())).rejects.toThrow();
});

test('cut ends the connection without an answer', async () => {
  await using registry = await start({ faults: [{ kind: 'cut', times: 1 }] });
  await expect(fetch(registry.url + manifest)).rejects.toThrow();
  expect((await ask(registry, manifest)).status).toBe(200);
});

test('a fault of the token endpoint strikes there alone', async () => {
  await using registry = await start({ auth: 'token', faults: [{ operation: 'token', status: 403 }] });
  expect((await ask(registry, '/token?service=registry.example.com')).status).toBe(403);
  expect((await ask(registry, manifest)).status).toBe(401);
});

test.each([{ kind: 'expired-token' as const }, { kind: 'clock-skew' as const, seconds: 3600 }])(
  'under %j a good token is invalid',
  async (fault) => {
    await using registry = await start({
      auth: 'token',
      repositories: [{ name: 'team/app', visibility: 'public', tags: { v1: {} } }],
      faults: [{ ...fault, times: 1 }],
    });
    const query = 'service=registry.example.com&scope=repository:team/app:pull';
    const { token } = JSON.parse((await ask(registry, `/token?${query}`)).text);
    const headers = { authorization: `Bearer ${token}` };
    const struck = await ask(registry, manifest, { headers });
    expect(struck.status).toBe(401);
    expect(struck.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect((await ask(registry, manifest, { headers })).status).toBe(200);
  },
);
