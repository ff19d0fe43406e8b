import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Operation, StruckFault } from './fault-board.js';
import type { OpenHost } from './open-host.js';
import type { RealmRequest } from './registry-host.js';
import type { RequestTarget } from './request-target.js';

/** One request on its way through the server, with what is found out about it: what the journal will say. */
export interface RegistryExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly target: RequestTarget;
  readonly operation: Operation;
  /** Empty where the path names none. */
  readonly repository: string;
  readonly host: OpenHost;
  readonly selectedBy: RealmRequest['selectedBy'];
  readonly now: Date;
  readonly awaitsContinue: boolean;
  /** `unknown` until somebody is identified. */
  identity: string;
  authentication: string;
  decision: 'allow' | 'refuse' | 'none';
  because: string;
  /** The scope that a challenge asked for. */
  scope: string | undefined;
  fault: StruckFault | undefined;
}

export function createExchange(
  start: Pick<
    RegistryExchange,
    'request' | 'response' | 'target' | 'host' | 'selectedBy' | 'now' | 'awaitsContinue'
  >,
): RegistryExchange {
  const { match } = start.target;
  return {
    request: start.request,
    response: start.response,
    method: start.request.method ?? 'GET',
    target: start.target,
    operation: match.kind === 'route' ? match.route.operation : 'other',
    repository: match.kind === 'route' ? match.repository : '',
    host: start.host,
    selectedBy: start.selectedBy,
    now: start.now,
    awaitsContinue: start.awaitsContinue,
    identity: 'unknown',
    authentication: 'none',
    decision: 'none',
    because: 'nothing was asked that needs a right',
    scope: undefined,
    fault: undefined,
  };
}

/** The client's address, `127.0.0.1`; empty when the connection is gone. */
export function clientAddress({ request }: RegistryExchange): string {
  return withoutMapping(request.socket.remoteAddress ?? '');
}

/** How the client called this server, for the realm. */
export function realmRequest({ request, host, selectedBy }: RegistryExchange): RealmRequest {
  const { localAddress = '', localPort = 0 } = request.socket;
  const address = withoutMapping(localAddress);
  return {
    registry: host.host,
    selectedBy,
    hostHeader: request.headers.host,
    listeningAddress: `${address.includes(':') ? `[${address}]` : address}:${localPort}`,
    secure: 'encrypted' in request.socket,
  };
}

/** A server that listens on both families sees IPv4 clients as `::ffff:127.0.0.1`. */
const withoutMapping = (address: string) => address.replace(/^::ffff:/, '');
