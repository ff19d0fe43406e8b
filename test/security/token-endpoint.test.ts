import { describe, expect, test } from 'vitest';
import { generateSigningKey } from '../../src/access/signing-key.js';
import { createTokenKeys } from '../../src/access/token-keys.js';
import { createMemoryRefreshStore } from '../../src/token/memory-refresh-store.js';
import { createRefreshTokens } from '../../src/token/refresh-tokens.js';
import { startTokenServer, type TokenAnswer } from '../support/token-server.js';

const service = 'mock-registry';
const scope = 'repository:team/app:pull';
const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

test('S25 no password, token or refresh token gets into the journal or into an answer of refusal', async () => {
  const canaries = ['canary-password', 'canary-wrong', 'canary-refresh', 'canary-query', 'canary-bearer'];
  await using server = await startTokenServer({
    policy: { users: [{ name: 'ann', password: 'canary-password' }] },
  });
  const form = {
    grant_type: 'password',
    service,
    client_id: 'c',
    username: 'ann',
    password: 'canary-password',
    scope,
  };
  const refresh = { grant_type: 'refresh_token', service, client_id: 'c', refresh_token: 'canary-refresh' };
  const granted = [
    await server.get({ service, scope, offline_token: 'true' }, { basic: 'ann:canary-password' }),
    await server.post({ ...form, access_type: 'offline' }),
  ];
  const refused = [
    await server.get({ service, scope }, { basic: 'ann:canary-wrong' }),
    await server.get({ service, scope }, { basic: 'canary-wrong-and-no-colon' }),
    await server.get({ service, scope, password: 'canary-query', username: 'ann' }),
    await server.send('GET', `/token?service=${service}&canary-query`),
    await server.get({ service, scope }, { headers: { authorization: 'Bearer canary-bearer' } }),
    await server.post({ ...form, password: 'canary-wrong' }),
    await server.post({ ...form, password: ['canary-wrong', 'canary-password'] }),
    await server.post({ ...form, grant_type: 'canary-password' }),
    await server.post(refresh),
    await server.post({ ...refresh, scope: 'canary' }),
    await server.send('PUT', '/token?password=canary-query', { body: 'canary-password' }),
  ];
  const issued = granted.flatMap(({ json }) => [String(json.access_token), String(json.refresh_token)]);
  const written = JSON.stringify([server.journal, refused.map(({ text, headers }) => [text, headers])]);
  for (const secret of [...canaries, ...issued, Buffer.from('ann:canary-password').toString('base64')])
    expect(written).not.toContain(secret);
});

test('S25 a user name that is a token is not written down', async () => {
  await using server = await startTokenServer({ policy: { users: [] } });
  const jwt = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln';
  await server.get({ service, account: jwt }, { basic: `${jwt}:x` });
  await server.get({ service, account: 'x'.repeat(65) }, { basic: `${'x'.repeat(65)}:x` });
  expect(JSON.stringify(server.journal)).not.toMatch(/eyJzdWIi|x{20}/);
});

