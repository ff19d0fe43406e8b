import { repositoryPattern } from '../access/repository-pattern.js';
import type { ErrorCode } from '../wire/error-codes.js';

/** What a request does, as journals and faults name it. */
export type Operation = 'ping' | 'manifest' | 'blob' | 'upload' | 'tags' | 'referrers' | 'catalog' | 'other';

/** What goes wrong. */
export type FaultEffect =
  /** The answer waits `latencyMs`; nothing else is wrong with it. */
  | { readonly kind: 'latency'; readonly latencyMs: number }
  /** The registry answers this at once, before it looks who is asking. */
  | {
      readonly kind: 'status';
      readonly status: number;
      /** Default: the code that fits the status; `null` sends no body. */
      readonly code?: ErrorCode | null;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    }
  /** `Docker-Content-Digest` names other content, and the bytes are not those of the digest. */
  | { readonly kind: 'wrong-digest' }
  /** The body ends before its `Content-Length` and the connection closes. */
  | { readonly kind: 'short-body'; readonly bytes: number }
  /** The connection is cut: before the answer, or after so many bytes of its body. */
  | { readonly kind: 'cut'; readonly afterBytes?: number }
  /** The body trickles. */
  | { readonly kind: 'slow-body'; readonly bytesPerSecond: number }
  /** The token counts as expired. */
  | { readonly kind: 'expired-token' }
  /** The registry's clock is off by so much when it reads tokens. */
  | { readonly kind: 'clock-skew'; readonly seconds: number };

/** A fault to order: where it strikes, how often, and what it does. */
export type Fault = FaultEffect & {
  /** Its name in the journal. Default `fault-1`, `fault-2` … in order of arrival. */
  readonly id?: string;
  /** Pattern of an access rule. Default every repository, and requests without one. */
  readonly repository?: string;
  /** Default every operation. */
  readonly operation?: Operation | readonly Operation[];
  readonly method?: string;
  /** Wait so long before anything else happens. */
  readonly latencyMs?: number;
  /** Matching requests to let pass first. Default 0. */
  readonly after?: number;
  /** How many requests it strikes. Default all. */
  readonly times?: number;
};

/** A fault that strikes the request at hand. */
export type StruckFault = FaultEffect & { readonly id: string; readonly latencyMs?: number };

/** The faults of one registry host: ordered by the world file, or by a test while the server runs. */
export interface FaultBoard {
  readonly order: (fault: Fault) => void;
  readonly clear: () => void;
  /** The first fault that strikes this request, if any; counts it. */
  readonly strike: (request: {
    readonly operation: Operation;
    readonly method: string;
    readonly repository: string;
  }) => StruckFault | undefined;
}

interface Pending {
  readonly fault: StruckFault;
  readonly matches: (request: { operation: Operation; method: string; repository: string }) => boolean;
  toSkip: number;
  left: number;
}

export function createFaultBoard(faults: readonly Fault[] = []): FaultBoard {
  const pending: Pending[] = [];
  let ordered = 0;
  const order = (fault: Fault) => {
    ordered += 1;
    pending.push(prepare(fault, `fault-${ordered}`));
  };
  faults.forEach(order);
  return {
    order,
    clear: () => void pending.splice(0),
    strike: (request) => {
      for (const entry of pending) {
        if (entry.left === 0 || !entry.matches(request)) continue;
        if (entry.toSkip > 0) {
          entry.toSkip -= 1;
          continue;
        }
        entry.left -= 1;
        return entry.fault;
      }
      return undefined;
    },
  };
}

function prepare(fault: Fault, defaultId: string): Pending {
  const { operation, method, repository } = fault;
  const operations = operation === undefined ? undefined : [operation].flat();
  const inRepository = repository === undefined ? () => true : repositoryPattern(repository);
  return {
    fault: { ...fault, id: fault.id ?? defaultId },
    matches: (request) =>
      (operations === undefined || operations.includes(request.operation)) &&
      (method === undefined || method === request.method) &&
      inRepository(request.repository),
    toSkip: fault.after ?? 0,
    left: fault.times ?? Number.POSITIVE_INFINITY,
  };
}
