import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTokenServer, type TokenServer } from '../support/token-server.js';

const users = ['admin', 'rw', 'ro', 'creator'].map((name) => ({ name, password: `${name}-password` }));
const access = [
  { users: ['admin'], repositories: ['**'], actions: ['*' as const] },
  { users: ['rw'], repositories: ['team/*'], actions: ['pull' as const, 'push' as const, 'delete' as const] },
  { users: ['ro'], repositories: ['team/*'], actions: ['pull' as const], comment: 'readers' },
  { users: ['creator'], repositories: ['team/*'], actions: ['pull' as const, 'create' as const] },
];
const pull = (name: string) => ({ type: 'repository', name, actions: ['pull'] });
const service = 'mock-registry';
const right = `Basic ${Buffer.from('rw:rw-password').toString('base64')}`;

describe('GET /token', () => {
  let server: TokenServer;
  beforeEach(async () => {
    server = await startTokenServer({ policy: { users, access } });
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const ask = (scope: string | readonly string[], user?: string) =>
    server.get({ service, scope }, user === undefined ? {} : { basic: `${user}:${user}-password` });

  test('gives anonymous clients a token for public repositories', async () => {
    const answer = await ask('repository:public/app:pull');
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    expect(answer.json).toEqual({
      token: answer.json.access_token,
      access_token: expect.any(String),
      expires_in: 300,
      issued_at: '2026-06-01T12:00:00Z',
    });
    const issuedAt = Date.parse('2026-06-01T12:00:00Z') / 1000;
    expect(answer.claims).toEqual({
      iss: 'mock-issuer',
      sub: '',
      aud: service,
      exp: issuedAt + 300,
      nbf: issuedAt - 10,
      iat: issuedAt,
      jti: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      access: [pull('public/app')],
    });
    const verify = server.keys.verifier({ issuer: 'mock-issuer', service });
    expect(verify(String(answer.json.token), server.clock.now)).toMatchObject({ ok: true });
  });

  test('gives users what they asked for, and no more, with their name as the subject', async () => {
    const answer = await ask('repository:team/app:pull', 'admin');
    expect(answer.claims).toMatchObject({ sub: 'admin', access: [pull('team/app')] });
  });

  test.each<[string, string | undefined, string | readonly string[], unknown]>([
    ['leaves out what is not allowed', 'ro', 'repository:team/app:pull,push', [pull('team/app')]],
    ['leaves out resources without any right', 'ro', 'repository:foreign/x:pull', []],
    ['leaves out private repositories for anonymous', undefined, 'repository:team/app:pull', []],
    [
      'keeps the order of actions',
      'rw',
      'repository:team/app:push,pull',
      [{ ...pull('team/app'), actions: ['push', 'pull'] }],
    ],
    ['drops repeated actions', 'rw', 'repository:team/app:pull,pull', [pull('team/app')]],
    [
      'merges scopes of one resource',
      'rw',
      ['repository:team/app:pull', 'repository:team/app:push'],
      [{ ...pull('team/app'), actions: ['pull', 'push'] }],
    ],
    [
      'reads scopes that are repeated',
      'rw',
      ['repository:team/a:pull', 'repository:team/b:pull'],
      [pull('team/a'), pull('team/b')],
    ],
    [
      'reads scopes separated by blanks',
      'rw',
      'repository:team/a:pull repository:team/b:pull',
      [pull('team/a'), pull('team/b')],
    ],
    [
      'reads both at once',
      'rw',
      ['repository:team/a:pull repository:team/b:pull', 'repository:team/c:pull'],
      [pull('team/a'), pull('team/b'), pull('team/c')],
    ],
    ['survives blanks at the end', 'rw', 'repository:team/a:pull ', [pull('team/a')]],
    ['reads * as everything that is allowed', 'ro', 'repository:team/app:*', [pull('team/app')]],
    [
      'names what * meant',
      'rw',
      'repository:team/app:*',
      [{ ...pull('team/app'), actions: ['pull', 'push', 'delete'] }],
    ],
    ['gives nothing for * where nothing is allowed', 'ro', 'repository:foreign/x:*', []],
    [
      'gives push to those who may only create tags',
      'creator',
      'repository:team/app:pull,push',
      [{ ...pull('team/app'), actions: ['pull', 'push'] }],
    ],
    [
      'keeps the class',
      'admin',
      'repository(plugin):team/app:pull',
      [{ ...pull('team/app'), class: 'plugin' }],
    ],
    [
      'gives the catalog to administrators',
      'admin',
      'registry:catalog:*',
      [{ type: 'registry', name: 'catalog', actions: ['*'] }],
    ],
    ['gives the catalog to nobody else', 'rw', 'registry:catalog:*', []],
    ['knows no other action of the catalog', 'admin', 'registry:catalog:pull', []],
    ['knows no other thing of a registry', 'admin', 'registry:users:*', []],
    [
      'ignores types that it does not know',
      'admin',
      ['galaxy:x:pull', 'repository:team/app:pull'],
      [pull('team/app')],
    ],
    [
      'gives no action that it does not know',
      'admin',
      'repository:team/app:explode,pull,metadata_read',
      [pull('team/app')],
    ],
    ['gives nothing when nothing is asked of a resource', 'admin', 'repository:team/app:', []],
    [
      'takes names with a port whole',
      'admin',
      'repository:localhost:5000/app:pull',
      [pull('localhost:5000/app')],
    ],
    ['matches names exactly, a pattern being no name', 'rw', 'repository:team:*', []],
  ])('%s', async (_, user, scope, granted) => {
    const answer = await ask(scope, user);
    expect(answer.status).toBe(200);
    expect(answer.claims.access).toEqual(granted);
  });

  test.each([
    ['without a name', 'repository::pull'],
    ['without actions', 'repository'],
    ['with a colon too many', 'repository:a:pull:push'],
    ['in upper case', 'repository:Team/App:pull'],
    ['with a path that leaves', 'repository:team/../app:pull'],
    ['with a name of 256 characters', `repository:${'a'.repeat(256)}:pull`],
    ['with letters of other alphabets', 'repository:team/äpp:pull'],
    ['with a pattern for a name', 'repository:team/*:pull'],
    ['above 4096 bytes', `repository:${'a'.repeat(4096)}:pull`],
    ['with 17 actions', `repository:a:${'abcdefghijklmnopq'.split('').join()}`],
    ['of a vendor who has other rules', 'aws'],
  ])('refuses a scope %s', async (_, scope) => {
    const answer = await ask(scope, 'admin');
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ errors: [{ code: 'UNSUPPORTED' }] });
  });

  test('refuses more than 100 scopes', async () => {
    const scopes = Array.from({ length: 101 }, (_, index) => `repository:r${index}:pull`);
    expect((await ask(scopes.slice(1), 'admin')).claims.access).toHaveLength(100);
    expect((await ask(scopes, 'admin')).status).toBe(400);
  });

  test('without a scope checks the credentials and gives a token without rights', async () => {
    expect((await server.get({ service }, { basic: 'rw:rw-password' })).claims).toMatchObject({
      sub: 'rw',
      access: [],
    });
    expect((await server.get({ service }, { basic: 'rw:wrong' })).status).toBe(401);
  });

  test.each([
    ['a wrong password, also for a public repository', { basic: 'rw:wrong' }],
    ['an unknown user', { basic: 'ghost:x' }],
    ['an empty user name', { basic: ':' }],
    ['Basic that is no base64', { headers: { authorization: 'Basic !!!' } }],
    [
      'Basic without a colon',
      { headers: { authorization: `Basic ${Buffer.from('rw').toString('base64')}` } },
    ],
    ['a Bearer header', { headers: { authorization: 'Bearer x' } }],
    ['an empty header', { headers: { authorization: '' } }],
    ['two headers, both right', { headers: { authorization: [right, right] } }],
  ])('answers %s with 401, alike', async (_, sent) => {
    const answer = await server.get({ service, scope: 'repository:public/app:pull' }, sent);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Basic realm="mock-issuer"');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.json).toEqual({
      errors: [{ code: 'UNAUTHORIZED', message: 'incorrect username or password' }],
    });
  });

  test('reads the scheme in any case', async () => {
    const authorization = `bAsIc ${Buffer.from('rw:rw-password').toString('base64')}`;
    expect((await server.get({ service }, { headers: { authorization } })).status).toBe(200);
  });

  test.each([
    ['no service', {}, 'service is missing'],
    ['an unknown service', { service: 'evil' }, 'no tokens are issued here for service "evil"'],
    ['two services', { service: ['mock-registry', 'other-registry'] }, 'service is given more than once'],
  ])('refuses %s', async (_, parameters, message) => {
    const answer = await server.get(parameters);
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({ errors: [{ code: 'UNSUPPORTED', message }] });
  });

  test('names the service that was asked for as the audience', async () => {
    expect((await server.get({ service: 'other-registry' })).claims.aud).toBe('other-registry');
  });

  test('takes account for information only', async () => {
    const answer = await server.get({ service, account: 'admin' }, { basic: 'rw:rw-password' });
    expect(answer.claims.sub).toBe('rw');
  });

  test.each([
    ['a user who asks', { offline_token: 'true', client_id: 'docker' }, 'rw:rw-password', true],
    ['nobody who does not ask', { client_id: 'docker' }, 'rw:rw-password', false],
    ['nobody who says false', { offline_token: 'false' }, 'rw:rw-password', false],
    ['never anonymous', { offline_token: 'true' }, undefined, false],
  ])('gives a refresh token to %s', async (_, parameters, basic, given) => {
    const answer = await server.get({ service, ...parameters }, basic === undefined ? {} : { basic });
    expect('refresh_token' in answer.json).toBe(given);
  });

  test('writes down who asked for what, and why it was decided so', async () => {
    await ask('repository:team/app:pull,push', 'ro');
    expect(server.journal).toEqual([
      {
        at: server.clock.now,
        registry: 'registry.example',
        kind: 'token',
        method: 'GET',
        url: '/token?service=mock-registry&scope=repository%3Ateam%2Fapp%3Apull%2Cpush',
        status: 200,
        identity: 'ro',
        authentication: 'basic',
        decision: 'allow',
        because: 'access rule 3 ("readers") lets "ro" pull team/app; no rule lets "ro" push to team/app',
        scope: 'repository:team/app:pull,push',
      },
    ]);
  });

  test('writes down what it does not tell the client', async () => {
    await server.get({ service }, { basic: 'ghost:x' });
    expect(server.journal).toMatchObject([
      {
        status: 401,
        identity: 'unknown',
        authentication: 'basic',
        decision: 'refuse',
        because: 'there is no user "ghost"',
      },
    ]);
  });

  test.each(['HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])(
    'has no %s, and issues nothing for it',
    async (method) => {
      const answer = await server.send(method, `/token?service=${service}`, { basic: 'rw:rw-password' });
      expect(answer.status).toBe(405);
      expect(answer.headers.allow).toBe('GET, POST');
      expect(answer.text).not.toContain('token');
    },
  );
});

test('a registry that wants everybody to log in gives anonymous clients 401', async () => {
  await using server = await startTokenServer({ service: { anonymous: 'refused' } });
  const answer = await server.get({ service, scope: 'repository:public/app:pull' });
  expect(answer.status).toBe(401);
  expect(answer.headers['www-authenticate']).toBe('Basic realm="mock-issuer"');
});

test('the lifetime of tokens is a setting of a minute or more', async () => {
  await using server = await startTokenServer({ service: { expiresInSeconds: 60 } });
  const { json, claims } = await server.get({ service });
  expect([json.expires_in, Number(claims.exp) - Number(claims.iat)]).toEqual([60, 60]);
  await expect(startTokenServer({ service: { expiresInSeconds: 59 } })).rejects.toThrow(
    'at least 60 seconds',
  );
});
