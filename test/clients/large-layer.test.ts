import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { platform } from 'node:os';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { serveWorld } from '../support/serve.js';

const world = `apiVersion: pullsim/v1
kind: World
registries: [{ host: registry.example.com, auth: none, layout: content }]
`;
const megabyte = 1024 * 1024;
const megabytes = 2048;

/** The same megabyte again and again: 2 GiB without holding them. */
function* content(piece: Uint8Array): Generator<Uint8Array> {
  for (let sent = 0; sent < megabytes; sent += 1) yield piece;
}

/** Sends a request and hands out its answer; the body stays to be read. */
async function send(
  url: string,
  options: RequestOptions,
  body?: Iterable<Uint8Array>,
): Promise<IncomingMessage> {
  const outgoing = request(url, options);
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
  });
  if (body === undefined) outgoing.end();
  else await pipeline(Readable.from(body), outgoing);
  return answered;
}

const peakMegabytes = (pid: number): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

test.skipIf(platform() !== 'linux')(
  'a layer of 2 GiB is pushed and pulled in less than 150 MB of memory',
  async () => {
    await using served = await serveWorld('world.yaml', { files: { 'world.yaml': world } });
    const piece = randomBytes(megabyte);
    const hash = createHash('sha256');
    for (const part of content(piece)) hash.update(part);
    const digest = `sha256:${hash.digest('hex')}`;

    const started = await send(`${served.url}/v2/team/app/blobs/uploads/`, { method: 'POST' });
    started.resume();
    // As docker, containerd and podman push: one PATCH of unknown length, then an empty PUT.
    const session = new URL(started.headers.location ?? '', served.url).href;
    const patched = await send(session, { method: 'PATCH' }, content(piece));
    patched.resume();
    const end = new URL(patched.headers.location ?? '', served.url);
    end.searchParams.set('digest', digest);
    const put = await send(end.href, { method: 'PUT' });
    put.resume();
    expect([started.statusCode, patched.statusCode, put.statusCode]).toEqual([202, 202, 201]);

    const got = await send(`${served.url}/v2/team/app/blobs/${digest}`, { method: 'GET' });
    const received = createHash('sha256');
    for await (const chunk of got) received.update(chunk as Buffer);
    expect(`sha256:${received.digest('hex')}`).toBe(digest);
    expect(peakMegabytes(served.pid)).toBeLessThan(150);
  },
);
