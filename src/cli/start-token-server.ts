import { resolveWorld } from '../world/resolve-world.js';
import { type RunningTokenServer, serveTokens } from '../world/serve-tokens.js';
import { readServerOptions, type ServeOptions } from './serve-options.js';
import type { Terminal } from './terminal.js';
import { describeTokenServer } from './token-help.js';
import { UsageError } from './usage-error.js';

/** Where `--token-only` keeps what must survive a restart. */
const defaultState = 'pullsim-token';

/** `pullsim serve --token-only`: tokens for registries that others run. */
export async function startTokenServer(
  options: ServeOptions,
  terminal: Terminal,
): Promise<{ readonly server: RunningTokenServer; readonly describe: () => string }> {
  const { world } = resolveWorld(options.config, { fallback: 'classroom' });
  const tokenRegistries = world.registries.filter(({ auth }) => auth === 'token');
  if (tokenRegistries.length === 0)
    throw new UsageError('the world has no registry with "auth: token": there is nobody to issue tokens for');
  const server = await serveTokens(
    { registries: tokenRegistries },
    {
      ...readServerOptions(options, terminal),
      state: options.state ?? defaultState,
      ...(options.tokenHeader && { header: options.tokenHeader }),
    },
  );
  return { server, describe: () => describeTokenServer(server, options.tokenHeader ?? 'certificate') };
}
