import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPullsim } from './cli.js';

/** A running `pullsim serve`, for clients that are programs. */
export interface ServedWorld extends AsyncDisposable {
  /** `127.0.0.1:43121` */
  readonly address: string;
  /** `http://127.0.0.1:43121` */
  readonly url: string;
  readonly pid: number;
  /** What it printed when it answered. */
  readonly printed: string;
  /** A folder for the client's files, gone at the end. */
  readonly folder: string;
}

export interface ServeWorldOptions {
  /** Further flags. */
  readonly args?: readonly string[];
  /** Files to write into the folder, by name, before it starts there. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Serves a world on a free port; resolves when it answers. */
export async function serveWorld(
  config = 'classroom',
  { args = [], files = {} }: ServeWorldOptions = {},
): Promise<ServedWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'pullsim-client-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const child = startPullsim(['serve', '--port', '0', '--config', config, ...args], { cwd: folder });
  const printed = await new Promise<string>((resolve, reject) => {
    const pieces: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => {
      pieces.push(chunk.toString());
      if (pieces.join('').includes('Stop with Ctrl-C.')) resolve(pieces.join(''));
    });
    child.stderr.on('data', (chunk: Buffer) => pieces.push(chunk.toString()));
    child.once('close', (code) => reject(new Error(`serve ended with ${code}: ${pieces.join('')}`)));
  });
  const [, url = '', address = ''] = /at (https?:\/\/([^\s/]+))/.exec(printed) ?? [];
  return {
    address,
    url,
    pid: child.pid ?? 0,
    printed,
    folder,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'close');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
