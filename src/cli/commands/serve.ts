import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { JournalEntry } from '../../access/journal.js';
import { type ResolvedWorld, resolveWorld } from '../../world/resolve-world.js';
import { type RunningRegistry, serveWorld } from '../../world/start-registry.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { describeServer } from '../serve-help.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

export interface ServeOptions {
  readonly config?: string;
  readonly port: string;
  readonly host: string;
  readonly publicUrl?: string;
  readonly readyFile?: string;
  readonly journal?: string;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

/** `pullsim serve`: the registry of a world for real clients, until SIGINT or SIGTERM. */
export async function runServe(options: ServeOptions, terminal: Terminal): Promise<ExitCode> {
  const stopped = terminal.untilStopped();
  const resolved = resolveWorld(options.config, { fallback: 'classroom' });
  if (resolved.world.registries.length === 0)
    throw new UsageError('the world has no registries: there is nothing to serve');
  await using registry = await start(options, resolved, terminal);
  if (!options.quiet) terminal.out(describeServer(resolved, registry.url));
  if (options.readyFile !== undefined) announce(options.readyFile, registry);
  await stopped;
  if (options.readyFile !== undefined) rmSync(options.readyFile, { force: true });
  return exitCodes.ok;
}

async function start(
  options: ServeOptions,
  { world }: ResolvedWorld,
  terminal: Terminal,
): Promise<RunningRegistry> {
  const port = readPort(options.port);
  const publicUrl = readPublicUrl(options.publicUrl);
  try {
    return await serveWorld(world, {
      port,
      host: options.host,
      ...(publicUrl !== undefined && { publicUrl }),
      ...(options.journal !== undefined && { journal: journalTo(options.journal, terminal) }),
      onError: (error) => terminal.err(`pullsim: ${describeError(error, options.verbose ?? false)}\n`),
    });
  } catch (error) {
    throw listenProblem(error, options) ?? error;
  }
}

const describeError = (error: unknown, verbose: boolean): string =>
  error instanceof Error ? ((verbose ? error.stack : undefined) ?? error.message) : String(error);

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port must be a number from 0 to 65535, not "${text}"`);
}

/** Only scheme and authority count: the realm is `<url>/token`. */
function readPublicUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (/^https?:\/\/[^/?#\s]+\/?$/.test(text)) return text.replace(/\/$/, '');
  throw new UsageError(`--public-url must be http:// or https:// and a host, without a path, not "${text}"`);
}

/** What the user can do about a socket that cannot be had. */
function listenProblem(error: unknown, { port, host }: ServeOptions): UsageError | undefined {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new UsageError(
        `port ${port} of ${host} is in use: choose another with --port, or take a free one with --port 0`,
      );
    case 'EACCES':
      return new UsageError(
        `port ${port} needs more rights than you have: choose one above 1023 with --port`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new UsageError(`--host ${host} is no address of this machine`);
    default:
      return undefined;
  }
}

function journalTo(file: string, terminal: Terminal): (entry: JournalEntry) => void {
  if (file === '-') return (entry) => terminal.out(`${JSON.stringify(entry)}\n`);
  appendFileSync(file, '');
  return (entry) => appendFileSync(file, `${JSON.stringify(entry)}\n`);
}

/** Written beside and renamed, so that whoever waits for the file never reads half of it. */
function announce(file: string, { url, host, port }: RunningRegistry): void {
  const beside = `${file}.${process.pid}.tmp`;
  writeFileSync(beside, `${JSON.stringify({ url, host, port, pid: process.pid })}\n`);
  renameSync(beside, file);
}
