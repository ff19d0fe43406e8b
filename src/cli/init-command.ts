import { type Command, Option } from 'commander';
import type { ExitCode } from './exit-code.js';
import type { Terminal } from './terminal.js';

/** Adds `init` to the program. */
export function addInit(program: Command, terminal: Terminal, ended: (code: ExitCode) => void): void {
  program
    .command('init')
    .description(
      'write a world file from manifests: the registries, repositories, tags and accounts they need',
    )
    .argument('[files...]', 'YAML or JSON files, folders, patterns, or - for standard input')
    .addOption(
      new Option('-f, --filename <file>', 'the same as an argument; may be repeated').argParser(
        (value: string, before: readonly string[] = []): readonly string[] => [...before, value],
      ),
    )
    .option('-n, --namespace <name>', 'namespace of objects that name none', 'default')
    .option('--config <file>', 'the world file to write; - prints it', 'pullsim.yaml')
    .option('--force', 'write over a file that is there')
    .option('-v, --verbose', 'for a bug, the stack')
    .addHelpText('after', notes)
    .action(async (files: string[], options) => {
      const { runInit } = await import('./commands/init.js');
      ended(await runInit(files, options, terminal));
    });
}

const notes = `
Docker Hub's library/ becomes public, everything else private. Passwords of pull secrets are written as bcrypt hashes.
Comments in the file say where you must decide.

Examples:
  pullsim init deploy.yaml secret.yaml && pullsim check deploy.yaml secret.yaml
  helm template ./chart | pullsim init --config world.yaml -`;
