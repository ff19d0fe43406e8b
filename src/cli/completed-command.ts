import type { Command } from 'commander';

/** What can follow one command on the command line. */
export interface CompletedCommand {
  /** As it is typed: `pullsim secret inspect`. */
  readonly path: string;
  readonly commands: readonly CompletedWord[];
  readonly options: readonly CompletedOption[];
  /** Words that its arguments may be; without any they are files. */
  readonly words: readonly string[];
}

interface CompletedWord {
  readonly name: string;
  readonly about: string;
}

export interface CompletedOption {
  /** `-o` and `--output`. */
  readonly flags: readonly string[];
  readonly takesValue: boolean;
  /** Values that it may have; without any they are files. */
  readonly values: readonly string[];
  readonly about: string;
}

/**
 * The program and all commands below it, depth first.
 *
 * @param words by path: words for arguments that commander knows no choices of
 */
export function completedCommands(
  program: Command,
  words: Readonly<Record<string, readonly string[]>>,
): readonly CompletedCommand[] {
  const visit = (command: Command, above: string): readonly CompletedCommand[] => {
    const path = `${above}${command.name()}`;
    const below = command.commands.flatMap((child) => visit(child, `${path} `));
    return [completedCommand(command, path, words[path] ?? []), ...below];
  };
  return visit(program, '');
}

/** commander's own `help` and `-h` are not among `commands` and `options`; what its help page lists has them. */
function completedCommand(command: Command, path: string, words: readonly string[]): CompletedCommand {
  const help = command.createHelp();
  return {
    path,
    commands: help.visibleCommands(command).map((child) => ({
      name: child.name(),
      about: child.description(),
    })),
    options: help.visibleOptions(command).map((option) => ({
      flags: [option.short, option.long].filter((flag) => flag !== undefined),
      takesValue: option.required || option.optional,
      values: option.argChoices ?? [],
      about: option.description,
    })),
    words: [...words, ...command.registeredArguments.flatMap((argument) => argument.argChoices ?? [])],
  };
}
