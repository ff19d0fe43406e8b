import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createFaultBoard, type Fault } from '../../src/registry/fault-board.js';
import { send } from '../support/http-exchange.js';
import { type MockRegistry, startMockRegistry } from '../support/mock-registry.js';
import { image, layer, seedImage, sha256 } from '../support/sample-image.js';

async function startedWith(...faults: readonly Fault[]) {
  const board = createFaultBoard(faults);
  const registry = await startMockRegistry({ host: { faults: board } });
  await seedImage(registry.store);
  return Object.assign(registry, { board });
}

const manifest = '/v2/team/app/manifests/v1';
const blob = `/v2/team/app/blobs/${sha256(layer)}`;
const statusOf = async ({ port }: MockRegistry, path = manifest, method = 'GET') =>
  (await send({ port, path, method })).status;

/** What a client sees of a connection that may break: the head, the bytes that came, and how it ended. */
function receive(
  { port }: MockRegistry,
  path: string,
): Promise<{ status: number; bytes: number; complete: boolean }> {
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let bytes = 0;
      response.on('data', (chunk) => {
        bytes += chunk.length;
      });
      response.on('error', () => undefined);
      response.on('close', () =>
        resolve({ status: response.statusCode ?? 0, bytes, complete: response.complete }),
      );
    });
    sent.on('error', () => resolve({ status: 0, bytes: 0, complete: false }));
    sent.end();
  });
}

describe('a fault to order', () => {
  test.each([
    [401, 'UNAUTHORIZED'],
    [403, 'DENIED'],
    [404, 'MANIFEST_UNKNOWN'],
    [408, 'UNKNOWN'],
    [429, 'TOOMANYREQUESTS'],
    [500, 'UNKNOWN'],
    [503, 'UNAVAILABLE'],
  ])('answers %i with the code that registries send with it', async (status, code) => {
    await using registry = await startedWith({ kind: 'status', status });
    const answer = await send({ port: registry.port, path: manifest });
    expect([answer.status, answer.codes()]).toEqual([status, [code]]);
  });

  test('answers with the words and the Retry-After that were ordered, or with no body at all', async () => {
    await using registry = await startedWith(
      { kind: 'status', status: 429, message: 'slow down', retryAfterSeconds: 7, times: 1 },
      { kind: 'status', status: 502, code: null },
    );
    const first = await send({ port: registry.port, path: manifest });
    expect([first.headers['retry-after'], first.json()]).toEqual([
      '7',
      { errors: [{ code: 'TOOMANYREQUESTS', message: 'slow down' }] },
    ]);
    const second = await send({ port: registry.port, path: manifest });
    expect([second.status, second.text]).toEqual([502, '']);
  });

  test('strikes by repository, operation, method and count, and says so in the journal', async () => {
    await using registry = await startedWith({
      kind: 'status',
      status: 500,
      id: 'broken disk',
      repository: 'team/*',
      operation: ['manifest', 'tags'],
      method: 'GET',
      after: 1,
      times: 2,
    });
    expect(await statusOf(registry, blob)).toBe(200);
    expect(await statusOf(registry, manifest, 'HEAD')).toBe(200);
    expect(await statusOf(registry, '/v2/other/manifests/v1')).toBe(404);
    expect(await statusOf(registry, '/v2/')).toBe(200);
    const statuses = [];
    for (let sent = 0; sent < 4; sent += 1) statuses.push(await statusOf(registry));
    expect(statuses).toEqual([200, 500, 500, 200]);
    expect(registry.journal.map(({ fault }) => fault).filter(Boolean)).toEqual([
      'broken disk',
      'broken disk',
    ]);
  });

  test('is ordered and taken back while the registry runs, and numbered when it has no name', async () => {
    await using registry = await startedWith();
    expect(await statusOf(registry)).toBe(200);
    registry.board.order({ kind: 'status', status: 503, times: 1 });
    registry.board.order({ kind: 'status', status: 500 });
    expect([await statusOf(registry), await statusOf(registry)]).toEqual([503, 500]);
    expect(registry.journal.map(({ fault }) => fault)).toEqual([undefined, 'fault-1', 'fault-2']);
    registry.board.clear();
    expect(await statusOf(registry)).toBe(200);
  });

  test('makes the answer wait', async () => {
    const waits: number[] = [];
    const board = createFaultBoard([
      { kind: 'latency', latencyMs: 1500, times: 1 },
      { kind: 'status', status: 503, latencyMs: 200 },
    ]);
    await using registry = await startMockRegistry({
      host: { faults: board },
      sleep: async (ms) => void waits.push(ms),
    });
    await seedImage(registry.store);
    expect([await statusOf(registry), await statusOf(registry)]).toEqual([200, 503]);
    expect(waits).toEqual([1500, 200]);
  });

  test('sends other bytes than the digest says, and another digest', async () => {
    await using registry = await startedWith({ kind: 'wrong-digest' });
    const answer = await send({ port: registry.port, path: manifest });
    expect([answer.status, answer.headers['content-length']]).toEqual([200, String(image.length)]);
    expect(answer.headers['docker-content-digest']).toBe(`sha256:${'0'.repeat(64)}`);
    expect(sha256(answer.body)).not.toBe(sha256(image));
  });

  test('ends a body early', async () => {
    await using registry = await startedWith({ kind: 'short-body', bytes: 5 });
    expect(await receive(registry, blob)).toEqual({ status: 200, bytes: 5, complete: false });
    expect((await receive(registry, manifest)).bytes).toBe(5);
  });

  test('cuts the connection, before the answer or in its body', async () => {
    await using registry = await startedWith({ kind: 'cut', times: 1 }, { kind: 'cut', afterBytes: 0 });
    expect(await receive(registry, blob)).toEqual({ status: 0, bytes: 0, complete: false });
    expect(await receive(registry, blob)).toEqual({ status: 200, bytes: 0, complete: false });
  });

  test('lets a body trickle, and it arrives whole', async () => {
    await using registry = await startedWith({ kind: 'slow-body', bytesPerSecond: 100 });
    const answer = await send({ port: registry.port, path: blob });
    expect(answer.body).toEqual(layer);
  });

  test('turns a good token into an expired one', async () => {
    const board = createFaultBoard([{ kind: 'expired-token', times: 1 }]);
    await using registry = await startMockRegistry({ auth: 'token', host: { faults: board } });
    await seedImage(registry.store);
    const headers = { authorization: `Bearer ${registry.token({ 'team/app': ['pull'] })}` };
    const expired = await send({ port: registry.port, path: manifest, headers });
    expect([expired.status, expired.headers['www-authenticate']]).toEqual([
      401,
      expect.stringContaining('error="invalid_token"'),
    ]);
    expect((await send({ port: registry.port, path: manifest, headers })).status).toBe(200);
  });

  test.each([
    [3600, 401],
    [-3600, 401],
    [30, 200],
  ])('puts the clock %i seconds off, which tokens notice or not', async (seconds, status) => {
    const board = createFaultBoard([{ kind: 'clock-skew', seconds }]);
    await using registry = await startMockRegistry({ auth: 'token', host: { faults: board } });
    await seedImage(registry.store);
    const headers = { authorization: `Bearer ${registry.token({ 'team/app': ['pull'] })}` };
    const answer = await send({ port: registry.port, path: manifest, headers });
    expect(answer.status).toBe(status);
  });
});
