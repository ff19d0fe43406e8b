import type { Command } from 'commander';
import { rules } from '../../diagnosis/rules.js';
import { completedCommands } from '../completed-command.js';
import type { CompletedShell } from '../completion-command.js';
import { bashCompletion, fishCompletion, zshCompletion } from '../completion-script.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import type { Terminal } from '../terminal.js';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const satisfies Record<
  CompletedShell,
  unknown
>;

/** `pullsim completion SHELL`: the completion script of the whole program. */
export function runCompletion(shell: CompletedShell, program: Command, terminal: Terminal): ExitCode {
  const topics = ['rules', ...rules.map(({ id }) => id).toSorted()];
  terminal.out(scripts[shell](completedCommands(program, { 'pullsim explain': topics })));
  return exitCodes.ok;
}
