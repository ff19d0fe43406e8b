import express, { type Express } from 'express';
import type { RegistryHandler } from './create-registry-handler.js';

/**
 * The Express app of a registry. Every path goes to the handler: Express can neither route names that hold slashes nor
 * must it touch bodies, media types or validators of `/v2` (registry.md §13). Mount what else the server offers before,
 * through `mount`.
 */
export function createRegistryApp(
  handler: RegistryHandler,
  mount: (app: Express) => void = () => undefined,
): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('strict routing').enable('case sensitive routing');
  app.set('query parser', 'simple');
  mount(app);
  app.use((request, response) => handler(request, response));
  return app;
}
