import { expect, test } from 'vitest';
import { pullImage } from '../../src/world/pull-image.js';
import { startRegistry } from '../../src/world/start-registry.js';

const world = {
  registries: [
    {
      host: 'docker.io',
      users: [{ name: 'acme-ci', password: 'hub-access-token' }],
      repositories: [
        { name: 'library/nginx', visibility: 'public' as const, tags: { latest: {} } },
        { name: 'acme/payments', tags: { '1.4': {} } },
      ],
    },
  ],
};

test('a public image is pulled without credentials, by tag, index, manifest, config and layer', async () => {
  await using registry = await startRegistry({ world });
  const pull = await pullImage('nginx', { hosts: { 'docker.io': registry.url } });
  expect(pull).toMatchObject({ ok: true, reference: 'docker.io/library/nginx:latest' });
  expect(pull.exchanges.map(({ method, status }) => `${method} ${status}`)).toEqual([
    'HEAD 401',
    'GET 200',
    'HEAD 200',
    // containerd's transfer service authorises resolving and fetching apart.
    'GET 401',
    'GET 200',
    'GET 200',
    'GET 200',
    'GET 200',
    'GET 200',
  ]);
  expect(registry.requests.map(({ kind, identity }) => `${kind} ${identity}`)).toEqual([
    'manifest anonymous',
    'token anonymous',
    'manifest anonymous',
    'manifest anonymous',
    'token anonymous',
    'manifest anonymous',
    'manifest anonymous',
    'blob anonymous',
    'blob anonymous',
  ]);
});

test('a private image is refused without credentials, in the words of containerd', async () => {
  await using registry = await startRegistry({ world });
  const pull = await pullImage('acme/payments:1.4', { hosts: { 'docker.io': registry.url } });
  expect(pull).toMatchObject({
    ok: false,
    code: 'Unknown',
    failure: { kind: 'insufficient-scope', anonymous: true },
  });
  expect(pull.ok ? '' : pull.description).toBe(
    'failed to pull and unpack image "docker.io/acme/payments:1.4": failed to resolve image: ' +
      'pull access denied, repository does not exist or may require authorization: ' +
      'server message: insufficient_scope: authorization failed',
  );
});

test('a private image is pulled with credentials, which no trace repeats', async () => {
  await using registry = await startRegistry({ world });
  const auth = { username: 'acme-ci', password: 'hub-access-token' };
  const pull = await pullImage('acme/payments:1.4', { auth, hosts: { 'docker.io': registry.url } });
  expect(pull.ok).toBe(true);
  expect(JSON.stringify([pull, registry.requests])).not.toContain('hub-access-token');
});

test('an arm64 node gets its own image', async () => {
  await using registry = await startRegistry({ world });
  const hosts = { 'docker.io': registry.url };
  const [amd64, arm64] = await Promise.all([
    pullImage('nginx', { hosts }),
    pullImage('nginx', { hosts, platform: 'linux/arm64' }),
  ]);
  expect(amd64.ok && arm64.ok && amd64.digest === arm64.digest).toBe(true);
  expect(amd64.ok && arm64.ok && amd64.imageRef !== arm64.imageRef).toBe(true);
});

test('a host without an address is not found', async () => {
  const pull = await pullImage('gcr.io/app', { hosts: {} });
  expect(pull).toMatchObject({ ok: false, failure: { kind: 'no-such-host', host: 'gcr.io' } });
});

test.each(['containerd-2.3', 'containerd-1.7', 'containerd-1.6', 'cri-o'] as const)(
  '%s pulls from the mock, and is refused in its own words',
  async (runtime) => {
    await using registry = await startRegistry({ world });
    const hosts = { 'docker.io': registry.url };
    expect(await pullImage('nginx', { hosts, runtime })).toMatchObject({ ok: true });
    expect(await pullImage('acme/payments:1.4', { hosts, runtime })).toMatchObject({
      ok: false,
      code: 'Unknown',
    });
  },
);
