import { runProgram } from '../../src/cli/program.js';
import type { CliResult } from './cli.js';

/** Runs a command line in this process, on the sources: for commands that look at no working directory. */
export async function runCli(args: readonly string[], stdin = ''): Promise<CliResult> {
  let stdout = '';
  let stderr = '';
  const code = await runProgram(args, {
    out: (text) => {
      stdout += text;
    },
    err: (text) => {
      stderr += text;
    },
    outPieces: async (pieces) => {
      for (const piece of pieces) stdout += piece;
    },
    readStdin: async () => Buffer.from(stdin),
    stdinIsTerminal: false,
    colors: false,
    untilStopped: () => new Promise(() => undefined),
  });
  return { code, stdout, stderr };
}
