import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { createRegistry } from '../../src/world/create-registry.js';

const world = {
  registries: [
    {
      host: 'docker.io',
      users: [{ name: 'acme-ci', password: 'hub-access-token' }],
      repositories: [
        { name: 'library/nginx', visibility: 'public' as const, tags: { latest: {}, '1.27': {} } },
        { name: 'acme/payments', tags: { '1.4': {} } },
      ],
    },
    {
      host: 'myprivateregistry.com:5000',
      users: [{ name: 'dock_user', password: 'dock_password' }],
      repositories: [{ name: 'nginx', tags: { alpine: {} } }],
    },
    {
      host: 'basic.example.com',
      auth: 'basic' as const,
      users: [{ name: 'bob', password: 'bob-password' }],
      repositories: [{ name: 'team/app', tags: { v1: {} } }],
    },
    { host: 'open.example.com', auth: 'none' as const, repositories: [{ name: 'app', tags: { v1: {} } }] },
  ],
};

const manifest = '/v2/library/nginx/manifests/latest';
const service = 'registry.docker.io';
const pull = 'repository:library/nginx:pull';

const app = () => request(createRegistry({ world }));

async function tokenFor(
  agent: ReturnType<typeof app>,
  query: Record<string, string>,
  user?: [string, string],
) {
  const asked = agent.get('/token').query(query).set('Host', 'docker.io');
  const answer = await (user === undefined ? asked : asked.auth(...user)).expect(200);
  return answer.body.token as string;
}

describe('the challenge', () => {
  test('of a manifest names realm, service and scope', async () => {
    const answer = await app().get(manifest).set('Host', 'docker.io').expect(401);
    expect(answer.headers['www-authenticate']).toBe(
      `Bearer realm="http://docker.io/token",service="${service}",scope="${pull}"`,
    );
    expect(answer.headers['docker-distribution-api-version']).toBe('registry/2.0');
    expect(answer.body.errors[0].code).toBe('UNAUTHORIZED');
  });

  test('of the ping has no scope', async () => {
    const answer = await app().get('/v2/').set('Host', 'docker.io').expect(401);
    expect(answer.headers['www-authenticate']).toBe(
      `Bearer realm="http://docker.io/token",service="${service}"`,
    );
  });

  test('of a Basic registry names the registry', async () => {
    const answer = await app().get('/v2/').set('Host', 'basic.example.com').expect(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Basic realm="basic.example.com"/);
  });

  test('does not come from a registry that asks nobody who they are', async () => {
    await app().get('/v2/').set('Host', 'open.example.com').expect(200);
  });

  test('sends nobody to a made-up host', async () => {
    const answer = await app().get('/v2/').set('Host', 'evil.example').expect(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="http:\/\/127\.0\.0\.1:\d+\/token"/);
  });

  test('sends whoever came by another name to the public address', async () => {
    const answer = await request(createRegistry({ world, publicUrl: 'https://lab.example' }))
      .get('/v2/')
      .set('Host', 'x')
      .expect(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="https:\/\/lab\.example\/token"/);
  });

  test('repeats the address that the client connected to', async () => {
    const answer = await app().get('/v2/').expect(401);
    const [, host] = /realm="http:\/\/([^/]+)\/token"/.exec(answer.headers['www-authenticate'] ?? '') ?? [];
    expect(host).toMatch(/^127\.0\.0\.1:\d+$/);
  });
});

describe('the registry is told apart', () => {
  const challengeOf = async (path: string, host: string) =>
    (await app().get(path).set('Host', host).expect(401)).headers['www-authenticate'] ?? '';

  test('by Host, with its port', async () => {
    expect(await challengeOf('/v2/', 'myprivateregistry.com:5000')).toContain(
      'service="myprivateregistry.com:5000"',
    );
  });

  test('by Host without its port, for registries declared without one', async () => {
    expect(await challengeOf('/v2/', 'docker.io:8443')).toContain(`service="${service}"`);
  });

  test('by the aliases of Docker Hub', async () => {
    expect(await challengeOf('/v2/', 'registry-1.docker.io')).toContain(`service="${service}"`);
  });

  test('by ?ns=, which wins over Host', async () => {
    expect(await challengeOf('/v2/?ns=myprivateregistry.com:5000', 'docker.io')).toContain(
      'service="myprivateregistry.com:5000"',
    );
  });

  test('as the first of the world by any other name', async () => {
    expect(await challengeOf('/v2/', 'localhost:1')).toContain(`service="${service}"`);
  });
});

