import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readBundle } from '../../src/access/certificate-chain.js';
import { generateSigningKey } from '../../src/access/signing-key.js';
import { createTokenVerifier } from '../../src/access/token-verifier.js';
import {
  type RunningTokenServer,
  serveTokens,
  type TokenServerOptions,
} from '../../src/world/serve-tokens.js';
import { worldFromObject } from '../../src/world/world-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const users = [{ name: 'alice', password: 'alice-password' }];
const world = (folder: string) =>
  worldFromObject(
    {
      registries: [
        { host: 'a.example.com:5000', users, limits: { logins: { failures: 1 } } },
        { host: 'b.example.com', users, signingKey: 'own/key.pem', layout: 'content' },
      ],
    },
    folder,
  );

const start = (folder: string, options: Partial<TokenServerOptions> = {}) =>
  serveTokens(world(folder), { state: join(folder, 'state'), ...options });

async function login(server: RunningTokenServer, service: string, password = 'alice-password') {
  const scope = 'repository:team/app:pull';
  const answer = await fetch(`${server.url}/token?${new URLSearchParams({ service, scope })}`, {
    headers: { authorization: `Basic ${btoa(`alice:${password}`)}` },
  });
  return { status: answer.status, body: (await answer.json()) as { token: string } };
}

const headerOf = (token: string) => JSON.parse(atob(token.split('.')[0] ?? '')) as object;

test('says what each registry needs, and its tokens are good for that registry alone', async () => {
  await using folder = await temporaryFolder();
  await using server = await start(folder.path, { publicUrl: 'https://auth.example.com' });
  expect(server.services).toMatchObject([
    { host: 'a.example.com:5000', realm: 'https://auth.example.com/token', service: 'a.example.com:5000' },
    { host: 'b.example.com', realm: 'https://auth.example.com/token', service: 'b.example.com' },
  ]);
  const verifiers = server.services.map(({ service, issuer, bundleFile = '' }) => {
    const roots = readBundle(readFileSync(bundleFile, 'utf8'));
    return createTokenVerifier({ issuer, service, roots, keys: [] });
  });
  for (const [index, { service }] of server.services.entries()) {
    const { body } = await login(server, service);
    expect(verifiers.map((verify) => verify(body.token, new Date()).ok)).toEqual([index === 0, index === 1]);
  }
});

test('opens no content and writes only what it says', async () => {
  await using folder = await temporaryFolder();
  await using _ = await start(folder.path);
  expect(existsSync(join(folder.path, 'content'))).toBe(false);
  const state = join(folder.path, 'state');
  expect(readdirSync(state, { recursive: true }).sort()).toEqual([
    'a.example.com_5000',
    'a.example.com_5000/jwks.json',
    'a.example.com_5000/token.crt',
    'b.example.com',
    'b.example.com/jwks.json',
    'b.example.com/token.crt',
    'signing-key.pem',
  ]);
  expect([state, join(state, 'signing-key.pem')].map((file) => statSync(file).mode & 0o777)).toEqual([
    0o700, 0o600,
  ]);
  for (const file of ['a.example.com_5000/jwks.json', 'a.example.com_5000/token.crt'])
    expect(readFileSync(join(state, file), 'utf8')).not.toMatch(/PRIVATE|"d"/);
});

test.each([
  [undefined, ['alg', 'kid', 'typ', 'x5c']],
  ['key-id', ['alg', 'kid', 'typ']],
] as const)('with header form %s tokens name their key by %j', async (header, members) => {
  await using folder = await temporaryFolder();
  await using server = await start(folder.path, header ? { header } : {});
  const { body } = await login(server, 'b.example.com');
  expect(Object.keys(headerOf(body.token)).sort()).toEqual(members);
});

test('publishes every key once, and nothing else but tokens', async () => {
  await using folder = await temporaryFolder();
  await using server = await start(folder.path);
  const { keys } = (await (await fetch(server.jwksUrl)).json()) as { keys: { kid: string }[] };
  const { body } = await login(server, 'b.example.com');
  expect(keys.map(({ kid }) => kid)).toContain((headerOf(body.token) as { kid: string }).kid);
  expect(new Set(keys.map(({ kid }) => kid)).size).toBe(4);
  for (const path of ['/', '/v2/', '/token/', '/tokens', '/.well-known/jwks.json/'])
    expect((await fetch(server.url + path)).status, path).toBe(404);
});

test('keeps its key over a restart, and forgets refresh tokens that expired', async () => {
  await using folder = await temporaryFolder();
  const refresh = join(folder.path, 'state/refresh-tokens');
  const first = await (async () => {
    await using server = await start(folder.path);
    const form = {
      grant_type: 'password',
      service: 'a.example.com:5000',
      client_id: 'test',
      access_type: 'offline',
    };
    const body = new URLSearchParams({ ...form, username: 'alice', password: 'alice-password' });
    expect((await fetch(`${server.url}/token`, { method: 'POST', body })).status).toBe(200);
    return await (await fetch(server.jwksUrl)).text();
  })();
  expect(readdirSync(refresh)).toHaveLength(1);
  const inAYear = new Date(Date.now() + 365 * 86_400_000);
  await using server = await start(folder.path, { now: () => inAYear });
  expect(await (await fetch(server.jwksUrl)).text()).toBe(first);
  expect(readdirSync(refresh)).toHaveLength(0);
});

test('throttles logins where the world says so', async () => {
  await using folder = await temporaryFolder();
  await using server = await start(folder.path);
  const statuses = async (service: string) => [
    (await login(server, service, 'wrong')).status,
    (await login(server, service)).status,
  ];
  expect(await statuses('a.example.com:5000')).toEqual([401, 429]);
  expect(await statuses('b.example.com')).toEqual([401, 200]);
});

test('a key file without a certificate needs no bundle: it has none', async () => {
  await using folder = await temporaryFolder();
  const { privateKey } = generateSigningKey('RS256', {
    now: new Date(),
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
  });
  const file = join(folder.path, 'bare.pem');
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const one = worldFromObject({ registries: [{ host: 'c.example.com', users, signingKey: file }] });
  await using server = await serveTokens(one, { state: join(folder.path, 'state') });
  expect(server.services).toMatchObject([{ algorithm: 'RS256', bundleFile: undefined }]);
});
