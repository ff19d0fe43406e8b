import { request as httpRequest } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunningControl, startControlApi } from '../../src/world/control-api.js';
import { controlDescription } from '../../src/world/control-openapi.js';
import { type ServedWorld, serveWorld } from '../../src/world/start-registry.js';
import { worldFromObject } from '../../src/world/world-file.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const world = worldFromObject({
  registries: [
    {
      host: 'registry.example.com',
      users: [{ name: 'ci', password: 'ci-password' }],
      repositories: [{ name: 'open/app', visibility: 'public', tags: { '1.0': {} } }],
    },
    { host: 'second.example.com', auth: 'none', repositories: [{ name: 'app', tags: { '1.0': {} } }] },
  ],
});

let registry: ServedWorld;
let control: RunningControl;
const bugs: unknown[] = [];

beforeEach(async () => {
  registry = await serveWorld(world, {});
  control = await startControlApi({ registry, onError: (error) => bugs.push(error) });
});
afterEach(async () => {
  await control.stop();
  await registry.stop();
  expect(bugs.splice(0)).toEqual([]);
});

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Not `fetch`, which sets `Host` itself. */
function ask(
  method: string,
  path: string,
  body: unknown = undefined,
  headers: Readonly<Record<string, string>> = { authorization: `Bearer ${control.token}` },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ host: '127.0.0.1', port: control.port, method, path, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          body: Buffer.concat(chunks).toString(),
          headers: answer.headers,
        }),
      );
    });
    asked.on('error', reject);
    asked.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
  });
}

const manifest = async (path: string, host = 'registry.example.com') => {
  const scope = `repository:${path.split('/manifests/')[0]}:pull`;
  const { port } = registry;
  const answer = await fetch(`http://127.0.0.1:${port}/token?service=${host}&scope=${scope}`);
  const { token } = (await answer.json()) as { token: string };
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`http://127.0.0.1:${port}/v2/${path}`, { headers })).status;
};

const pod = (image: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { containers: [{ name: 'c', image }] },
});
const messageOf = ({ body }: Answer): string => JSON.parse(body).error.message;

describe('the control API', () => {
  test('adds repositories and tags, and takes them back at the reset', async () => {
    const body = { repositories: [{ name: 'open/new', visibility: 'public', tags: { v1: {} } }] };
    expect(await ask('PUT', '/seed', body)).toMatchObject({ status: 204, body: '' });
    expect(await manifest('open/new/manifests/v1')).toBe(200);
    expect((await ask('POST', '/reset')).status).toBe(204);
    expect(await manifest('open/new/manifests/v1')).toBe(401);
  });

  test('adds users who can log in', async () => {
    const body = { users: [{ name: 'new', password: 'new-password' }] };
    expect((await ask('PUT', '/users', body)).status).toBe(204);
    const login = (password: string) =>
      fetch(`${registry.url}/token?service=registry.example.com`, {
        headers: { authorization: `Basic ${Buffer.from(`new:${password}`).toString('base64')}` },
      });
    expect((await login('new-password')).status).toBe(200);
    expect((await login('wrong-password')).status).toBe(401);
  });

  test('orders faults, at another registry too, and clears them', async () => {
    const fault = { registry: 'second.example.com', operation: 'manifest', status: 503 };
    expect((await ask('POST', '/faults', fault)).status).toBe(204);
    const second = async () =>
      (await fetch(`${registry.url}/v2/app/manifests/1.0?ns=second.example.com`)).status;
    expect(await second()).toBe(503);
    expect((await ask('DELETE', '/faults?registry=registry.example.com')).status).toBe(204);
    expect(await second()).toBe(503);
    expect((await ask('DELETE', '/faults')).status).toBe(204);
    expect(await second()).toBe(200);
  });

  test('tells what clients asked for, without their secrets', async () => {
    await ask('PUT', '/users', { users: [{ name: 'new', password: 'new-password' }] });
    const authorization = `Basic ${Buffer.from('new:new-password').toString('base64')}`;
    await fetch(`${registry.url}/token?service=registry.example.com`, { headers: { authorization } });
    const { status, body } = await ask('GET', '/requests');
    expect(status).toBe(200);
    expect(JSON.parse(body).requests).toMatchObject([{ kind: 'token', identity: 'new', status: 200 }]);
    expect(body).not.toContain('new-password');
    expect(body).not.toContain(authorization.slice('Basic '.length));
    await ask('POST', '/reset');
    expect(JSON.parse((await ask('GET', '/requests')).body)).toEqual({ requests: [] });
  });

  test('judges manifests against what is served now', async () => {
    const judge = async (query = '') =>
      JSON.parse((await ask('POST', `/simulate${query}`, pod('registry.example.com/open/app:2.0'))).body);
    expect(await judge('?namespace=shop')).toMatchObject({
      kind: 'CheckReport',
      summary: { failed: 1 },
      pods: [{ namespace: 'shop', name: 'web' }],
    });
    await ask('PUT', '/seed', { repositories: [{ name: 'open/app', tags: { '2.0': {} } }] });
    expect(await judge()).toMatchObject({ summary: { failed: 0, pulled: 1 } });
    expect(await judge('?at=15m')).toMatchObject({ atSeconds: 900 });
  });

  test('judges a YAML stream as well, and reports what cannot be read in it', async () => {
    const { status, body } = await ask('POST', '/simulate', 'kind: [');
    expect(status).toBe(200);
    expect(JSON.parse(body).errors).toHaveLength(1);
  });
});

