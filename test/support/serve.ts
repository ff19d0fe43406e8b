import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPullsim } from './cli.js';

/** A running `pullsim serve`, for clients that are programs. */
export interface ServedWorld extends AsyncDisposable {
  /** `127.0.0.1:43121` */
  readonly address: string;
  /** A folder for the client's files, gone at the end. */
  readonly folder: string;
}

/** Serves a world on a free port; resolves when it answers. */
export async function serveWorld(config = 'classroom'): Promise<ServedWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'pullsim-client-'));
  const child = startPullsim(['serve', '--port', '0', '--config', config], { cwd: folder });
  const address = await new Promise<string>((resolve, reject) => {
    const printed: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => {
      printed.push(chunk.toString());
      const [, found] = /at http:\/\/(\S+) /.exec(printed.join('')) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.stderr.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
    child.once('close', (code) => reject(new Error(`serve ended with ${code}: ${printed.join('')}`)));
  });
  return {
    address,
    folder,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'close');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
