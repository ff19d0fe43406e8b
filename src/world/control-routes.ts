import { parseAssumedSecret } from './assume-secrets.js';
import { checkInputs, inputsOf } from './check.js';
import { ControlProblem } from './control-problem.js';
import { faultOrderShape, seedShape, usersShape } from './control-shapes.js';
import { milliseconds } from './duration.js';
import type { Shape, ValueOf } from './shape.js';
import { checkShape } from './shape-check.js';
import type { ServedWorld } from './start-registry.js';
import type { WorldFault } from './world-faults.js';
import { WorldError } from './world-file.js';

/** A request that was let in. */
export interface ControlCall {
  readonly query: URLSearchParams;
  readonly body: string;
}

/** Without a body: 204. */
export interface ControlReply {
  readonly body?: unknown;
}

/** One thing that the control API does, and what its description says of it. */
export interface ControlRoute {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** JSON of this shape. */
  readonly takes?: Shape<unknown>;
  /** A stream of manifests. */
  readonly takesManifests?: true;
  readonly query?: Readonly<Record<string, string>>;
  /** The component that its answer is; none: 204. */
  readonly gives?: 'CheckReport' | 'Requests';
  readonly run: (registry: ServedWorld, call: ControlCall) => ControlReply | Promise<ControlReply>;
}

/** Everything that the control API does. Changes last until the reset. */
export const controlRoutes: readonly ControlRoute[] = [
  {
    method: 'PUT',
    path: '/seed',
    operationId: 'seed',
    summary: 'Adds repositories and tags to a registry. What was pushed stays.',
    takes: seedShape,
    run: (served, { body }) => {
      const { registry, ...addition } = readBody(seedShape, body);
      served.add(addition, registry);
      return {};
    },
  },
  {
    method: 'PUT',
    path: '/users',
    operationId: 'putUsers',
    summary: 'Adds accounts, groups and access rules to a registry. Tokens that were issued stay good.',
    takes: usersShape,
    run: (served, { body }) => {
      const { registry, ...addition } = readBody(usersShape, body);
      served.add(addition, registry);
      return {};
    },
  },
  {
    method: 'POST',
    path: '/faults',
    operationId: 'orderFault',
    summary: 'Orders a fault at a registry, after those that are ordered already.',
    takes: faultOrderShape,
    run: (served, { body }) => {
      const { registry, ...fault } = readBody(faultOrderShape, body);
      served.fault(fault as WorldFault, registry);
      return {};
    },
  },
  {
    method: 'DELETE',
    path: '/faults',
    operationId: 'clearFaults',
    summary: 'Takes every fault of a registry back, also those of the world file.',
    query: { registry: 'Host of the registry; all of them by default.' },
    run: (served, { query }) => {
      const hosts = query.has('registry')
        ? query.getAll('registry')
        : served.world().registries.map(({ host }) => host);
      for (const host of hosts) served.clearFaults(host);
      return {};
    },
  },
  {
    method: 'GET',
    path: '/requests',
    operationId: 'requests',
    summary:
      'What clients asked the registries for since the start or the reset, oldest first, secrets masked.',
    gives: 'Requests',
    run: ({ requests }) => ({ body: { requests } }),
  },
  {
    method: 'POST',
    path: '/reset',
    operationId: 'reset',
    summary: 'Back to the world file: what was pushed, issued, added, ordered and written down is gone.',
    run: async (served) => {
      await served.reset();
      return {};
    },
  },
  {
    method: 'POST',
    path: '/simulate',
    operationId: 'simulate',
    summary: 'Judges manifests against the registries as they are now, as `pullsim check` does.',
    takesManifests: true,
    query: {
      namespace: 'Namespace of objects that name none; default by default.',
      at: 'Shows the pods at this age instead of once they have settled: 90s, 15m, 12h.',
      ignore: 'A rule whose findings are set aside; may be repeated.',
      assumeSecret: 'NAMESPACE/NAME=USER@REGISTRY: a secret that is not in the manifests; may be repeated.',
    },
    gives: 'CheckReport',
    run: simulate,
  },
];

async function simulate(served: ServedWorld, { query, body }: ControlCall): Promise<ControlReply> {
  const namespace = query.get('namespace') ?? undefined;
  const at = query.get('at') ?? undefined;
  const report = await checkInputs(inputsOf(body), served.world(), {
    now: new Date(),
    ...(namespace !== undefined && { namespace }),
    ...(at !== undefined && { atSeconds: Math.floor(milliseconds(at) / 1000) }),
    ignore: query.getAll('ignore'),
    assumed: query.getAll('assumeSecret').map(parseAssumedSecret),
  });
  return { body: report };
}

/** The parser's own message would repeat what was sent, and with it passwords. */
function readBody<S extends Shape<unknown>>(shape: S, body: string): ValueOf<S> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new ControlProblem(400, 'the body is not JSON');
  }
  const mistakes =
    value === null ? [{ message: 'the document must have keys and values' }] : checkShape(shape, value);
  if (mistakes.length > 0) throw new WorldError(mistakes.map(({ message }) => ({ message })));
  return value as ValueOf<S>;
}