describe('what the control API refuses', () => {
  test.each([
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['another scheme', { authorization: 'Basic eDp5' }],
  ])('%s', async (_, headers) => {
    const answer = await ask('GET', '/requests', undefined, headers as Record<string, string>);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.body).not.toContain(control.token);
  });

  test('a request by a name that was pointed at this machine, even with the token', async () => {
    const headers = {
      authorization: `Bearer ${control.token}`,
      host: `attacker.example:${control.port}`,
    };
    expect((await ask('GET', '/requests', undefined, headers)).status).toBe(421);
    expect((await ask('GET', '/openapi.json', undefined, headers)).status).toBe(421);
    const local = { ...headers, host: `localhost:${control.port}` };
    expect((await ask('GET', '/requests', undefined, local)).status).toBe(200);
  });

  test.each([
    ['POST', '/nothing', 404],
    ['POST', '//', 404],
    ['GET', '/reset', 405],
    ['DELETE', '/faults?registries=x', 400],
  ])('%s %s with %i', async (method, path, status) => {
    expect((await ask(method, path)).status).toBe(status);
  });

  test('says which methods a path has', async () => {
    expect((await ask('GET', '/faults')).headers.allow).toBe('POST, DELETE');
  });

  test('what is not JSON, without repeating it', async () => {
    const answer = await ask('PUT', '/users', '{"password": hunter2}');
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.body).not.toContain('hunter2');
    expect((await ask('PUT', '/users', 'null')).status).toBe(422);
    expect((await ask('PUT', '/users', '')).status).toBe(400);
  });

  test('what no world can have, with every mistake', async () => {
    const answer = await ask('PUT', '/seed', { repositories: [{ name: 'UPPER' }, { nam: 'x' }] });
    expect(answer.status).toBe(422);
    expect(JSON.parse(answer.body).error.mistakes).toEqual([
      expect.stringContaining('repositories[0].name must be a repository name in lower case'),
      'repositories[1].nam: unknown key; did you mean "name"?',
      expect.stringContaining('repositories[1] needs "name"'),
    ]);
  });

  test('a registry that is not there, and words that it cannot read', async () => {
    expect(messageOf(await ask('POST', '/faults', { registry: 'no.example', status: 500 }))).toBe(
      'the world has no registry "no.example"',
    );
    expect((await ask('POST', '/simulate?at=soon', pod('a'))).status).toBe(422);
    expect((await ask('POST', '/simulate?assumeSecret=x', pod('a'))).status).toBe(422);
  });

  test('a body that is too large, whether it says so or streams', async () => {
    const large = 'x'.repeat(16 * 1024 * 1024 + 1);
    const authorization = `Bearer ${control.token}`;
    const streams = { authorization, 'transfer-encoding': 'chunked' };
    expect((await ask('POST', '/simulate', large, streams)).status).toBe(413);
    const says = { authorization, 'content-length': String(large.length), expect: '100-continue' };
    expect((await ask('POST', '/simulate', '', { ...says })).status).toBe(413);
  });
});

describe('the description of the control API', () => {
  test('schemas/control.openapi.json is this document', async () => {
    await expect(`${JSON.stringify(controlDescription(), undefined, 2)}\n`).toMatchFileSnapshot(
      `${root}schemas/control.openapi.json`,
    );
  });

  test('is served without a token', async () => {
    const answer = await ask('GET', '/openapi.json', undefined, {});
    expect(JSON.parse(answer.body)).toEqual(JSON.parse(JSON.stringify(controlDescription())));
  });

  test('refers only to what is in it', () => {
    const text = JSON.stringify(controlDescription());
    const document = JSON.parse(text);
    const refs = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path);
    const found = (path: string) => path.split('/').reduce((at, step) => at?.[step], document);
    expect(refs.length).toBeGreaterThan(10);
    expect(refs.filter((path) => found(path) === undefined)).toEqual([]);
  });
});

test('the control API is not where registry clients connect', async () => {
  const headers = { authorization: `Bearer ${control.token}` };
  for (const path of ['/seed', '/users', '/faults', '/requests', '/reset', '/simulate', '/openapi.json'])
    for (const method of ['GET', 'POST', 'PUT', 'DELETE'])
      expect((await fetch(registry.url + path, { method, headers })).status).toBe(404);
  const registryPath = await ask('GET', '/v2/');
  expect(registryPath.status).toBe(404);
});
