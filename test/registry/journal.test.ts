import { describe, expect, test } from 'vitest';
import { send } from '../support/http-exchange.js';
import { startMockRegistry } from '../support/mock-registry.js';
import { seedImage, sha256 } from '../support/sample-image.js';

describe('the journal', () => {
  test('has every exchange with who asked, what was decided, and why', async () => {
    const now = new Date('2026-01-02T03:04:05Z');
    await using registry = await startMockRegistry({ auth: 'token', now: () => now });
    await seedImage(registry.store);
    const { port } = registry;
    const headers = { authorization: `Bearer ${registry.token({ 'team/app': ['pull'] }, 'alice')}` };
    await send({ port, path: '/v2/team/app/manifests/v1' });
    await send({ port, path: '/v2/team/app/manifests/v1?ns=registry.example', headers });
    await send({ port, method: 'POST', path: '/v2/team/app/blobs/uploads/', headers });
    await send({ port, path: '/v2/team/app/tags/list', headers: { authorization: 'Bearer nonsense' } });
    await send({ port, path: '/nowhere' });
    const common = { at: now, registry: 'registry.example' };
    expect(registry.journal).toEqual([
      {
        ...common,
        kind: 'manifest',
        method: 'GET',
        url: '/v2/team/app/manifests/v1',
        status: 401,
        repository: 'team/app',
        identity: 'anonymous',
        authentication: 'none',
        decision: 'refuse',
        because: 'no bearer token came with the request',
        scope: 'repository:team/app:pull',
      },
      {
        ...common,
        kind: 'manifest',
        method: 'GET',
        url: '/v2/team/app/manifests/v1?ns=registry.example',
        status: 200,
        repository: 'team/app',
        identity: 'alice',
        authentication: 'bearer',
        decision: 'allow',
        because: 'the token grants pull on team/app',
      },
      {
        ...common,
        kind: 'upload',
        method: 'POST',
        url: '/v2/team/app/blobs/uploads/',
        status: 401,
        repository: 'team/app',
        identity: 'alice',
        authentication: 'bearer',
        decision: 'refuse',
        because: 'the token does not grant push on team/app',
        scope: 'repository:team/app:pull,push',
      },
      {
        ...common,
        kind: 'tags',
        method: 'GET',
        url: '/v2/team/app/tags/list',
        status: 401,
        repository: 'team/app',
        identity: 'unknown',
        authentication: 'bearer',
        decision: 'refuse',
        because: 'the token is not a JWT of three parts',
        scope: 'repository:team/app:pull',
      },
      {
        ...common,
        kind: 'other',
        method: 'GET',
        url: '/nowhere',
        status: 404,
        identity: 'unknown',
        authentication: 'none',
        decision: 'none',
        because: 'nothing was asked that needs a right',
      },
    ]);
  });

  test('S25: holds no password and no token, wherever a client puts them', async () => {
    const users = { users: [{ name: 'alice', password: 'canary-password' }] };
    await using registry = await startMockRegistry({ auth: 'basic', users });
    const { port } = registry;
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    const answers = [
      await send({ port, path: '/v2/', headers: basic('alice:canary-password') }),
      await send({ port, path: '/v2/', headers: basic('alice:canary-wrong') }),
      await send({ port, path: '/v2/', headers: { authorization: 'Bearer canary-token' } }),
      await send({
        port,
        path: '/v2/?password=canary-a&access_token=canary-b&refresh_token=canary-c&x=kept',
      }),
    ];
    const everything = JSON.stringify([
      registry.journal,
      answers.map(({ headers, text }) => [headers, text]),
    ]);
    expect(everything).not.toContain('canary');
    for (const secret of ['alice:canary-password', 'alice:canary-wrong']) {
      expect(everything).not.toContain(Buffer.from(secret).toString('base64').slice(0, 16));
    }
    expect(registry.journal.at(-1)?.url).toBe('/v2/?password=***&access_token=***&refresh_token=***&x=kept');
  });

  test('shortens a user name that is a token', async () => {
    await using registry = await startMockRegistry({ auth: 'token' });
    const jwt = `eyJhbGciOi.${'a'.repeat(20)}.c2ln`;
    const headers = { authorization: `Bearer ${registry.token({}, jwt)}` };
    await send({ port: registry.port, path: '/v2/', headers });
    expect(registry.journal[0]?.identity).toBe('eyJhbG…');
  });

  test('has what a bug answered, and the bug goes where it was asked to go', async () => {
    const errors: unknown[] = [];
    await using registry = await startMockRegistry({ onError: (error) => errors.push(error) });
    Object.assign(registry.store, {
      findManifest: () => {
        throw new Error('the disk at /secret/place is broken');
      },
      findBlob: () => Promise.reject(new Error('so is this')),
    });
    for (const path of ['/v2/a/manifests/v1', `/v2/a/blobs/${sha256('x')}`]) {
      const answer = await send({ port: registry.port, path });
      expect([answer.status, answer.text]).toEqual([
        500,
        '{"errors":[{"code":"UNKNOWN","message":"unknown error"}]}\n',
      ]);
    }
    expect(registry.journal.map(({ status }) => status)).toEqual([500, 500]);
    expect(errors.map(String)).toEqual(['Error: the disk at /secret/place is broken', 'Error: so is this']);
  });
});
