import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { send } from '../support/http-exchange.js';
import { type MockRegistry, startMockRegistry } from '../support/mock-registry.js';
import { image, layer, seedBlobs, seedImage, sha256 } from '../support/sample-image.js';

/** Sends with `Expect: 100-continue` and holds the body back until it is asked for. */
function sendExpecting(
  { port }: MockRegistry,
  path: string,
  body: Uint8Array,
  headers: Record<string, string> = {},
): Promise<{ status: number; continued: boolean; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    let continued = false;
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: 'PUT',
        agent: false,
        headers: { expect: '100-continue', 'content-length': String(body.length), ...headers },
      },
      (response) => {
        response.resume();
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, continued, connection: response.headers.connection }),
        );
      },
    );
    sent.on('continue', () => {
      continued = true;
      sent.end(body);
    });
    sent.on('error', reject);
    sent.flushHeaders();
  });
}

/** Everything that comes back on one connection for a text written to it, until the server closes it. */
function talk(port: number, ...texts: readonly (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
    for (const text of texts) socket.write(text);
  });
}

describe('a body that was announced with Expect: 100-continue', () => {
  const type = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' };

  test('is asked for when it is wanted', async () => {
    await using registry = await startMockRegistry();
    await seedBlobs(registry.store);
    expect(await sendExpecting(registry, '/v2/team/app/manifests/v1', image, type)).toMatchObject({
      status: 201,
      continued: true,
    });
  });

  test('is never sent when the answer is known without it', async () => {
    await using registry = await startMockRegistry({ auth: 'token' });
    const large = Buffer.alloc(5_000_000);
    expect(await sendExpecting(registry, '/v2/team/app/manifests/v1', large, type)).toEqual({
      status: 401,
      continued: false,
      connection: 'close',
    });
    const headers = { ...type, authorization: `Bearer ${registry.token({ 'team/app': ['pull', 'push'] })}` };
    expect(await sendExpecting(registry, '/v2/team/app/manifests/v1', large, headers)).toMatchObject({
      status: 413,
      continued: false,
    });
  });
});

describe('an answer that comes before the body has', () => {
  test('reaches a client that goes on sending, and the connection closes', async () => {
    await using registry = await startMockRegistry({ auth: 'token' });
    for (const chunked of [false, true]) {
      const answer = await send({
        port: registry.port,
        method: 'PUT',
        path: '/v2/team/app/manifests/v1',
        body: Buffer.alloc(6_000_000),
        chunked,
      });
      expect([answer.status, answer.headers.connection]).toEqual([401, 'close']);
    }
  });

  test('leaves the connection open after a small body, and the next request on it is answered', async () => {
    await using registry = await startMockRegistry({ auth: 'token' });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports: (number | undefined)[] = [];
    for (let sent = 0; sent < 3; sent += 1) {
      await new Promise<void>((resolve, reject) => {
        const outgoing = request(
          { agent, host: '127.0.0.1', port: registry.port, method: 'PUT', path: '/v2/a/manifests/v1' },
          (response) => {
            expect(response.statusCode).toBe(401);
            response.resume().on('end', resolve);
          },
        );
        outgoing.on('socket', (socket) => ports.push(socket.localPort));
        outgoing.on('error', reject);
        outgoing.setHeader('content-length', '1000');
        outgoing.end(Buffer.alloc(1000));
      });
    }
    agent.destroy();
    expect(new Set(ports).size).toBe(1);
  });

  test('S3: an endless body is refused once it is over the limit, and the connection ends', async () => {
    await using registry = await startMockRegistry();
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const head =
      'PUT /v2/a/manifests/v1 HTTP/1.1\r\nHost: h\r\nContent-Type: application/vnd.oci.image.manifest.v1+json\r\nTransfer-Encoding: chunked\r\n\r\n';
    const answer = await talk(registry.port, head, ...Array.from({ length: 80 }, () => chunk));
    expect(answer).toMatch(/^HTTP\/1\.1 413 Payload Too Large\r\n/);
    expect(answer).toContain('"code":"MANIFEST_INVALID"');
  });
});

describe('a request that could be read in two ways', () => {
  test('S36: with both lengths is refused by the parser', async () => {
    await using registry = await startMockRegistry();
    const answer = await talk(
      registry.port,
      'PUT /v2/a/manifests/v1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nraw\r\n0\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('S36: with two Authorization headers is nobody, even where one of them is good', async () => {
    await using registry = await startMockRegistry({ auth: 'token' });
    await seedImage(registry.store);
    const good = `Bearer ${registry.token({ 'team/app': ['pull'] })}`;
    for (const pair of [
      [good, 'Bearer x'],
      [good, good],
    ]) {
      const lines = pair.map((value) => `Authorization: ${value}\r\n`).join('');
      const answer = await talk(
        registry.port,
        `GET /v2/team/app/manifests/v1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${lines}\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    }
    expect(registry.journal.at(-1)?.because).toBe('the Authorization header was sent more than once');
  });

  test('S36: a public repository of a Basic registry is no way around it', async () => {
    await using registry = await startMockRegistry({ auth: 'basic', users: {}, visibility: () => 'public' });
    await seedImage(registry.store);
    expect((await send({ port: registry.port, path: '/v2/team/app/manifests/v1' })).status).toBe(200);
    const twice = 'Authorization: Basic eDp5\r\n'.repeat(2);
    const answer = await talk(
      registry.port,
      `GET /v2/team/app/manifests/v1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${twice}\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('in the absolute form that proxies send is read as the same', async () => {
    await using registry = await startMockRegistry();
    await seedImage(registry.store);
    const path = `http://registry.example/v2/team/app/blobs/${sha256(layer)}`;
    expect((await send({ port: registry.port, path })).body).toEqual(layer);
  });
});
