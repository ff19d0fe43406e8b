import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { join, resolve } from 'node:path';
import { createBcryptPool } from '../access/bcrypt-pool.js';
import type { Journal } from '../access/journal.js';
import type { TokenKeys } from '../access/token-keys.js';
import { createMemoryStore } from '../registry/memory-store.js';
import { createDirectoryRefreshStore } from '../token/directory-refresh-store.js';
import { createJwksHandler } from '../token/jwks-handler.js';
import { createRefreshTokens } from '../token/refresh-tokens.js';
import { createTokenHandler } from '../token/token-handler.js';
import type { TokenService } from '../token/token-service.js';
import { jwksPath, tokenPath } from './mock-registry.js';
import { registryParts } from './registry-parts.js';
import { type RunningServer, runServer, type ServerOptions } from './run-server.js';
import { createTokenFaults } from './token-fault.js';
import type { World, WorldRegistry } from './world.js';
import { createWorldKeys } from './world-keys.js';

export interface TokenServerOptions extends ServerOptions {
  /**
   * Folder for what must survive a restart and what replicas share: the signing key of registries that name none,
   * refresh tokens, and what registries need to verify tokens. Made when it is missing.
   */
  readonly state: string;
  /** `certificate`, the default, for `rootcertbundle`; `key-id` for distribution 3.x with `jwks` alone. */
  readonly header?: 'certificate' | 'key-id';
  /** How clients reach this server, when not at the address it listens on. Without a path. */
  readonly publicUrl?: string;
  readonly journal?: Journal;
  /** Wall clock by default. */
  readonly now?: () => Date;
}

/** What a registry must be configured with to believe the tokens. */
export interface ServedTokens {
  /** The registry's host in the world. */
  readonly host: string;
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  readonly algorithm: string;
  /** PEM for `rootcertbundle`; absent when the signing key has no certificate. */
  readonly bundleFile: string | undefined;
  /** For `jwks` of distribution 3.x. */
  readonly jwksFile: string;
}

export interface RunningTokenServer extends RunningServer {
  readonly services: readonly ServedTokens[];
  readonly jwksUrl: string;
}

/**
 * A token server for registries that others run: `/token` and `/.well-known/jwks.json`, nothing else. Users and access
 * rules are those of the world; what its repositories hold has no say, only which of them are public.
 *
 * @param world registries with token auth
 * @throws {@link WorldError} for a key file that cannot be used; the system's error for the port or the folder
 */
export async function serveTokens(
  { registries }: Pick<World, 'registries'>,
  options: TokenServerOptions,
): Promise<RunningTokenServer> {
  const now = options.now ?? (() => new Date());
  const state = resolve(options.state);
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const keys = createWorldKeys({
    now,
    durable: true,
    defaultKeyFile: join(state, 'signing-key.pem'),
    ...(options.header && { header: options.header }),
  });
  const bcrypt = createBcryptPool();
  const services = registries.map((registry) => ({
    registry,
    keys: keys.keysOf(registry),
    service: tokenServiceOf(registry, { now, bcrypt, keys: keys.keysOf }),
  }));
  const refreshTokens = createRefreshTokens({
    store: createDirectoryRefreshStore(join(state, 'refresh-tokens')),
    random: (bytes) => randomBytes(bytes),
  });
  const token = createTokenHandler({
    services: services.map(({ service }) => service),
    now,
    refreshTokens,
    ...(options.journal && { journal: options.journal }),
    fault: createTokenFaults(registries).strike,
  });
  const server = await runServer(
    {
      listener: dispatch(
        (request, response) => void token(request, response),
        createJwksHandler({ jwks: keys.jwks() }),
      ),
      configure: (http) => {
        // Load balancers keep connections for about a minute; they must not be the ones who find them closed.
        http.keepAliveTimeout = 65_000;
      },
      opened: () => refreshTokens.prune(now()),
      close: () => bcrypt.close(),
      names: [],
      publicUrl: options.publicUrl,
    },
    options,
  );
  const origin = options.publicUrl ?? server.url;
  return {
    ...server,
    jwksUrl: `${origin}${jwksPath}`,
    services: services.map((served) => publish(state, `${origin}${tokenPath}`, served)),
  };
}

function tokenServiceOf(
  registry: WorldRegistry,
  options: Pick<Parameters<typeof registryParts>[1], 'now' | 'bcrypt' | 'keys'>,
): TokenService {
  const { service } = registryParts(registry, {
    ...options,
    realm: () => '',
    store: createMemoryStore,
    throttles: true,
  });
  if (service === undefined) throw new RangeError(`${registry.host} has no token auth`);
  return service;
}

/** Anything else is not here: no registry, no health page beside the keys. */
const dispatch =
  (token: RequestListener, jwks: RequestListener): RequestListener =>
  (request: IncomingMessage, response: ServerResponse) => {
    const [path] = (request.url ?? '').split('?', 1);
    if (path === tokenPath) return token(request, response);
    if (path === jwksPath) return jwks(request, response);
    request.resume();
    response.writeHead(404, { 'Content-Length': 0 }).end();
  };

interface Served {
  readonly registry: WorldRegistry;
  readonly service: TokenService;
  readonly keys: TokenKeys;
}

/** Writes what a registry reads at its start. Replicas write the same. */
function publish(state: string, realm: string, { registry: { host }, service, keys }: Served): ServedTokens {
  const folder = join(state, host.replaceAll(':', '_'));
  mkdirSync(folder, { recursive: true });
  const bundleFile = keys.bundlePem === '' ? undefined : join(folder, 'token.crt');
  const jwksFile = join(folder, 'jwks.json');
  if (bundleFile !== undefined) replaceFile(bundleFile, keys.bundlePem);
  replaceFile(jwksFile, `${JSON.stringify(keys.jwks, null, 2)}\n`);
  const { issuer, service: name } = service;
  return { host, realm, service: name, issuer, algorithm: keys.algorithm, bundleFile, jwksFile };
}

/** Beside and renamed: a registry that starts now reads all of it. */
function replaceFile(file: string, content: string): void {
  const beside = `${file}.${process.pid}.tmp`;
  writeFileSync(beside, content);
  renameSync(beside, file);
}
