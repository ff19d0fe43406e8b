import { hash } from 'bcryptjs';
import { type ExitCode, exitCodes } from '../exit-code.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

export interface HashPasswordOptions {
  readonly passwordStdin?: boolean;
  readonly cost: string;
}

/** What bcrypt reads; it would silently ignore the rest (registry.md §7). */
const maxPasswordBytes = 72;
const costs = { lowest: 4, highest: 16 } as const;

/**
 * `pullsim hash-password`: a bcrypt hash for `passwordHash` of a world file, or for an htpasswd line. The password comes
 * from standard input only: arguments are visible to everybody on the machine.
 */
export async function runHashPassword(options: HashPasswordOptions, terminal: Terminal): Promise<ExitCode> {
  if (terminal.stdinIsTerminal && !options.passwordStdin)
    throw new UsageError(
      'give the password on standard input: printf %s "$PASSWORD" | pullsim hash-password --password-stdin',
    );
  const cost = readCost(options.cost);
  const password = (await terminal.readStdin()).toString('utf8').replace(/\r?\n$/, '');
  if (password === '') throw new UsageError('the password is empty');
  if (Buffer.byteLength(password) > maxPasswordBytes)
    throw new UsageError(`the password is longer than ${maxPasswordBytes} bytes, all that bcrypt reads`);
  terminal.out(`${await hash(password, cost)}\n`);
  return exitCodes.ok;
}

function readCost(text: string): number {
  const cost = Number(text);
  if (Number.isInteger(cost) && cost >= costs.lowest && cost <= costs.highest) return cost;
  throw new UsageError(
    `--cost must be a whole number from ${costs.lowest} to ${costs.highest}, not "${text}"`,
  );
}
