import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandResult, runCommand } from './run-command.js';

/** A containerd daemon with root, state and socket of its own. */
export interface Containerd extends AsyncDisposable {
  readonly ctr: (...args: string[]) => Promise<CommandResult>;
}

/** Starts one that keeps everything in `folder`; resolves when it serves. */
export async function startContainerd(folder: string): Promise<Containerd> {
  const socket = join(folder, 'containerd.sock');
  const config = join(folder, 'containerd.toml');
  writeFileSync(
    config,
    `version = 2
root = "${join(folder, 'containerd')}"
state = "${join(folder, 'containerd-state')}"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${socket}"
`,
  );
  const daemon = spawn('containerd', [`--config=${config}`]);
  const printed: string[] = [];
  await new Promise<void>((resolve, reject) => {
    daemon.stderr.on('data', (chunk: Buffer) => {
      printed.push(chunk.toString());
      if (printed.join('').includes('containerd successfully booted')) resolve();
    });
    daemon.once('error', reject);
    daemon.once('close', (code) => reject(new Error(`containerd ended with ${code}: ${printed.join('')}`)));
  });
  return {
    ctr: (...args) => runCommand('ctr', [`--address=${socket}`, ...args]),
    async [Symbol.asyncDispose]() {
      daemon.kill('SIGTERM');
      if (daemon.exitCode === null) await once(daemon, 'close');
    },
  };
}
