import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandResult, runCommand } from './run-command.js';

/** A containerd daemon with root, state and socket of its own. */
export interface Containerd extends AsyncDisposable {
  /** Path of its Unix socket, for ctr and CRI alike. */
  readonly socket: string;
  readonly ctr: (...args: string[]) => Promise<CommandResult>;
}

export interface ContainerdOptions {
  /** Serves CRI, with this folder of hosts.toml trees as `config_path`. Without it there is no CRI plugin. */
  readonly criHosts?: string;
}

/** Starts one that keeps everything in `folder`; resolves when it serves. */
export async function startContainerd(
  folder: string,
  { criHosts }: ContainerdOptions = {},
): Promise<Containerd> {
  const socket = join(folder, 'containerd.sock');
  const config = join(folder, 'containerd.toml');
  writeFileSync(
    config,
    `version = 2
root = "${join(folder, 'containerd')}"
state = "${join(folder, 'containerd-state')}"
disabled_plugins = [${criHosts === undefined ? '"io.containerd.grpc.v1.cri"' : ''}]
[grpc]
  address = "${socket}"
${criHosts === undefined ? '' : criSection(criHosts)}`,
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
    socket,
    ctr: (...args) => runCommand('ctr', [`--address=${socket}`, ...args]),
    async [Symbol.asyncDispose]() {
      daemon.kill('SIGTERM');
      if (daemon.exitCode === null) await once(daemon, 'close');
    },
  };
}

/** The native snapshotter unpacks by copying: no overlay file system is needed. */
const criSection = (hosts: string) => `[plugins."io.containerd.grpc.v1.cri"]
  disable_tcp_service = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${hosts}"
`;
