import type { Fault, FaultEffect } from '../registry/fault-board.js';
import type { WorldRegistry } from './world.js';

/** A fault as a world file orders it. */
export type WorldFault = WorldRegistry['faults'][number];

/** The faults of a world file that strike the registry; those of its token endpoint are not among them. */
export function registryFaults(faults: readonly WorldFault[]): readonly Fault[] {
  return faults
    .map((fault, index) => ({ ...fault, id: fault.id ?? `fault-${index + 1}` }))
    .filter(({ operation }) => operation !== 'token')
    .map(({ operation, ...fault }) => ({
      ...where(fault),
      ...(operation !== undefined && operation !== 'token' && { operation }),
      ...effectOf(fault),
    }));
}

/** The faults of a world file that strike its token endpoint: an answer, or a wait. */
export function tokenFaults(faults: readonly WorldFault[]): readonly (Fault & { readonly id: string })[] {
  return faults
    .map((fault, index) => ({ ...fault, id: fault.id ?? `fault-${index + 1}` }))
    .filter(({ operation }) => operation === 'token')
    .map(({ operation: _, repository: __, ...fault }) => ({
      ...where(fault),
      id: fault.id,
      ...effectOf(fault),
    }));
}

const where = ({ id, repository, method, after, times, latencyMs }: WorldFault) => ({
  ...(id !== undefined && { id }),
  ...(repository !== undefined && { repository }),
  ...(method !== undefined && { method }),
  ...(after !== undefined && { after }),
  ...(times !== undefined && { times }),
  ...(latencyMs !== undefined && { latencyMs }),
});

/** What a fault does when a number that its kind needs is left out. */
const defaults = { status: 503, shortBodyBytes: 10, bytesPerSecond: 1024, skewSeconds: 3600 } as const;

function effectOf(fault: WorldFault): FaultEffect {
  const kind = fault.kind ?? (fault.status === undefined ? 'latency' : 'status');
  switch (kind) {
    case 'latency':
      return { kind, latencyMs: fault.latencyMs ?? 0 };
    case 'status':
      return {
        kind,
        status: fault.status ?? defaults.status,
        ...(fault.code && { code: fault.code }),
        ...(fault.message !== undefined && { message: fault.message }),
        ...(fault.retryAfterSeconds !== undefined && { retryAfterSeconds: fault.retryAfterSeconds }),
      };
    case 'short-body':
      return { kind, bytes: fault.bytes ?? defaults.shortBodyBytes };
    case 'cut':
      return { kind, ...(fault.bytes !== undefined && { afterBytes: fault.bytes }) };
    case 'slow-body':
      return { kind, bytesPerSecond: fault.bytesPerSecond ?? defaults.bytesPerSecond };
    case 'clock-skew':
      return { kind, seconds: fault.seconds ?? defaults.skewSeconds };
    case 'wrong-digest':
    case 'expired-token':
      return { kind };
    default:
      return kind satisfies never;
  }
}
