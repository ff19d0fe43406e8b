import { Argument, type Command } from 'commander';
import type { ExitCode } from './exit-code.js';
import type { Terminal } from './terminal.js';

/** The shells that `completion` writes for. */
export const completedShells = ['bash', 'zsh', 'fish'] as const;

export type CompletedShell = (typeof completedShells)[number];

/** Adds `completion` to the program; what it writes is generated from the program itself. */
export function addCompletion(program: Command, terminal: Terminal, ended: (code: ExitCode) => void): void {
  program
    .command('completion')
    .description('print a script that lets the Tab key complete commands, options and rules')
    .addArgument(new Argument('<shell>', 'whose script').choices(completedShells))
    .option('-v, --verbose', 'for a bug, the stack')
    .addHelpText('after', notes)
    .action(async (shell: CompletedShell) => {
      const { runCompletion } = await import('./commands/completion.js');
      ended(runCompletion(shell, program, terminal));
    });
}

const notes = `
Examples:
  source <(pullsim completion bash)                in ~/.bashrc
  source <(pullsim completion zsh)                 in ~/.zshrc, after compinit
  pullsim completion fish | source                 in ~/.config/fish/config.fish`;
