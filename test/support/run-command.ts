import { spawn } from 'node:child_process';

/** What a command left behind. */
export interface CommandResult {
  readonly status: number | null;
  /** Standard output and standard error, in the order they came. */
  readonly output: string;
}

/** Runs a program to its end, without blocking the servers of this process. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...options.env } });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output: Buffer.concat(chunks).toString() }));
    child.stdin.end(options.input ?? '');
  });
}
