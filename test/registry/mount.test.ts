import { describe, expect, test } from 'vitest';
import { send } from '../support/http-exchange.js';
import { type MockRegistry, startMockRegistry } from '../support/mock-registry.js';
import { layer, seedBlobs, sha256 } from '../support/sample-image.js';

const digest = sha256(layer);
const access = [
  { users: ['alice'], repositories: ['own/*', 'shared/*'], actions: ['pull' as const, 'push' as const] },
];
const options = {
  auth: 'token' as const,
  users: { users: [{ name: 'alice', password: 'x' }], access },
};

const mount = (
  { port, token }: MockRegistry,
  query: string,
  rights: Readonly<Record<string, readonly string[]>>,
) =>
  send({
    port,
    method: 'POST',
    path: `/v2/own/app/blobs/uploads/?${query}`,
    headers: { authorization: `Bearer ${token(rights, 'alice')}` },
  });

describe('a blob is mounted from another repository', () => {
  test('when the token lets its bearer pull there', async () => {
    await using registry = await startMockRegistry(options);
    await seedBlobs(registry.store, 'shared/base');
    const rights = { 'own/app': ['pull', 'push'], 'shared/base': ['pull'] };
    const done = await mount(registry, `mount=${digest}&from=shared/base`, rights);
    expect([done.status, done.headers.location, done.headers['docker-content-digest']]).toEqual([
      201,
      `/v2/own/app/blobs/${digest}`,
      digest,
    ]);
    const authorization = `Bearer ${registry.token(rights)}`;
    const back = await send({
      port: registry.port,
      path: String(done.headers.location),
      headers: { authorization },
    });
    expect(back.body).toEqual(layer);
  });

  test('and a token without that right is sent back for one, if its user may have it', async () => {
    await using registry = await startMockRegistry(options);
    await seedBlobs(registry.store, 'shared/base');
    for (const from of ['shared/base', 'shared/missing']) {
      const answer = await mount(registry, `mount=${digest}&from=${from}`, { 'own/app': ['pull', 'push'] });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toContain(
        `scope="repository:own/app:pull,push repository:${from}:pull",error="insufficient_scope"`,
      );
    }
  });

  test('an anonymous push learns at once which two rights it needs', async () => {
    await using registry = await startMockRegistry(options);
    const path = `/v2/own/app/blobs/uploads/?mount=${digest}&from=shared/base`;
    const answer = await send({ port: registry.port, method: 'POST', path });
    expect(answer.headers['www-authenticate']).toMatch(
      /scope="repository:own\/app:pull,push repository:shared\/base:pull"$/,
    );
  });

  test.each([
    ['the user may not pull there', `mount=${digest}&from=private/app`],
    ['there is no such repository', `mount=${digest}&from=no/such`],
    ['it has no such blob', `mount=${sha256('x')}&from=own/other`],
    ['no repository is named', `mount=${digest}`],
    ['the name is none', `mount=${digest}&from=..%2Fprivate`],
    ['no blob is named', 'from=shared/base'],
  ])('when %s it becomes an upload, which works', async (_, query) => {
    await using registry = await startMockRegistry(options);
    await seedBlobs(registry.store, 'private/app');
    const rights = { 'own/app': ['pull', 'push'], 'own/other': ['pull'] };
    const answer = await mount(registry, query, rights);
    expect([answer.status, answer.headers['docker-content-digest'], answer.text]).toEqual([
      202,
      undefined,
      '',
    ]);
    const authorization = `Bearer ${registry.token(rights, 'alice')}`;
    const missing = await send({
      port: registry.port,
      path: `/v2/own/app/blobs/${digest}`,
      headers: { authorization },
    });
    expect(missing.status).toBe(404);
    const done = await send({
      port: registry.port,
      method: 'PUT',
      path: `${answer.headers.location}?digest=${digest}`,
      body: layer,
      headers: { authorization },
    });
    expect(done.status).toBe(201);
  });

  test('a digest that is none is refused', async () => {
    await using registry = await startMockRegistry(options);
    const answer = await mount(registry, 'mount=sha256:zz&from=no/such', { 'own/app': ['pull', 'push'] });
    expect([answer.status, answer.codes()]).toEqual([400, ['DIGEST_INVALID']]);
  });

  test('without tokens, whoever may pull there may mount', async () => {
    await using registry = await startMockRegistry();
    await seedBlobs(registry.store, 'a');
    const path = `/v2/b/blobs/uploads/?mount=${digest}&from=a&digest=${sha256('x')}`;
    expect((await send({ port: registry.port, method: 'POST', path })).status).toBe(201);
  });
});
