import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkHost, checkToken, readText } from './control-guard.js';
import { controlDescription } from './control-openapi.js';
import { ControlProblem } from './control-problem.js';
import { type ControlRoute, controlRoutes } from './control-routes.js';
import { type RunningServer, runServer } from './run-server.js';
import type { ServedWorld } from './start-registry.js';
import { WorldError } from './world-file.js';

export interface ControlOptions {
  /** What it controls; it is not stopped with the control API. */
  readonly registry: ServedWorld;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Random by default. */
  readonly token?: string;
  /** Told what no handler expected: bugs of ours. */
  readonly onError?: (error: unknown) => void;
}

/** A control API that answers until it is stopped. */
export interface RunningControl extends RunningServer {
  /** What requests must send: `Authorization: Bearer <token>`. */
  readonly token: string;
}

/**
 * Starts the control API of a served world: on loopback and a port of its own, never where registry clients connect
 * (registry.md §12, S43).
 *
 * @throws the system's error when the port is taken
 */
export async function startControlApi(options: ControlOptions): Promise<RunningControl> {
  const { registry, port = 0, token = randomBytes(32).toString('base64url') } = options;
  const answerInTurn = takingTurns();
  const server = await runServer(
    {
      listener: (request, response) => {
        void answer(request, { registry, token, answerInTurn })
          .catch((error) => failure(error, options.onError))
          .then((reply) => write(response, reply));
      },
      configure: () => undefined,
      opened: async () => undefined,
      close: async () => undefined,
      names: [],
    },
    { port, host: '127.0.0.1' },
  );
  return { ...server, token };
}

interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Context {
  readonly registry: ServedWorld;
  readonly token: string;
  readonly answerInTurn: Turns;
}

async function answer(request: IncomingMessage, context: Context): Promise<Reply> {
  checkHost(request);
  const { pathname, searchParams } = targetOf(request.url ?? '/');
  if (pathname === '/openapi.json' && request.method === 'GET')
    return { status: 200, body: controlDescription() };
  checkToken(request, context.token);
  const route = routeOf(request.method ?? 'GET', pathname);
  checkQuery(route, searchParams);
  const body = await readText(request);
  const call = { query: searchParams, body };
  const done = await context.answerInTurn(async () => route.run(context.registry, call));
  return done.body === undefined ? { status: 204 } : { status: 200, body: done.body };
}

/** Not `URL`, which throws for `//`. */
function targetOf(url: string): { readonly pathname: string; readonly searchParams: URLSearchParams } {
  const [pathname = '', ...query] = url.split('?');
  return { pathname, searchParams: new URLSearchParams(query.join('?')) };
}

function routeOf(method: string, path: string): ControlRoute {
  const here = controlRoutes.filter((route) => route.path === path);
  const route = here.find((candidate) => candidate.method === method);
  if (route !== undefined) return route;
  if (here.length === 0)
    throw new ControlProblem(404, 'there is nothing here; /openapi.json says what there is');
  const allow = here.map((candidate) => candidate.method).join(', ');
  throw new ControlProblem(405, `use ${allow}`, { Allow: allow });
}

/** A misspelt parameter would be passed over in silence. */
function checkQuery({ query = {} }: ControlRoute, given: URLSearchParams): void {
  const unknown = [...given.keys()].filter((name) => !Object.hasOwn(query, name));
  if (unknown.length > 0) throw new ControlProblem(400, `unknown parameter: ${unknown.join(', ')}`);
}

type Turns = <T>(act: () => Promise<T>) => Promise<T>;

/** One request after the other: a simulation never sees half of a reset. */
function takingTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const mine = last.then(act);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** Every error as JSON: `{ "error": { "message", "mistakes" } }`. */
function failure(error: unknown, onError: (error: unknown) => void = () => undefined): Reply {
  if (error instanceof ControlProblem)
    return { status: error.status, headers: error.headers, body: { error: { message: error.message } } };
  if (error instanceof WorldError)
    return {
      status: 422,
      body: { error: { message: error.message, mistakes: error.mistakes.map(({ message }) => message) } },
    };
  // No such registry, no duration, no assumed secret.
  if (error instanceof RangeError) return { status: 422, body: { error: { message: error.message } } };
  onError(error);
  return { status: 500, body: { error: { message: 'a bug of pullsim: its standard error says more' } } };
}

function write(response: ServerResponse, { status, headers, body }: Reply): void {
  const text = body === undefined ? undefined : `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    ...headers,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(text !== undefined && {
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(text)),
    }),
  });
  response.end(text);
}
