import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createMemoryRefreshStore } from '../../src/token/memory-refresh-store.js';
import type { RefreshStore } from '../../src/token/refresh-record.js';
import { createRefreshTokens } from '../../src/token/refresh-tokens.js';
import { type Parameters, startTokenServer, type TokenServer } from '../support/token-server.js';

const users = [
  { name: 'rw', password: 'pa:ss word&=+%' },
  { name: 'ro', password: 'x' },
];
const access = [
  { users: ['rw'], repositories: ['team/*'], actions: ['pull' as const, 'push' as const] },
  { users: ['ro'], repositories: ['team/*'], actions: ['pull' as const] },
];
const password = {
  grant_type: 'password',
  service: 'mock-registry',
  client_id: 'containerd-client',
  username: 'rw',
  password: 'pa:ss word&=+%',
  scope: 'repository:team/app:pull',
};
const without = (name: string): Parameters =>
  Object.fromEntries(Object.entries(password).filter(([field]) => field !== name));

describe('POST /token', () => {
  let server: TokenServer;
  beforeEach(async () => {
    server = await startTokenServer({ policy: { users, access } });
  });
  afterEach(() => server[Symbol.asyncDispose]());

  test('gives a token for a password', async () => {
    const answer = await server.post(password);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    expect(answer.json).toEqual({
      access_token: expect.any(String),
      scope: 'repository:team/app:pull',
      expires_in: 300,
      issued_at: '2026-06-01T12:00:00Z',
    });
    expect(answer.claims).toMatchObject({ sub: 'rw', aud: 'mock-registry' });
  });

  test('says which scopes were granted, and takes missing rights for no error', async () => {
    const scope = 'repository:team/app:pull,push,delete repository:foreign/x:pull registry:catalog:*';
    expect((await server.post({ ...password, scope })).json.scope).toBe('repository:team/app:pull,push');
    const nothing = await server.post({ ...password, scope: 'repository:foreign/x:pull' });
    expect(nothing.status).toBe(200);
    expect([nothing.json.scope, nothing.claims.access]).toEqual(['', []]);
    expect((await server.post(without('scope'))).json.scope).toBe('');
  });

  test.each([
    ['a wrong password', { ...password, password: 'wrong' }],
    ['an unknown user', { ...password, username: 'ghost' }],
  ])('answers %s with 401, so that containerd goes on to GET', async (_, form) => {
    const answer = await server.post(form);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Basic realm="mock-issuer"');
    expect(answer.json).toEqual({
      error: 'invalid_grant',
      error_description: 'incorrect username or password',
    });
  });

  test.each<[string, Parameters, string]>([
    ['no grant_type', without('grant_type'), 'invalid_request'],
    ['no service', without('service'), 'invalid_request'],
    ['no client_id', without('client_id'), 'invalid_request'],
    ['no username', without('username'), 'invalid_request'],
    ['no password', without('password'), 'invalid_request'],
    ['an unknown service', { ...password, service: 'evil' }, 'invalid_request'],
    ['a field given twice', { ...password, username: ['rw', 'ro'] }, 'invalid_request'],
    ['an unreadable scope', { ...password, scope: 'repository::pull' }, 'invalid_request'],
    ['the reserved grant', { ...password, grant_type: 'authorization_code' }, 'unsupported_grant_type'],
    ['a grant in upper case', { ...password, grant_type: 'PASSWORD' }, 'unsupported_grant_type'],
    [
      'a refresh grant without a token',
      { ...without('username'), grant_type: 'refresh_token' },
      'invalid_request',
    ],
  ])('refuses %s', async (_, form, error) => {
    const answer = await server.post(form);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error });
  });

  test('refuses a body that is no form', async () => {
    const json = await server.send('POST', '/token', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(password),
    });
    expect([json.status, json.json.error]).toEqual([400, 'invalid_request']);
    expect((await server.post(password, { headers: { 'content-type': '' } })).status).toBe(400);
    expect((await server.post(password, { headers: { 'content-encoding': 'gzip' } })).status).toBe(400);
  });

  test('reads the content type in any case and with parameters', async () => {
    const headers = { 'content-type': 'Application/X-WWW-Form-Urlencoded; charset=utf-8' };
    expect((await server.post(password, { headers })).status).toBe(200);
  });

  test('answers a form of 2 MB with 413', async () => {
    const answer = await server.post({ ...password, password: 'a'.repeat(2_000_000) });
    expect([answer.status, answer.json.error]).toEqual([413, 'invalid_request']);
  });

  test('stops listening to a form without an end', async () => {
    const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`;
    const answered = new Promise<string>((resolve) => {
      const socket = connect(server.port, '127.0.0.1');
      let text = '';
      socket.on('data', (data) => {
        text += data.toString();
        resolve(text);
        socket.destroy();
      });
      const write = () => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', write);
      socket.on('error', () => resolve(text));
      socket.write('POST /token HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n');
      write();
    });
    expect(await answered).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('does not read an Authorization header', async () => {
    expect((await server.post(without('username'), { basic: 'ro:x' })).status).toBe(400);
    expect((await server.post(password, { basic: 'ro:x' })).claims.sub).toBe('rw');
  });

  test('writes down the grant, and no secret', async () => {
    await server.post(password);
    expect(server.journal).toEqual([
      {
        at: server.clock.now,
        registry: 'registry.example',
        kind: 'token',
        method: 'POST',
        url: '/token',
        status: 200,
        identity: 'rw',
        authentication: 'password',
        decision: 'allow',
        because: 'access rule 1 lets "rw" pull team/app',
        scope: 'repository:team/app:pull',
      },
    ]);
  });

  test('a client that goes away in the middle of its form is written down and hurts nobody', async () => {
    const left = new Promise<void>((resolve) => {
      server.onJournal = () => resolve();
    });
    const socket = connect(server.port, '127.0.0.1', () => {
      socket.write('POST /token HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\ngrant', () =>
        socket.destroy(),
      );
    });
    await left;
    expect(server.journal).toMatchObject([{ because: 'the client went away before the end of its form' }]);
    expect((await server.post(password)).status).toBe(200);
  });
});

describe('a refresh token', () => {
  let server: TokenServer;
  let store: RefreshStore;
  beforeEach(async () => {
    store = createMemoryRefreshStore();
    const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
    const refreshTokens = createRefreshTokens({ store, random, lifetimeSeconds: 3600 });
    server = await startTokenServer({ policy: { users, access }, handler: { refreshTokens } });
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const obtain = async () => {
    const { json } = await server.post({ ...password, access_type: 'offline' });
    return String(json.refresh_token);
  };
  const use = (token: string, changes: Parameters = {}) =>
    server.post({
      grant_type: 'refresh_token',
      service: 'mock-registry',
      client_id: 'containerd-client',
      refresh_token: token,
      scope: 'repository:team/app:pull',
      ...changes,
    });

  test('comes only when it is asked for', async () => {
    expect((await server.post(password)).json).not.toHaveProperty('refresh_token');
    expect(await obtain()).toMatch(/^[\w-]{43}$/);
  });

  test('gives tokens again and again, for any scope, with the rights of its user', async () => {
    const token = await obtain();
    expect((await use(token)).claims).toMatchObject({ sub: 'rw', access: [{ actions: ['pull'] }] });
    const second = await use(token, { scope: 'repository:team/other:pull,delete' });
    expect(second.claims.access).toEqual([{ type: 'repository', name: 'team/other', actions: ['pull'] }]);
    expect(second.json).not.toHaveProperty('refresh_token');
  });

  test('from a GET that named no client is good for any client', async () => {
    const { json } = await server.get(
      { service: 'mock-registry', offline_token: 'true' },
      { basic: 'rw:pa:ss word&=+%' },
    );
    expect((await use(String(json.refresh_token), { client_id: 'anyone' })).status).toBe(200);
  });

  test('is replaced when a client asks for another, and the old one is then worth nothing', async () => {
    const token = await obtain();
    const rotated = String((await use(token, { access_type: 'offline' })).json.refresh_token);
    expect(rotated).not.toBe(token);
    expect((await use(rotated)).status).toBe(200);
  });

  test('that was replaced gives itself away: using it ends its successors too', async () => {
    const token = await obtain();
    const rotated = String((await use(token, { access_type: 'offline' })).json.refresh_token);
    expect((await use(token)).json.error).toBe('invalid_grant');
    expect((await use(rotated)).json.error).toBe('invalid_grant');
  });

  test('ends with its lifetime', async () => {
    const token = await obtain();
    server.clock.now = new Date(server.clock.now.getTime() + 3_599_000);
    expect((await use(token)).status).toBe(200);
    server.clock.now = new Date(server.clock.now.getTime() + 1000);
    expect((await use(token)).status).toBe(400);
  });

  test('is never stored itself', async () => {
    const token = await obtain();
    const kept = await store.list();
    expect(kept.map(({ hash }) => hash)).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(JSON.stringify(kept)).not.toContain(token);
  });
});

describe('refresh tokens', () => {
  const now = new Date('2026-06-01T12:00:00Z');
  const create = () =>
    createRefreshTokens({
      store: createMemoryRefreshStore(),
      random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    });
  const use = { service: 's', client: 'c' };

  test('of a user are revoked together, of one service or of all', async () => {
    const tokens = create();
    const issue = (user: string, service: string) => tokens.issue({ user, service, client: 'c' }, now);
    const [mine, elsewhere, other] = [
      await issue('ann', 's'),
      await issue('ann', 't'),
      await issue('ben', 's'),
    ];
    await tokens.revokeUser('ann', 's');
    expect((await tokens.find(mine, use, now)).ok).toBe(false);
    expect((await tokens.find(elsewhere, { service: 't', client: 'c' }, now)).ok).toBe(true);
    await tokens.revokeUser('ann');
    expect((await tokens.find(elsewhere, { service: 't', client: 'c' }, now)).ok).toBe(false);
    expect((await tokens.find(other, use, now)).ok).toBe(true);
  });

  test('that are revoked take those with them that replaced them', async () => {
    const tokens = create();
    const first = await tokens.issue({ user: 'ann', ...use }, now);
    const lookup = await tokens.find(first, use, now);
    const second = lookup.ok ? await lookup.found.rotate(now) : undefined;
    await tokens.revoke(first);
    expect((await tokens.find(String(second), use, now)).ok).toBe(false);
    await tokens.revoke('unknown');
  });

  test('that expired are forgotten on request', async () => {
    const store = createMemoryRefreshStore();
    const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
    const tokens = createRefreshTokens({ store, random, lifetimeSeconds: 60 });
    await tokens.issue({ user: 'old', service: 's' }, now);
    const later = new Date(now.getTime() + 60_000);
    await tokens.issue({ user: 'new', service: 's' }, later);
    await tokens.prune(later);
    expect((await store.list()).map(({ record }) => record.user)).toEqual(['new']);
  });

  test('are replaced by exactly one of several requests at once', async () => {
    const tokens = create();
    const token = await tokens.issue({ user: 'ann', ...use }, now);
    const lookups = await Promise.all([1, 2, 3].map(() => tokens.find(token, use, now)));
    const rotated = await Promise.all(
      lookups.map((lookup) => (lookup.ok ? lookup.found.rotate(now) : undefined)),
    );
    expect(rotated.filter((replacement) => replacement !== undefined)).toHaveLength(1);
  });
});

test.each([400, 403, 404, 405])(
  'a registry may answer POST with %i instead of serving it',
  async (status) => {
    await using server = await startTokenServer({ policy: { users }, handler: { postStatus: status } });
    const answer = await server.post(password);
    expect(answer.status).toBe(status);
    expect(answer.json).toHaveProperty('errors');
    expect(server.journal).toMatchObject([{ decision: 'none', because: 'POST is not served here' }]);
  },
);

test('a fault to order answers in place of the endpoint, and the journal names it', async () => {
  const reply = { status: 503, headers: { 'Retry-After': '1' }, body: '{"down":true}' };
  const faults = [{ id: 'outage', reply }, { id: 'slow' }];
  await using server = await startTokenServer({ handler: { fault: async () => faults.shift() } });
  const answer = await server.get({ service: 'mock-registry' });
  expect([answer.status, answer.headers['retry-after'], answer.json]).toEqual([503, '1', { down: true }]);
  expect((await server.get({ service: 'mock-registry' })).status).toBe(200);
  expect(server.journal).toMatchObject([
    { status: 503, fault: 'outage', decision: 'none' },
    { status: 200, fault: 'slow', decision: 'allow' },
  ]);
});
