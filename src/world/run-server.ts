import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServerIdentity } from '../access/server-identity.js';
import { closeServer, listen } from './listen.js';
import { tlsHosts } from './tls-hosts.js';

export interface ServerOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /**
   * Serve https: with a certificate and its key in PEM, or, with `true`, with one that a certificate authority made for
   * this server vouches for.
   */
  readonly tls?: boolean | { readonly cert: string; readonly key: string };
}

/** A server that answers until it is stopped. */
export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:43121` */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Certificate of the authority that was made for this server, in PEM: what clients must trust. */
  readonly ca?: string;
  /** Ends open connections and closes the port. Calling it twice is no mistake. */
  stop(): Promise<void>;
}

/** What answers the requests of a server, and what it holds. */
export interface ServerParts {
  readonly listener: RequestListener;
  /** What the server needs beside the listener. */
  readonly configure: (server: Server) => void;
  /** Resolves when requests can be answered. */
  readonly opened: () => Promise<void>;
  readonly close: () => Promise<void>;
  /** Names that a certificate must have beside loopback: registry hosts. */
  readonly names: readonly string[];
  readonly publicUrl?: string | undefined;
}

/**
 * Opens what `parts` hold, and listens. A folder that is in use and a port that is taken leave nothing open behind.
 *
 * @throws the error of `parts.opened`; the system's error for the port or the certificate
 */
export async function runServer(parts: ServerParts, options: ServerOptions): Promise<RunningServer> {
  const host = options.host ?? '127.0.0.1';
  try {
    await parts.opened();
    const { ca, ...identity } = tlsIdentity(parts, options, host);
    const secure = identity.key !== undefined;
    const server = secure ? createTlsServer(identity, parts.listener) : createServer(parts.listener);
    parts.configure(server);
    const { port } = await listen(server, options.port ?? 0, host);
    const stop = stopOnce(server, parts);
    const url = urlOf(secure ? 'https' : 'http', host, port);
    return { url, host, port, ...(ca !== undefined && { ca }), stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await parts.close();
    throw error;
  }
}

function tlsIdentity(
  { names, publicUrl }: ServerParts,
  { tls = false }: ServerOptions,
  listens: string,
): { readonly key?: string; readonly cert?: string; readonly ca?: string } {
  if (tls === false) return {};
  if (tls !== true) return tls;
  return createServerIdentity({
    hosts: tlsHosts({ registries: names, listens, publicUrl }),
    now: new Date(),
    random: (bytes) => randomBytes(bytes),
  });
}

function stopOnce(server: Server, parts: ServerParts): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  return () => {
    stopped ??= closeServer(server).then(() => parts.close());
    return stopped;
  };
}

/** A server on all addresses is reached at loopback. */
function urlOf(scheme: string, host: string, port: number): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
