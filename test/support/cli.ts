import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built command (`node scripts/ready.mjs`); `PULLSIM_BIN` names another build, for example an installed one. */
export const pullsimBin =
  process.env.PULLSIM_BIN ?? fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `pullsim` to its end. */
export function pullsim(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = startPullsim(args, options);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
  });
}

/** Starts `pullsim` and leaves it running. */
export const startPullsim = (args: readonly string[], { cwd, env }: CliOptions = {}) =>
  spawn(process.execPath, [pullsimBin, ...args], { cwd, env: { ...process.env, ...env } });
