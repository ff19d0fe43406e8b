import { resolveWorld } from '../../world/resolve-world.js';
import type { RunningServer } from '../../world/run-server.js';
import { serveWorld } from '../../world/start-registry.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { describeServer } from '../serve-help.js';
import { announce, readServerOptions, type ServeOptions, startProblem, writeCa } from '../serve-options.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

/** `pullsim serve`: the registry of a world for real clients, until SIGINT or SIGTERM. */
export async function runServe(options: ServeOptions, terminal: Terminal): Promise<ExitCode> {
  const stopped = terminal.untilStopped();
  const { server, describe } = await start(options, terminal);
  await using _ = server;
  const ca = writeCa(server, options);
  if (!options.quiet) terminal.out(describe(ca));
  const withdraw = announce(options.readyFile, server);
  await stopped;
  withdraw();
  return exitCodes.ok;
}

interface Started {
  readonly server: RunningServer;
  /** What to print once it answers; `ca` is the file that clients must trust. */
  readonly describe: (ca: string | undefined) => string;
}

async function start(options: ServeOptions, terminal: Terminal): Promise<Started> {
  try {
    return await (options.tokenOnly ? startTokens : startRegistries)(options, terminal);
  } catch (error) {
    throw startProblem(error, options) ?? error;
  }
}

async function startRegistries(options: ServeOptions, terminal: Terminal): Promise<Started> {
  for (const flag of ['state', 'tokenHeader'] as const) {
    if (options[flag] === undefined) continue;
    const name = flag === 'state' ? '--state' : '--token-header';
    throw new UsageError(
      `${name} is for --token-only; a registry's key file is its "signingKey" in the world`,
    );
  }
  const resolved = resolveWorld(options.config, { fallback: 'classroom' });
  if (resolved.world.registries.length === 0)
    throw new UsageError('the world has no registries: there is nothing to serve');
  const server = await serveWorld(resolved.world, readServerOptions(options, terminal));
  return { server, describe: (ca) => describeServer(resolved, server.url, ca) };
}

async function startTokens(options: ServeOptions, terminal: Terminal): Promise<Started> {
  const { startTokenServer } = await import('../start-token-server.js');
  return startTokenServer(options, terminal);
}
