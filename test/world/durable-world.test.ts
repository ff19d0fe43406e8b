import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLayoutStore } from '../../src/registry/layout-store.js';
import { check } from '../../src/world/check.js';
import { type RunningRegistry, startRegistry } from '../../src/world/start-registry.js';
import { parseWorld, WorldError } from '../../src/world/world-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const worldText = (keys: string) => `apiVersion: pullsim/v1
kind: World
registries:
  - host: registry.example.com
    users: [{ name: alice, password: alice-password }]
    repositories:
      - { name: team/app, tags: { v1: {} } }
${keys}`;

async function tokenOf(registry: RunningRegistry, scope: string): Promise<string> {
  const query = new URLSearchParams({ service: 'registry.example.com', scope });
  const answer = await fetch(`${registry.url}/token?${query}`, {
    headers: { authorization: `Basic ${btoa('alice:alice-password')}` },
  });
  return ((await answer.json()) as { token: string }).token;
}

async function push(registry: RunningRegistry, tag: string): Promise<string> {
  const authorization = `Bearer ${await tokenOf(registry, 'repository:team/app:pull,push')}`;
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [],
  });
  const pushed = await fetch(`${registry.url}/v2/team/app/manifests/${tag}`, {
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/vnd.oci.image.index.v1+json' },
    body: index,
  });
  expect(pushed.status).toBe(201);
  return pushed.headers.get('docker-content-digest') ?? '';
}

async function digestOf(registry: RunningRegistry, tag: string): Promise<string | null> {
  const authorization = `Bearer ${await tokenOf(registry, 'repository:team/app:pull')}`;
  const found = await fetch(`${registry.url}/v2/team/app/manifests/${tag}`, {
    method: 'HEAD',
    headers: { authorization },
  });
  return found.status === 200 ? found.headers.get('docker-content-digest') : null;
}

test('what is pushed to a layout is there after a restart, and declared images fill in only what is absent', async () => {
  await using folder = await temporaryFolder();
  const world = parseWorld(worldText('    layout: content\n'), join(folder.path, 'w.yaml'));
  const [pushedV1, pushedV2] = await (async () => {
    await using registry = await startRegistry({ world });
    return [await push(registry, 'v1'), await push(registry, 'v2')];
  })();
  await using registry = await startRegistry({ world });
  expect(await digestOf(registry, 'v1')).toBe(pushedV1);
  expect(await digestOf(registry, 'v2')).toBe(pushedV2);
  expect(await digestOf(registry, 'v3')).toBeNull();
});

test('declared images are put into an empty layout when they are asked for', async () => {
  await using folder = await temporaryFolder();
  const world = parseWorld(worldText('    layout: content\n'), join(folder.path, 'w.yaml'));
  await using registry = await startRegistry({ world });
  const digest = await digestOf(registry, 'v1');
  const index = JSON.parse(readFileSync(join(folder.path, 'content/team/app/index.json'), 'utf8'));
  expect(index.manifests.map((manifest: { digest: string }) => manifest.digest)).toContain(digest);
});

test('a second server on the same layout is refused, and leaves nothing open', async () => {
  await using folder = await temporaryFolder();
  const world = parseWorld(worldText('    layout: content\n'), join(folder.path, 'w.yaml'));
  await using _ = await startRegistry({ world });
  await expect(startRegistry({ world })).rejects.toThrow(/serves this folder already/);
});

test('check sees what was pushed to a layout, also while it is served, and leaves no trace', async () => {
  await using folder = await temporaryFolder();
  const world = parseWorld(worldText('    layout: content\n'), join(folder.path, 'w.yaml'));
  const store = await openLayoutStore(join(folder.path, 'content'));
  await using registry = await startRegistry({ world: parseWorld(worldText(''), 'w.yaml') });
  void registry;
  const auth = { auths: { 'registry.example.com': { username: 'alice', password: 'alice-password' } } };
  const manifests = [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'regcred' },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': btoa(JSON.stringify(auth)) },
    },
    ...['v1', 'v2'].map((tag) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `pod-${tag}` },
      spec: {
        imagePullSecrets: [{ name: 'regcred' }],
        containers: [{ name: 'app', image: `registry.example.com/team/app:${tag}` }],
      },
    })),
  ];
  const verdicts = async () =>
    (await check({ manifests, world })).pods.map(({ images }) => images[0]?.verdict);
  expect(await verdicts()).toEqual(['pulled', 'failed']);
  expect(await store.listRepositories()).toEqual([]);
  await store.close();
});

test('tokens are signed with the key file, which is made when it is missing, and its keys are published', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'keys/token.pem');
  const world = parseWorld(worldText('    signingKey: keys/token.pem\n'), join(folder.path, 'w.yaml'));
  const kidOf = (token: string) => JSON.parse(atob(token.split('.')[0] ?? '')).kid as string;
  const run = async () => {
    await using registry = await startRegistry({ world });
    const answer = await fetch(`${registry.url}/.well-known/jwks.json`);
    expect(answer.headers.get('content-type')).toBe('application/jwk-set+json');
    const { keys } = (await answer.json()) as { keys: { kid: string; d?: string }[] };
    expect(keys.some(({ d }) => d !== undefined)).toBe(false);
    const kid = kidOf(await tokenOf(registry, 'repository:team/app:pull'));
    expect(keys.map((key) => key.kid)).toContain(kid);
    return kid;
  };
  const first = await run();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await run()).toBe(first);
});

test.each([
  ['signingKey: key.pem', 'registries[0].signingKey: it holds no private key that can be read'],
  ['htpasswd: users', 'registries[0].htpasswd: users:2: expected "name:bcrypt-hash"'],
  ['layout: users', 'registries[0].layout: "users" is no folder'],
  ['{ auth: basic, signingKey: other.pem }', 'signs tokens'],
])('%s that cannot be used is a mistake with its place', async (line, says) => {
  await using folder = await temporaryFolder();
  mkdirSync(join(folder.path, 'content'));
  writeFileSync(join(folder.path, 'key.pem'), 'no key, but a-secret');
  writeFileSync(join(folder.path, 'users'), '# users\nnonsense\n');
  const keys = line.startsWith('{') ? '    auth: basic\n    signingKey: other.pem\n' : `    ${line}\n`;
  const file = join(folder.path, 'w.yaml');
  const read = () => parseWorld(worldText(keys), file);
  expect(read).toThrow(WorldError);
  expect(read).toThrow(says);
  expect(read).toThrow(/w\.yaml:[89]: /);
  expect(read).not.toThrow('a-secret');
});

test('two registries cannot keep their content in one folder, nor in each other', async () => {
  const text = (first: string, second: string) => `apiVersion: pullsim/v1
kind: World
registries:
  - { host: a.example.com, layout: ${first} }
  - { host: b.example.com, layout: ${second} }
`;
  for (const [first, second] of [
    ['content', './content/'],
    ['content', 'content/b'],
    ['content/a', 'content'],
  ] as const)
    expect(() => parseWorld(text(first, second), 'w.yaml')).toThrow(/w\.yaml:5: .*layout/);
  expect(parseWorld(text('content/a', 'content/ab'), 'w.yaml').registries).toHaveLength(2);
});
