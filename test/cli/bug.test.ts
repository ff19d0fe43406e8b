import { expect, test } from 'vitest';
import { runProgram } from '../../src/cli/program.js';
import type { Terminal } from '../../src/cli/terminal.js';

/** A terminal whose standard input breaks in a way that nobody thought of. */
function brokenTerminal() {
  const printed: string[] = [];
  const terminal: Terminal = {
    out: (text) => void printed.push(text),
    err: (text) => void printed.push(text),
    outPieces: async (pieces) => void printed.push(...pieces),
    readStdin: async () => {
      throw new TypeError('boom\n  in two lines');
    },
    stdinIsTerminal: false,
    colors: false,
    untilStopped: async () => undefined,
  };
  return { terminal, printed };
}

test('a bug of ours ends with 70 and one line that says how to report it', async () => {
  const { terminal, printed } = brokenTerminal();
  expect(await runProgram(['hash-password'], terminal)).toBe(70);
  expect(printed).toEqual([
    'pullsim: this is a bug of ours: boom in two lines. Please report it with the output of the same command and -v\n',
  ]);
});

test('-v prints the stack of a bug', async () => {
  const { terminal, printed } = brokenTerminal();
  expect(await runProgram(['hash-password', '-v'], terminal)).toBe(70);
  expect(printed[1]).toMatch(/^TypeError: boom\n[\s\S]*\n {4}at /);
});
