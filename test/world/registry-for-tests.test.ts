import { describe, expect, test } from 'vitest';
import { pullImage } from '../../src/world/pull-image.js';
import { registryBuilder } from '../../src/world/registry-builder.js';
import { startRegistry } from '../../src/world/start-registry.js';
import { WorldError } from '../../src/world/world-file.js';

const builder = registryBuilder('registry.example.com')
  .withUser('ci', 'ci-password')
  .withUser('guest', 'guest-password')
  .withPublicRepository('tools/curl', { tags: ['8'] })
  .withPrivateRepository('team/app', { tags: ['1.0'], pull: ['ci'] })
  .withPrivateRepository('team/open', { tags: ['1.0'], platforms: ['linux/arm64'] });

const basic = (user: string) => `Basic ${Buffer.from(`${user}:${user}-password`).toString('base64')}`;

async function tokenFor(url: string, repository: string, user?: string): Promise<string> {
  const scope = `repository:${repository}:pull`;
  const answer = await fetch(`${url}/token?service=registry.example.com&scope=${scope}`, {
    headers: user === undefined ? {} : { authorization: basic(user) },
  });
  return ((await answer.json()) as { token: string }).token;
}

async function manifest(url: string, repository: string, tag: string, user?: string): Promise<number> {
  const authorization = `Bearer ${await tokenFor(url, repository, user)}`;
  return (await fetch(`${url}/v2/${repository}/manifests/${tag}`, { headers: { authorization } })).status;
}

describe('a registry for tests', () => {
  test('is described step by step, and each description stands for itself', async () => {
    const other = builder.withPublicRepository('tools/jq');
    expect(builder.world().registries?.[0]?.repositories).toHaveLength(3);
    expect(other.world().registries?.[0]?.repositories).toHaveLength(4);
    await using registry = await builder.start();
    expect(await manifest(registry.url, 'tools/curl', '8')).toBe(200);
    expect(await manifest(registry.url, 'team/app', '1.0')).toBe(401);
    expect(await manifest(registry.url, 'team/app', '1.0', 'ci')).toBe(200);
    expect(await manifest(registry.url, 'team/app', '1.0', 'guest')).toBe(401);
    expect(await manifest(registry.url, 'team/open', '1.0', 'guest')).toBe(200);
  });

  test('writes pull secrets and docker configs as kubectl does', async () => {
    await using registry = await builder.start();
    const config = {
      auths: {
        'registry.example.com': {
          username: 'ci',
          password: 'ci-password',
          auth: Buffer.from('ci:ci-password').toString('base64'),
        },
      },
    };
    expect(JSON.parse(registry.dockerConfigJson('ci'))).toEqual(config);
    const secret = registry.pullSecret('ci', { name: 'mine', namespace: 'shop' });
    expect(secret).toMatchObject({
      kind: 'Secret',
      metadata: { name: 'mine', namespace: 'shop' },
      type: 'kubernetes.io/dockerconfigjson',
    });
    expect(JSON.parse(Buffer.from(secret.data['.dockerconfigjson'], 'base64').toString())).toEqual(config);
    const live = JSON.parse(registry.dockerConfigJson('ci', { server: registry.address }));
    expect(Object.keys(live.auths)).toEqual([`127.0.0.1:${registry.port}`]);
    expect(() => registry.pullSecret('nobody')).toThrow('no registry of the world has a user "nobody"');
  });

  test('makes no secret from a hash', async () => {
    const passwordHash = '$2b$04$abcdefghijklmnopqrstuuMJ0Q8yB0cJ3vI5yqz0Yl4Zl7n0XyQ1e';
    const hashed = builder.with({ users: [{ name: 'ci', passwordHash }], access: [] });
    await using registry = await hashed.start();
    expect(() => registry.pullSecret('ci')).toThrow(/only a hash .* is known/);
  });

  test('fails as ordered, at the registry and at its token endpoint', async () => {
    await using registry = await builder.start();
    registry.fault({ operation: 'manifest', status: 503, times: 1 });
    expect(await manifest(registry.url, 'tools/curl', '8')).toBe(503);
    expect(await manifest(registry.url, 'tools/curl', '8')).toBe(200);
    registry.fault({ operation: 'token', status: 500, times: 1 }, 'registry.example.com');
    expect((await fetch(`${registry.url}/token?service=registry.example.com`)).status).toBe(500);
    expect((await fetch(`${registry.url}/token?service=registry.example.com`)).status).toBe(200);
    expect(() => registry.fault({ status: 500 }, 'quay.io')).toThrow('the world has no registry "quay.io"');
  });

  test('goes back to the start: requests, faults, pushed content and tokens are gone', async () => {
    const open = registryBuilder('open.example.com').with({ auth: 'none' });
    await using registry = await open.start();
    const started = await fetch(`${registry.url}/v2/a/blobs/uploads/`, { method: 'POST' });
    const digest = `sha256:${'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}`;
    const to = new URL(started.headers.get('location') ?? '', registry.url);
    to.searchParams.set('digest', digest);
    expect((await fetch(to, { method: 'PUT' })).status).toBe(201);
    const blob = () => fetch(`${registry.url}/v2/a/blobs/${digest}`);
    expect((await blob()).status).toBe(200);
    registry.fault({ status: 503 });
    expect((await blob()).status).toBe(503);
    await registry.reset();
    expect(registry.requests).toEqual([]);
    expect((await blob()).status).toBe(404);
    expect(registry.requests).toHaveLength(1);
  });

  test('two of them share nothing', async () => {
    await using one = await builder.start();
    await using other = await builder.start();
    one.fault({ status: 503 });
    expect((await fetch(`${one.url}/v2/`)).status).toBe(503);
    expect((await fetch(`${other.url}/v2/`)).status).toBe(401);
    expect(other.requests).toHaveLength(1);
    const token = await tokenFor(one.url, 'team/app', 'ci');
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${other.url}/v2/team/app/manifests/1.0`, { headers })).status).toBe(401);
  });

  test('serves a pull by its port', async () => {
    await using registry = await builder.start();
    const result = await pullImage(`${registry.address}/team/app:1.0`, {
      auth: { username: 'ci', password: 'ci-password' },
    });
    expect(result.ok).toBe(true);
  });

  test('a description with mistakes does not start', async () => {
    await expect(builder.withPublicRepository('Upper/Case').start()).rejects.toThrow(WorldError);
    await expect(startRegistry({ world: 'no-such-file.yaml' })).rejects.toThrow();
  });
});
