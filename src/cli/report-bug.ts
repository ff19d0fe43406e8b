import type { Terminal } from './terminal.js';

/** One line for people, and what to do; `-v` adds the stack. */
export function reportBug(error: unknown, args: readonly string[], terminal: Pick<Terminal, 'err'>): void {
  const what = (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ');
  terminal.err(
    `pullsim: this is a bug of ours: ${what}. Please report it with the output of the same command and -v\n`,
  );
  const verbose = args.some((arg) => arg === '-v' || arg === '--verbose');
  if (verbose && error instanceof Error) terminal.err(`${error.stack}\n`);
}
