import { expect, test } from 'vitest';
import { checkInputs } from '../../src/world/check.js';
import { serveWorld } from '../../src/world/start-registry.js';
import { worldFromObject } from '../../src/world/world-file.js';

const world = worldFromObject({
  registries: [
    {
      host: 'registry.example.com',
      auth: 'basic',
      users: [{ name: 'ci', password: 'ci-password' }],
      access: [{ users: ['ci'], repositories: ['team/**'], actions: ['pull', 'delete'] }],
      repositories: [{ name: 'team/app', tags: { '1.0': {} } }],
    },
  ],
});

const start = () => serveWorld(world, {});
type Served = Awaited<ReturnType<typeof start>>;

const ask = async (served: Served, path: string, user = 'ci', method = 'GET') => {
  const authorization = `Basic ${Buffer.from(`${user}:${user}-password`).toString('base64')}`;
  const answer = await fetch(`${served.url}/v2/${path}`, { method, headers: { authorization } });
  await answer.arrayBuffer();
  return answer;
};
const statusOf = async (...args: Parameters<typeof ask>) => (await ask(...args)).status;

test('a tag is there once it was added, beside those that were, until the reset', async () => {
  await using served = await start();
  expect(await statusOf(served, 'team/app/manifests/2.0')).toBe(404);
  served.add({ repositories: [{ name: 'team/app', tags: { '2.0': {} } }] });
  expect(await statusOf(served, 'team/app/manifests/2.0')).toBe(200);
  expect(await statusOf(served, 'team/app/manifests/1.0')).toBe(200);
  await served.reset();
  expect(await statusOf(served, 'team/app/manifests/2.0')).toBe(404);
});

test('a repository stays public when only tags are added', async () => {
  await using served = await start();
  served.add({ repositories: [{ name: 'open', visibility: 'public', tags: { v1: {} } }] });
  served.add({ repositories: [{ name: 'open', tags: { v2: {} } }] });
  expect((await fetch(`${served.url}/v2/open/manifests/v2`)).status).toBe(200);
  expect((await fetch(`${served.url}/v2/team/app/manifests/1.0`)).status).toBe(401);
});

test('a tag that a client deleted stays away, unless it is added anew', async () => {
  await using served = await start();
  const digest = (await ask(served, 'team/app/manifests/1.0')).headers.get('docker-content-digest');
  expect(await statusOf(served, `team/app/manifests/${digest}`, 'ci', 'DELETE')).toBe(202);
  served.add({ repositories: [{ name: 'team/other', tags: { '1.0': {} } }] });
  expect(await statusOf(served, 'team/app/manifests/1.0')).toBe(404);
  served.add({ repositories: [{ name: 'team/app', tags: { '1.0': {} } }] });
  expect(await statusOf(served, 'team/app/manifests/1.0')).toBe(200);
});

test('a user who was added may do what a rule lets them, and is out after being disabled', async () => {
  await using served = await start();
  expect(await statusOf(served, 'team/app/manifests/1.0', 'new')).toBe(401);
  served.add({ users: [{ name: 'new', password: 'new-password' }] });
  expect(await statusOf(served, 'team/app/manifests/1.0', 'new')).toBe(401);
  expect(served.requests.at(-1)).toMatchObject({ identity: 'new', decision: 'refuse' });
  served.add({ access: [{ users: ['new'], repositories: ['team/app'], actions: ['pull'] }] });
  expect(await statusOf(served, 'team/app/manifests/1.0', 'new')).toBe(200);
  expect(served.dockerConfigJson('new')).toContain('registry.example.com');
  served.add({ users: [{ name: 'new', password: 'new-password', disabled: true }] });
  expect(await statusOf(served, 'team/app/manifests/1.0', 'new')).toBe(401);
});

test('an addition that cannot be is refused in whole', async () => {
  await using served = await start();
  expect(() =>
    served.add({
      repositories: [{ name: 'team/new', tags: { v1: {} } }],
      access: [{ users: ['nobody'], repositories: ['**'], actions: ['pull'] }],
    }),
  ).toThrow('access[1].users[0]: there is no user "nobody"');
  expect(() => served.add({ users: [{ name: 'x' }] })).toThrow('user "x" needs "password"');
  expect(() => served.add({}, 'elsewhere.example.com')).toThrow('the world has no registry "elsewhere');
  expect(served.world().registries[0]?.repositories.map(({ name }) => name)).toEqual(['team/app']);
});

const pod = (image: string) => ({
  file: 'manifests',
  object: {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image }] },
  },
});
const verdict = async (served: Served, image: string) => {
  const report = await checkInputs([pod(image)], served.world(), { now: new Date('2026-11-23T10:00:00Z') });
  return report.pods[0]?.images[0]?.verdict;
};

test('a check of the served world sees what clients deleted, what was added and what was ordered', async () => {
  await using served = await start();
  served.add({ repositories: [{ name: 'open/app', visibility: 'public', tags: { v1: {}, v2: {} } }] });
  expect(await verdict(served, 'registry.example.com/open/app:v1')).toBe('pulled');
  served.add({ access: [{ users: ['ci'], repositories: ['open/**'], actions: ['*'] }] });
  const digest = (await ask(served, 'open/app/manifests/v1')).headers.get('docker-content-digest');
  expect(await statusOf(served, `open/app/manifests/${digest}`, 'ci', 'DELETE')).toBe(202);
  expect(await verdict(served, 'registry.example.com/open/app:v1')).toBe('failed');
  expect(await verdict(served, 'registry.example.com/open/app:v2')).toBe('pulled');
  served.fault({ operation: 'manifest', status: 503 });
  expect(await statusOf(served, 'open/app/manifests/v2')).toBe(503);
  expect(await verdict(served, 'registry.example.com/open/app:v2')).toBe('failed');
  served.clearFaults();
  expect(await statusOf(served, 'open/app/manifests/v2')).toBe(200);
  expect(await verdict(served, 'registry.example.com/open/app:v2')).toBe('pulled');
});

test('a check of the served world sees what clients pushed, and leaves no trace in it', async () => {
  await using served = await start();
  served.add({
    access: [{ users: ['ci'], repositories: ['open/**'], actions: ['*'] }],
    repositories: [{ name: 'open/app', visibility: 'public', tags: { v1: {} } }],
  });
  const authorization = `Basic ${Buffer.from('ci:ci-password').toString('base64')}`;
  const source = await fetch(`${served.url}/v2/open/app/manifests/v1`, { headers: { authorization } });
  const type = source.headers.get('content-type') ?? '';
  expect(await verdict(served, 'registry.example.com/open/app:pushed')).toBe('failed');
  const pushed = await fetch(`${served.url}/v2/open/app/manifests/pushed`, {
    method: 'PUT',
    headers: { authorization, 'content-type': type },
    body: await source.text(),
  });
  expect(pushed.status).toBe(201);
  const before = served.requests.length;
  expect(await verdict(served, 'registry.example.com/open/app:pushed')).toBe('pulled');
  expect(served.requests.length).toBe(before);
});