describe('the token endpoint', () => {
  test('gives everybody a token for public repositories', async () => {
    const agent = app();
    const token = await tokenFor(agent, { service, scope: pull });
    const answer = await agent
      .get(manifest)
      .set('Host', 'docker.io')
      .set('Authorization', `Bearer ${token}`)
      .expect(200);
    expect(answer.headers['content-type']).toBe('application/vnd.oci.image.index.v1+json');
    expect(answer.headers['docker-content-digest']).toMatch(/^sha256:[a-f0-9]{64}$/);
  });

  test('gives a user a token for private ones', async () => {
    const agent = app();
    const scope = 'repository:acme/payments:pull';
    const token = await tokenFor(agent, { service, scope }, ['acme-ci', 'hub-access-token']);
    await agent
      .get('/v2/acme/payments/manifests/1.4')
      .set('Host', 'docker.io')
      .set('Authorization', `Bearer ${token}`)
      .expect(200);
  });

  test('gives nobody a right for a private one, and the registry says so', async () => {
    const agent = app();
    const token = await tokenFor(agent, { service, scope: 'repository:acme/payments:pull' });
    const answer = await agent
      .get('/v2/acme/payments/manifests/1.4')
      .set('Host', 'docker.io')
      .set('Authorization', `Bearer ${token}`)
      .expect(401);
    expect(answer.headers['www-authenticate']).toContain('error="insufficient_scope"');
  });

  test('refuses a wrong password', async () => {
    const answer = await app()
      .get('/token')
      .query({ service, scope: pull })
      .auth('acme-ci', 'wrong')
      .expect(401);
    expect(answer.body.errors[0].code).toBe('UNAUTHORIZED');
  });

  test('takes the OAuth2 form', async () => {
    const answer = await app()
      .post('/token')
      .type('form')
      .send({
        grant_type: 'password',
        client_id: 'containerd-client',
        service,
        scope: 'repository:acme/payments:pull',
        username: 'acme-ci',
        password: 'hub-access-token',
      })
      .expect(200);
    expect(answer.body).toMatchObject({ scope: 'repository:acme/payments:pull', expires_in: 300 });
    expect(answer.body.access_token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  test('refuses a wrong password in the form too', async () => {
    await app()
      .post('/token')
      .type('form')
      .send({ grant_type: 'password', client_id: 'c', service, username: 'acme-ci', password: 'wrong' })
      .expect(401);
  });

  test('gives no token of one registry for another', async () => {
    const agent = app();
    const token = await tokenFor(agent, { service, scope: 'repository:nginx:pull' }, [
      'acme-ci',
      'hub-access-token',
    ]);
    const answer = await agent
      .get('/v2/nginx/manifests/alpine')
      .set('Host', 'myprivateregistry.com:5000')
      .set('Authorization', `Bearer ${token}`)
      .expect(401);
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
  });
});

describe('a pull', () => {
  test('by Basic is granted to who may and refused to who may not', async () => {
    const agent = app();
    const path = '/v2/team/app/manifests/v1';
    await agent.get(path).set('Host', 'basic.example.com').expect(401);
    await agent.get(path).set('Host', 'basic.example.com').auth('bob', 'wrong').expect(401);
    await agent.get(path).set('Host', 'basic.example.com').auth('bob', 'bob-password').expect(200);
  });

  test('of a tag that does not exist is 404 to who may look', async () => {
    const agent = app();
    const token = await tokenFor(agent, { service, scope: pull });
    const answer = await agent
      .get('/v2/library/nginx/manifests/nope')
      .set('Host', 'docker.io')
      .set('Authorization', `Bearer ${token}`)
      .expect(404);
    expect(answer.body.errors[0].code).toBe('MANIFEST_UNKNOWN');
  });

  test('goes from the index to a platform, its config and its layer', async () => {
    const agent = app();
    const host = 'open.example.com';
    const get = (path: string) =>
      agent.get(`/v2/app/${path}`).set('Host', host).responseType('blob').expect(200);
    const index = JSON.parse((await get('manifests/v1')).body.toString());
    const [amd64] = index.manifests;
    const image = JSON.parse((await get(`manifests/${amd64.digest}`)).body.toString());
    const config = await get(`blobs/${image.config.digest}`);
    const layer = await get(`blobs/${image.layers[0].digest}`);
    expect(JSON.parse(config.body.toString())).toMatchObject({ os: 'linux', architecture: 'amd64' });
    expect(layer.body.length).toBe(image.layers[0].size);
    expect(config.headers['content-type']).toBe('application/octet-stream');
  });

  test('lists the tags of a repository', async () => {
    const agent = app();
    const token = await tokenFor(agent, { service, scope: pull });
    const answer = await agent
      .get('/v2/library/nginx/tags/list')
      .set('Host', 'docker.io')
      .set('Authorization', `Bearer ${token}`)
      .expect(200);
    expect(answer.body).toEqual({ name: 'library/nginx', tags: ['1.27', 'latest'] });
  });
});
