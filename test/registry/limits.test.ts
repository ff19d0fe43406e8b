import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createRequestBody } from '../../src/registry/request-body.js';
import { send } from '../support/http-exchange.js';
import { startMockRegistry } from '../support/mock-registry.js';
import { image, seedImage, sha256 } from '../support/sample-image.js';

const pullOf = ({ headers }: { headers: Readonly<Record<string, unknown>> }) => [
  headers['ratelimit-limit'],
  headers['ratelimit-remaining'],
  headers['docker-ratelimit-source'],
];

describe('a registry that counts pulls as Docker Hub does', () => {
  const pulls = { limit: 2, windowSeconds: 21_600 };

  async function started(more: object = {}) {
    const clock = { now: new Date('2026-01-02T03:04:05Z') };
    const registry = await startMockRegistry({
      auth: 'token',
      users: {},
      now: () => clock.now,
      host: { limits: { pulls: { ...pulls, ...more } } },
    });
    await seedImage(registry.store);
    const ask = (method: string, path: string, user: string) =>
      send({
        port: registry.port,
        method,
        path,
        headers: { authorization: `Bearer ${registry.token({ 'team/app': ['pull'] }, user)}` },
      });
    return Object.assign(registry, { clock, ask });
  }

  test('counts manifest GETs, shows what is left with HEAD, and lets blobs go free', async () => {
    await using registry = await started();
    const path = '/v2/team/app/manifests/v1';
    expect(pullOf(await registry.ask('HEAD', path, 'alice'))).toEqual(['2;w=21600', '2;w=21600', 'alice']);
    expect(pullOf(await registry.ask('GET', path, 'alice'))).toEqual(['2;w=21600', '1;w=21600', 'alice']);
    const byDigest = await registry.ask('GET', `/v2/team/app/manifests/${sha256(image)}`, 'alice');
    expect(pullOf(byDigest)).toEqual(['2;w=21600', '0;w=21600', 'alice']);
    const over = await registry.ask('GET', path, 'alice');
    expect([over.status, over.headers['retry-after'], ...pullOf(over)]).toEqual([
      429,
      '21600',
      '2;w=21600',
      '0;w=21600',
      'alice',
    ]);
    expect(over.json()).toEqual({
      errors: [
        {
          code: 'TOOMANYREQUESTS',
          message:
            'You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit',
        },
      ],
    });
    expect((await registry.ask('HEAD', path, 'alice')).status).toBe(200);
    const blob = await registry.ask('GET', `/v2/team/app/blobs/${sha256('{}')}`, 'alice');
    expect([blob.status, pullOf(blob)]).toEqual([200, [undefined, undefined, undefined]]);
    expect(registry.journal.at(-3)).toMatchObject({
      status: 429,
      because: 'alice has used all 2 pulls of 21600 seconds',
    });
  });

  test('counts anonymous clients by address, users by name, and forgets after the window', async () => {
    await using registry = await started({ limit: 1 });
    const path = '/v2/team/app/manifests/v1';
    expect(pullOf(await registry.ask('GET', path, ''))).toEqual(['1;w=21600', '0;w=21600', '127.0.0.1']);
    const over = await registry.ask('GET', path, '');
    expect(over.json()).toMatchObject({
      errors: [
        {
          message:
            'You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
        },
      ],
    });
    expect((await registry.ask('GET', path, 'bob')).status).toBe(200);
    registry.clock.now = new Date('2026-01-02T09:04:04Z');
    const later = await registry.ask('GET', path, '');
    expect([later.status, later.headers['retry-after']]).toEqual([429, '1']);
    registry.clock.now = new Date('2026-01-02T09:04:05Z');
    expect((await registry.ask('GET', path, '')).status).toBe(200);
  });

  test('can count each repository by itself', async () => {
    await using registry = await started({ limit: 1, perRepository: true });
    await seedImage(registry.store, 'team/other');
    const rights = { 'team/app': ['pull'], 'team/other': ['pull'] };
    const headers = { authorization: `Bearer ${registry.token(rights, 'alice')}` };
    const statuses = [];
    for (const name of ['team/app', 'team/other', 'team/app']) {
      const answer = await send({ port: registry.port, path: `/v2/${name}/manifests/v1`, headers });
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([200, 200, 429]);
  });

  test('can count by address alone, some repositories only, and answer in plain text', async () => {
    await using registry = await started({ limit: 0, per: 'address', repository: 'team/*', answer: 'plain' });
    const over = await registry.ask('GET', '/v2/team/app/manifests/v1', 'alice');
    expect([over.status, over.headers['content-type'], over.text, pullOf(over)[2]]).toEqual([
      429,
      'text/plain',
      'Too Many Requests',
      '127.0.0.1',
    ]);
    await using elsewhere = await started({ limit: 0, repository: 'other/*' });
    expect((await elsewhere.ask('GET', '/v2/team/app/manifests/v1', 'alice')).status).toBe(200);
  });
});

describe('S4: a body that comes too slowly', () => {
  test('ends with 408 and a closed connection', async () => {
    await using registry = await startMockRegistry({
      host: { limits: { body: { windowMs: 20, minBytesPerWindow: 10 } } },
    });
    const opened = await send({ port: registry.port, method: 'POST', path: '/v2/a/blobs/uploads/' });
    const socket = connect(registry.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.write(`PATCH ${opened.headers.location} HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nx`);
    await new Promise((resolve) => socket.on('close', resolve));
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(answer).toContain('the request body came too slowly');
  });

  describe('by its pace', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
    afterEach(() => void vi.useRealTimers());

    /** A request whose bytes arrive when the test says so. */
    function bodyOf(take: (chunk: Uint8Array) => void | Promise<void>) {
      const request = Object.assign(new PassThrough(), { headers: {}, complete: false });
      const body = createRequestBody(request as unknown as IncomingMessage, {} as ServerResponse, {
        pace: { windowMs: 1000, minBytesPerWindow: 10 },
        awaitsContinue: false,
      });
      const outcome = body.read(take).then(
        () => 'read',
        (error: Error) => error.message,
      );
      const arrive = async (bytes: number) => {
        request.write(Buffer.alloc(bytes));
        await new Promise(setImmediate);
      };
      return { request, outcome, arrive };
    }

    test('is spared for as long as every window brings enough', async () => {
      const { request, outcome, arrive } = bodyOf(() => undefined);
      for (let window = 0; window < 100; window += 1) {
        await arrive(10);
        vi.advanceTimersByTime(1000);
      }
      request.end();
      expect(await outcome).toBe('read');
    });

    test('is ended by the first window that brings too little', async () => {
      const { outcome, arrive } = bodyOf(() => undefined);
      await arrive(10);
      vi.advanceTimersByTime(1000);
      await arrive(9);
      vi.advanceTimersByTime(1000);
      expect(await outcome).toBe('the request body came too slowly');
    });

    test('is not blamed for a store that is slow', async () => {
      let stored = () => {};
      const storing = new Promise<void>((resolve) => {
        stored = resolve;
      });
      const { request, outcome, arrive } = bodyOf(() => storing);
      await arrive(10);
      vi.advanceTimersByTime(60_000);
      stored();
      await new Promise(setImmediate);
      request.end();
      expect(await outcome).toBe('read');
    });
  });
});