describe('S37 a refresh token is worth something only to whom it was given', () => {
  const start = async () => {
    const refreshTokens = createRefreshTokens({ store: createMemoryRefreshStore(), random });
    const server = await startTokenServer({
      policy: { users: [{ name: 'ann', password: 'x' }] },
      handler: { refreshTokens },
    });
    const password = { grant_type: 'password', service, client_id: 'c', username: 'ann', password: 'x' };
    const token = String((await server.post({ ...password, access_type: 'offline' })).json.refresh_token);
    const use = (changes: Record<string, string> = {}) =>
      server.post({
        grant_type: 'refresh_token',
        service,
        client_id: 'c',
        refresh_token: token,
        scope,
        ...changes,
      });
    return { server, refreshTokens, token, use, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  };
  const isInvalidGrant = ({ status, json }: TokenAnswer) => {
    expect([status, json.error]).toEqual([400, 'invalid_grant']);
    expect(json.error_description).toBe('the refresh token is not valid here');
  };

  test('S37 it is 256 random bits, and no two are alike', async () => {
    await using context = await start();
    const second = await context.refreshTokens.issue({ user: 'ann', service }, context.server.clock.now);
    expect(Buffer.from(context.token, 'base64url')).toHaveLength(32);
    expect(second).not.toBe(context.token);
  });

  test('S37 with another service, another client or a changed token: invalid_grant, in the same words', async () => {
    await using context = await start();
    isInvalidGrant(await context.use({ service: 'other-registry' }));
    isInvalidGrant(await context.use({ client_id: 'other' }));
    isInvalidGrant(await context.use({ refresh_token: `${context.token}A` }));
    isInvalidGrant(await context.use({ refresh_token: context.token.toLowerCase() }));
    expect((await context.use()).status).toBe(200);
  });

  test('S37 after it was revoked', async () => {
    await using context = await start();
    await context.refreshTokens.revoke(context.token);
    isInvalidGrant(await context.use());
  });

  test('S37 after it was replaced, and then its successor neither', async () => {
    await using context = await start();
    const successor = String((await context.use({ access_type: 'offline' })).json.refresh_token);
    isInvalidGrant(await context.use());
    isInvalidGrant(await context.use({ refresh_token: successor }));
  });

  test('S37 after its lifetime', async () => {
    await using context = await start();
    context.server.clock.now = new Date(context.server.clock.now.getTime() + 90 * 86_400_000);
    isInvalidGrant(await context.use());
  });

  test('S37 an access token is no refresh token, and a refresh token no access token', async () => {
    await using context = await start();
    const { json } = await context.use();
    isInvalidGrant(await context.use({ refresh_token: String(json.access_token) }));
    const verify = context.server.keys.verifier({ issuer: 'mock-issuer', service });
    expect(verify(context.token, context.server.clock.now).ok).toBe(false);
  });
});

test('S38 the endpoint is closed to web pages: no CORS header, no cookie, nothing kept', async () => {
  await using server = await startTokenServer({ policy: { users: [{ name: 'ann', password: 'x' }] } });
  const origin = { headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' } };
  const form = { grant_type: 'password', service, client_id: 'c', username: 'ann', password: 'x' };
  const answers = [
    await server.get({ service, scope }, origin),
    await server.get({ service: 'none' }, origin),
    await server.get({ service }, { basic: 'ann:wrong', ...origin }),
    await server.post(form, origin),
    await server.post({ ...form, password: 'wrong' }, origin),
    await server.send('OPTIONS', '/token', origin),
    await server.send('HEAD', '/token', origin),
  ];
  for (const { headers } of answers) {
    expect(Object.keys(headers).filter((name) => /^access-control-|^set-cookie$|^etag$/.test(name))).toEqual(
      [],
    );
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-content-type-options']).toBe('nosniff');
  }
});

test('S39 credentials in the query count for nothing: the client is anonymous', async () => {
  await using server = await startTokenServer({ policy: { users: [{ name: 'ann', password: 'x' }] } });
  const secrets = {
    username: 'ann',
    password: 'x',
    account: 'ann',
    grant_type: 'password',
    refresh_token: 'x',
  };
  const answer = await server.get({ service, scope: ['repository:public/app:pull', scope], ...secrets });
  expect(answer.status).toBe(200);
  expect(answer.claims).toMatchObject({ sub: '', access: [{ name: 'public/app' }] });
  expect(server.journal).toMatchObject([{ identity: 'anonymous', authentication: 'none' }]);
});

test('S39 nor do they in the query of a POST', async () => {
  await using server = await startTokenServer({ policy: { users: [{ name: 'ann', password: 'x' }] } });
  const query = `grant_type=password&service=${service}&client_id=c&username=ann&password=x`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  expect((await server.send('POST', `/token?${query}`, { headers })).status).toBe(400);
});

test.each(['ES256', 'RS256'] as const)('S42 the JWKS of an %s key has public members only', (algorithm) => {
  const now = () => new Date('2026-06-01T12:00:00Z');
  const { jwks } = createTokenKeys({ signing: generateSigningKey(algorithm, { now: now(), random }), now });
  const members = new Set(jwks.keys.flatMap((key) => Object.keys(key)));
  for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']) expect(members).not.toContain(secret);
  const expected = algorithm === 'ES256' ? ['kty', 'crv', 'x', 'y'] : ['kty', 'n', 'e'];
  expect([...members].sort()).toEqual([...expected, 'use', 'alg', 'kid'].sort());
});
