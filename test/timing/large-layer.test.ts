import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { compileSource } from '../support/compiled-source.js';
import { send } from '../support/http-exchange.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const layerBytes = 2 * 1024 ** 3;
const piece = Buffer.alloc(1024 ** 2, 'pullsim');

function* layer() {
  for (let sent = 0; sent < layerBytes; sent += piece.length) yield piece;
}

test('a layer of 2 GiB is pushed and pulled with the process under 150 MB', async () => {
  await using folder = await temporaryFolder();
  const compiled = compileSource(
    'registry/create-registry-handler.ts',
    'registry/configure-server.ts',
    'registry/layout-store.ts',
  );
  const script = fileURLToPath(new URL('../support/layout-server.mjs', import.meta.url));
  const server = spawn(process.execPath, [script, compiled, folder.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
    const port = Number(line);
    const digest = `sha256:${digestOfLayer()}`;
    const opened = await send({ port, method: 'POST', path: '/v2/big/blobs/uploads/' });
    expect(await push(port, `${opened.headers.location}?digest=${digest}`)).toBe(201);
    expect(await pull(port, `/v2/big/blobs/${digest}`)).toBe(digest);
    expect(peakMegabytes(server.pid ?? 0)).toBeLessThan(150);
  } finally {
    const ended = once(server, 'exit');
    server.kill();
    await ended;
    await rm(compiled, { recursive: true, force: true });
  }
});

function digestOfLayer(): string {
  const hash = createHash('sha256');
  for (const bytes of layer()) hash.update(bytes);
  return hash.digest('hex');
}

async function push(port: number, path: string): Promise<number> {
  const headers = { 'content-length': String(layerBytes) };
  const sent = request({ host: '127.0.0.1', port, path, method: 'PUT', headers });
  const answered = once(sent, 'response');
  await pipeline(Readable.from(layer(), { objectMode: false, highWaterMark: piece.length }), sent);
  const [response] = await answered;
  response.resume();
  return response.statusCode;
}

async function pull(port: number, path: string): Promise<string> {
  const sent = request({ host: '127.0.0.1', port, path }).end();
  const [response] = await once(sent, 'response');
  const hash = createHash('sha256');
  for await (const bytes of response) hash.update(bytes);
  return `sha256:${hash.digest('hex')}`;
}

/** The most memory that the process has ever had. */
function peakMegabytes(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1000;
}
