import bcrypt from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { createAccessPolicy } from '../../src/access/access-policy.js';
import { createLoginThrottle } from '../../src/access/login-throttle.js';
import { bcryptCost } from '../../src/access/password.js';
import { createMemoryRefreshStore } from '../../src/token/memory-refresh-store.js';
import { createRefreshTokens } from '../../src/token/refresh-tokens.js';
import { startTokenServer } from '../support/token-server.js';

const service = 'mock-registry';
const hash = (password: string, cost = 4) => bcrypt.hashSync(password, cost);
const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

describe('S17 rights end with the account', () => {
  test('S17 a refresh token of an account that was disabled since gives nothing', async () => {
    const refreshTokens = createRefreshTokens({ store: createMemoryRefreshStore(), random });
    const account = { name: 'ann', password: 'x' };
    const refresh = (token: string) => ({
      grant_type: 'refresh_token',
      service,
      client_id: 'c',
      refresh_token: token,
      scope: 'repository:team/app:pull',
    });
    let token = '';
    {
      await using before = await startTokenServer({
        policy: { users: [account] },
        handler: { refreshTokens },
      });
      const form = { grant_type: 'password', service, client_id: 'c', username: 'ann', password: 'x' };
      token = String((await before.post({ ...form, access_type: 'offline' })).json.refresh_token);
      expect((await before.post(refresh(token))).status).toBe(200);
    }
    for (const users of [[{ ...account, disabled: true }], [{ ...account, expires: '2020-01-01' }], []]) {
      await using after = await startTokenServer({ policy: { users }, handler: { refreshTokens } });
      const answer = await after.post(refresh(token));
      expect([answer.status, answer.json.error]).toEqual([400, 'invalid_grant']);
    }
  });

  test('S17 rights are those of now, not those of the login', async () => {
    const refreshTokens = createRefreshTokens({ store: createMemoryRefreshStore(), random });
    const users = [{ name: 'ann', password: 'x' }];
    const token = await refreshTokens.issue(
      { user: 'ann', service, client: 'c' },
      new Date('2026-06-01T12:00:00Z'),
    );
    const rights = async (access: Parameters<typeof createAccessPolicy>[0]['access']) => {
      await using server = await startTokenServer({ policy: { users, access }, handler: { refreshTokens } });
      const form = { grant_type: 'refresh_token', service, client_id: 'c', refresh_token: token };
      return (await server.post({ ...form, scope: 'repository:team/app:pull,push' })).json.scope;
    };
    expect(await rights(undefined)).toBe('repository:team/app:pull,push');
    expect(await rights([{ users: ['ann'], repositories: ['**'], actions: ['pull'] }])).toBe(
      'repository:team/app:pull',
    );
    expect(await rights([])).toBe('');
  });

  test('S17 an access token dies after its lifetime and the leeway', async () => {
    await using server = await startTokenServer({ policy: { users: [{ name: 'ann', password: 'x' }] } });
    const token = String((await server.get({ service }, { basic: 'ann:x' })).json.token);
    const verify = server.keys.verifier({ issuer: 'mock-issuer', service });
    const at = (seconds: number) => new Date(server.clock.now.getTime() + seconds * 1000);
    expect(verify(token, at(359)).ok).toBe(true);
    expect(verify(token, at(361)).ok).toBe(false);
  });
});

describe('S22 nobody learns which accounts exist', () => {
  const users = [
    { name: 'known', passwordHash: hash('right', 6) },
    { name: 'cheap', passwordHash: hash('right', 4) },
    { name: 'plain', password: 'right' },
    { name: 'disabled', passwordHash: hash('right', 6), disabled: true },
    { name: 'ended', passwordHash: hash('right', 6), expires: '2020-01-01' },
  ];
  const logins: readonly [string, string][] = [
    ['known', 'wrong'],
    ['cheap', 'wrong'],
    ['plain', 'wrong'],
    ['disabled', 'right'],
    ['disabled', 'wrong'],
    ['ended', 'right'],
    ['ghost', 'wrong'],
    ['ghost', ''],
    ['', ''],
    ['known', 'x'.repeat(100)],
  ];

  test('S22 all refusals have the same status, headers and body, by GET and by POST', async () => {
    await using server = await startTokenServer({ policy: { users } });
    const answers = async (send: (name: string, password: string) => ReturnType<typeof server.get>) => {
      const seen = new Set<string>();
      for (const [name, password] of logins.filter(([name]) => name !== '')) {
        const { status, headers, text } = await send(name, password);
        seen.add(JSON.stringify([status, { ...headers, date: '' }, text]));
      }
      return [...seen];
    };
    const scope = 'repository:team/app:pull';
    const byGet = await answers((name, password) =>
      server.get({ service, scope }, { basic: `${name}:${password}` }),
    );
    expect(byGet).toEqual([expect.stringContaining('incorrect username or password')]);
    const form = { grant_type: 'password', service, client_id: 'c', scope };
    const byPost = await answers((username, password) =>
      server.post({ ...form, username, password: password || 'wrong' }),
    );
    expect(byPost).toEqual([expect.stringContaining('incorrect username or password')]);
  });

  test('S22 all refusals cost the same work, that of the dearest hash', async () => {
    let work = 0;
    const policy = createAccessPolicy({
      users,
      now: () => new Date('2026-06-01T12:00:00Z'),
      bcrypt: {
        compare: async (password, stored) => {
          work += 2 ** (bcryptCost(stored) ?? 0);
          return bcrypt.compareSync(password, stored);
        },
        close: async () => undefined,
      },
    });
    for (const [name, password] of logins) {
      work = 0;
      await policy.authenticate(name, password);
      expect([name, work]).toEqual([name, 2 ** 6]);
    }
  });
});

