import type { RunningControl } from '../../world/control-api.js';
import { resolveWorld } from '../../world/resolve-world.js';
import type { RunningServer } from '../../world/run-server.js';
import { type ServedWorld, serveWorld } from '../../world/start-registry.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { describeServer } from '../serve-help.js';
import {
  announce,
  type CommonServerOptions,
  type ControlAddress,
  readControlPort,
  readServerOptions,
  type ServeOptions,
  startProblem,
  writeCa,
} from '../serve-options.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';

/** `pullsim serve`: the registry of a world for real clients, until SIGINT or SIGTERM. */
export async function runServe(options: ServeOptions, terminal: Terminal): Promise<ExitCode> {
  const stopped = terminal.untilStopped();
  const { server, describe, control } = await start(options, terminal);
  await using _ = server;
  await using __ = control;
  const ca = writeCa(server, options);
  const controlled = control && { url: control.url, token: control.token };
  if (!options.quiet) terminal.out(describe(ca, controlled));
  const withdraw = announce(options.readyFile, server, controlled);
  await stopped;
  withdraw();
  return exitCodes.ok;
}

interface Started {
  readonly server: RunningServer;
  /** What to print once it answers; `ca` is the file that clients must trust. */
  readonly describe: (ca: string | undefined, control: ControlAddress | undefined) => string;
  readonly control?: RunningControl | undefined;
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
  const common = readServerOptions(options, terminal);
  const controlPort = readControlPort(options);
  const server = await serveWorld(resolved.world, common);
  return {
    server,
    describe: (ca, control) => describeServer(resolved, server.url, { ca, control }),
    control: controlPort === undefined ? undefined : await startControl(server, controlPort, common),
  };
}

/** Loaded only here: it brings the whole simulator. */
async function startControl(
  registry: ServedWorld,
  port: number,
  { onError }: CommonServerOptions,
): Promise<RunningControl> {
  try {
    const { startControlApi } = await import('../../world/control-api.js');
    return await startControlApi({ registry, port, onError });
  } catch (error) {
    await registry.stop();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new UsageError(`port ${port} of 127.0.0.1 is in use: choose another with --control-port`);
  }
}

async function startTokens(options: ServeOptions, terminal: Terminal): Promise<Started> {
  readControlPort(options);
  const { startTokenServer } = await import('../start-token-server.js');
  return startTokenServer(options, terminal);
}
