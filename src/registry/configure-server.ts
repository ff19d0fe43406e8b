import type { Server } from 'node:http';
import type { RegistryHandler } from './create-registry-handler.js';

/**
 * Prepares a server for registry clients: uploads may take hours, so the whole-request timeout of Node (300 s) goes and
 * the body's own pace counts instead; headers must come within a minute; connections outlive the idle time of client
 * pools (registry.md §13.8). `Expect: 100-continue` is answered by the handler, before the body is sent.
 */
export function configureServer(server: Server, handler: RegistryHandler): void {
  server.requestTimeout = 0;
  server.headersTimeout = 60_000;
  server.keepAliveTimeout = 65_000;
  server.on('checkContinue', handler.checkContinue);
}
