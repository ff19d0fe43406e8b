import { writeFileSync } from 'node:fs';
import { hash } from 'bcryptjs';
import { loadCluster } from '../../cluster/load-cluster.js';
import { readFiles } from '../../cluster/read-files.js';
import { draftWorld, type WorldDraft } from '../../world/init-world.js';
import { writeWorld } from '../../world/write-world.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

export interface InitOptions {
  readonly filename?: readonly string[];
  readonly namespace: string;
  /** `-` is standard output. */
  readonly config: string;
  readonly force?: boolean;
}

const bcryptCost = 10;

/**
 * `pullsim init`: a world file from manifests.
 *
 * @throws {@link UsageError} when some input cannot be read, or the file is there and `--force` is not
 */
export async function runInit(
  files: readonly string[],
  options: InitOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const paths = [...files, ...(options.filename ?? [])];
  if (paths.length === 0)
    throw new UsageError('no manifests: name files or folders, or - for standard input');
  const { inputs, errors } = await readFiles(paths, () => terminal.readStdin());
  const cluster = loadCluster(inputs, { defaultNamespace: options.namespace });
  const unreadable = [...errors, ...cluster.errors].filter(({ kind }) => kind === 'unreadable');
  if (unreadable.length > 0)
    throw new UsageError(
      unreadable.map(({ source, message }) => `${source.file}:${source.line}: ${message}`).join('\n'),
    );
  const draft = draftWorld(cluster);
  const text = await writeWorld(draft, (password) => hash(password, bcryptCost));
  if (options.config === '-') terminal.out(text);
  else {
    write(options.config, text, options.force ?? false);
    terminal.out(
      `wrote ${options.config}: ${countsOf(draft)}; see its comments for what is yours to decide\n`,
    );
  }
  return exitCodes.ok;
}

/** The file may hold hashes of passwords: it is for its owner until somebody says otherwise. */
function write(file: string, text: string, force: boolean): void {
  try {
    writeFileSync(file, text, { flag: force ? 'w' : 'wx', mode: 0o600 });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(
      code === 'EEXIST'
        ? `${file} is there already: --force writes over it`
        : `cannot write ${file}: ${message}`,
    );
  }
}

function countsOf({ registries }: WorldDraft): string {
  const repositories = registries.flatMap((registry) => registry.repositories).length;
  const users = registries.flatMap((registry) => registry.users).length;
  return [
    counted(registries.length, 'registry', 'registries'),
    counted(repositories, 'repository', 'repositories'),
    counted(users, 'user', 'users'),
  ].join(', ');
}

const counted = (count: number, one: string, several: string): string =>
  `${count} ${count === 1 ? one : several}`;