describe('S23 passwords cannot be guessed at speed', () => {
  const server = () =>
    startTokenServer({
      policy: {
        users: [
          { name: 'ann', password: 'right' },
          { name: 'ben', password: 'right' },
        ],
        throttle: createLoginThrottle({ failures: 20, now: () => new Date('2026-06-01T12:00:00Z') }),
      },
    });

  test('S23 the 21st wrong login is answered 429 with Retry-After, and so is the right one then', async () => {
    await using throttled = await server();
    for (let count = 0; count < 20; count += 1)
      expect((await throttled.get({ service }, { basic: 'ann:wrong' })).status).toBe(401);
    for (const basic of ['ann:wrong', 'ann:right']) {
      const answer = await throttled.get({ service }, { basic });
      expect(answer.status).toBe(429);
      expect(answer.headers['retry-after']).toBe('60');
      expect(answer.json).toMatchObject({ errors: [{ code: 'TOOMANYREQUESTS' }] });
    }
    const form = { grant_type: 'password', service, client_id: 'c', username: 'ann', password: 'right' };
    expect((await throttled.post(form)).status).toBe(429);
  });

  test('S23 the address alone locks nobody out: other accounts log in, and so does anonymous', async () => {
    await using throttled = await server();
    for (let count = 0; count < 25; count += 1) await throttled.get({ service }, { basic: 'ann:wrong' });
    expect((await throttled.get({ service }, { basic: 'ben:right' })).status).toBe(200);
    expect((await throttled.get({ service })).status).toBe(200);
  });

  test('S23 the account logs in from elsewhere', async () => {
    const now = () => new Date('2026-06-01T12:00:00Z');
    const throttle = createLoginThrottle({ failures: 20, now });
    const policy = createAccessPolicy({ users: [{ name: 'ann', password: 'right' }], throttle, now });
    for (let count = 0; count < 25; count += 1) await policy.authenticate('ann', 'wrong', '203.0.113.1');
    expect((await policy.authenticate('ann', 'right', '203.0.113.1')).ok).toBe(false);
    expect((await policy.authenticate('ann', 'right', '203.0.113.2')).ok).toBe(true);
  });

  test('S23 without throttling nobody is ever answered 429', async () => {
    await using open = await startTokenServer({ policy: { users: [{ name: 'ann', password: 'right' }] } });
    for (let count = 0; count < 30; count += 1)
      expect((await open.get({ service }, { basic: 'ann:wrong' })).status).toBe(401);
  });
});

describe('S24 bcrypt reads 72 bytes, and no password is cut to them', () => {
  const long = 'p'.repeat(80);
  const euro = '€'.repeat(25); // 75 bytes

  test('S24 a longer password cannot be configured', () => {
    const now = () => new Date();
    expect(() =>
      createAccessPolicy({ users: [{ name: 'u', password: long.slice(0, 72) }], now }),
    ).not.toThrow();
    for (const password of [long.slice(0, 73), euro]) {
      const create = () => createAccessPolicy({ users: [{ name: 'u', password }], now });
      expect(create).toThrow('the password of "u" is longer than 72 bytes');
      expect(create).not.toThrow(password);
    }
  });

  test('S24 a longer password never logs in, though its hash was made by truncation', async () => {
    const users = [
      { name: 'u', passwordHash: hash(long) },
      { name: 'v', passwordHash: hash(long.slice(0, 71)) },
    ];
    const policy = createAccessPolicy({ users, now: () => new Date() });
    try {
      for (const password of [long, long.slice(0, 73), `${long.slice(0, 72)}x`])
        expect((await policy.authenticate('u', password)).ok).toBe(false);
      expect((await policy.authenticate('v', long.slice(0, 71))).ok).toBe(true);
      expect((await policy.authenticate('v', long.slice(0, 70))).ok).toBe(false);
    } finally {
      await policy.close();
    }
  });
});
