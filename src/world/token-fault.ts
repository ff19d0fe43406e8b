import type { IncomingMessage } from 'node:http';
import { createFaultBoard } from '../registry/fault-board.js';
import { faultReply } from '../registry/fault-reply.js';
import type { TokenFault } from '../token/token-handler.js';
import { wireNames } from './wire-names.js';
import type { WorldRegistry } from './world.js';
import { tokenFaults, type WorldFault } from './world-faults.js';

/** The faults of token endpoints. */
export interface TokenFaults {
  readonly strike: (request: IncomingMessage) => Promise<TokenFault | undefined> | undefined;
  /** Orders more faults at one registry's endpoint; those of the registry itself are passed over. */
  readonly order: (registry: number, faults: readonly WorldFault[]) => void;
  /** From now on nothing goes wrong at one registry's endpoint. */
  readonly clear: (registry: number) => void;
}

/**
 * The faults that a world orders at token endpoints. Which registry is meant tells the `Host`; any other name means
 * the first registry, as everywhere.
 */
export function createTokenFaults(
  registries: readonly WorldRegistry[],
  sleep: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): TokenFaults {
  const boards = registries.map((registry) => createFaultBoard(tokenFaults(registry.faults)));
  const byHost = new Map(
    registries.flatMap(({ host }, index) =>
      wireNames(host).authorities.map((name) => [name.toLowerCase(), boards[index]] as const),
    ),
  );
  const strike: TokenFaults['strike'] = (request) => {
    const board = byHost.get((request.headers.host ?? '').toLowerCase()) ?? boards[0];
    const fault = board?.strike({ operation: 'other', method: request.method ?? 'GET', repository: '' });
    if (fault === undefined) return undefined;
    return (async () => {
      if (fault.latencyMs !== undefined) await sleep(fault.latencyMs);
      const reply = faultReply(fault);
      return { id: fault.id, ...(reply && { reply }) };
    })();
  };
  return {
    strike,
    order: (index, faults) => {
      for (const fault of tokenFaults(faults)) boards[index]?.order(fault);
    },
    clear: (index) => boards[index]?.clear(),
  };
}
