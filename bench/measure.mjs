// Runs a command as a whole process and tells its wall time and peak memory.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const peakMemory = pathToFileURL(join(root, 'bench/peak-memory.mjs')).href;

/** A folder that is gone after `use` returns. */
export async function withFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'pullsim-bench-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs node with `args`; throws when the exit code is not one of `exits`. */
export function runNode(args, { cwd, exits = [0] } = {}) {
  const started = process.hrtime.bigint();
  const done = spawnSync(process.execPath, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 30,
  });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  if (!exits.includes(done.status)) {
    throw new Error(`node ${args.join(' ')} ended with ${done.status ?? done.signal}: ${done.stderr}`);
  }
  return { seconds, stdout: done.stdout.toString() };
}

/** As {@link runNode}, with the peak resident memory of the process. */
export async function runMeasured(args, options) {
  return withFolder((folder) => {
    const file = join(folder, 'peak');
    process.env.PULLSIM_BENCH_PEAK = file;
    const run = runNode(['--import', peakMemory, ...args], options);
    delete process.env.PULLSIM_BENCH_PEAK;
    return { ...run, peakMegabytes: Number(readFileSync(file, 'utf8')) / 1024 };
  });
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
