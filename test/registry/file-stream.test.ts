import { mkdir, open, readdir, readlink, truncate } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileStream } from '../../src/registry/file-stream.js';
import { openLayoutStore } from '../../src/registry/layout-store.js';
import { putBlob } from '../../src/registry/put-blob.js';
import { startMockRegistry } from '../support/mock-registry.js';
import { sha256 } from '../support/sample-image.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const large = Buffer.alloc(30_000_000, 'layer');

/** Resolves when this process has no file below `folder` open; a leak is a test that never ends. */
async function noFilesOpen(folder: string): Promise<void> {
  for (;;) {
    const open = await Promise.all(
      (await readdir('/proc/self/fd').catch(() => [])).map((fd) =>
        readlink(`/proc/self/fd/${fd}`).catch(() => ''),
      ),
    );
    if (!open.some((path) => path.startsWith(join(folder, 'a')))) return;
    await new Promise(setImmediate);
  }
}

/** Reads some of a download, then does as told; resolves with what came and whether it was all. */
function download(port: number, then: 'read on' | 'go away'): Promise<{ bytes: number; complete: boolean }> {
  return new Promise((resolve) => {
    const path = `/v2/a/blobs/${sha256(large)}`;
    const sent = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let bytes = 0;
      response.on('data', (chunk) => {
        bytes += chunk.length;
        if (then === 'go away') sent.destroy();
      });
      response.on('error', () => undefined);
      response.on('close', () => resolve({ bytes, complete: response.complete }));
    });
    sent.on('error', () => undefined);
    sent.end();
  });
}

describe('a layer that comes from a file', () => {
  test('leaves no file open, whether it is read, asked about, or given up', async () => {
    await using folder = await temporaryFolder();
    const store = await openLayoutStore(folder.path);
    await using registry = await startMockRegistry({ store });
    await putBlob(store, 'a', sha256(large), large);
    expect(await download(registry.port, 'read on')).toEqual({ bytes: large.length, complete: true });
    await noFilesOpen(folder.path);
    expect((await download(registry.port, 'go away')).complete).toBe(false);
    await noFilesOpen(folder.path);
    await store.close();
  });

  test('breaks the connection when the file is shorter than it was', async () => {
    await using folder = await temporaryFolder();
    const store = await openLayoutStore(folder.path);
    await using registry = await startMockRegistry({ store });
    await putBlob(store, 'a', sha256(large), large);
    await store.findBlob('a', sha256(large));
    await truncate(join(folder.path, 'a/blobs/sha256', sha256(large).slice(7)), 1_000_000);
    expect(await download(registry.port, 'read on')).toEqual({ bytes: 1_000_000, complete: false });
    await noFilesOpen(folder.path);
    await store.close();
  });

  test('goes through any target, one piece after the other', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'a'));
    const path = join(folder.path, 'a/file');
    const writer = await open(path, 'w');
    await writer.writeFile(large);
    await writer.close();
    const pieces: Buffer[] = [];
    await new Promise<void>((resolve) => {
      const target = {
        writeHead: () => undefined,
        write: async (piece: Uint8Array) => void pieces.push(Buffer.from(piece)),
        end: () => resolve(),
      };
      void open(path).then((file) => fileStream(file, 10, 2_000_009).sendTo(target));
    });
    expect(Buffer.concat(pieces).equals(large.subarray(10, 2_000_010))).toBe(true);
    await noFilesOpen(folder.path);
  });
});
