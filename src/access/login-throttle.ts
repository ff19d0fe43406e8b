/** Slows down password guessing. Counts are per process. */
export interface LoginThrottle {
  /** Asks whether this account may try to log in from this address now. Who goes ahead says how it ended. */
  begin(account: string, address: string): LoginAttempt;
}

export type LoginAttempt =
  | { readonly allowed: true; readonly end: (success: boolean) => void }
  | { readonly allowed: false; readonly retryAfterSeconds: number };

/**
 * Refuses an account's logins from an address after `failures` wrong passwords in a row, until `windowSeconds` after the
 * last of them. Counted per pair of account and address: a guesser locks out neither the account's owner elsewhere nor
 * the neighbours behind the same address (registry.md S23). While refused, the right password is refused as well.
 */
export function createLoginThrottle(options: {
  readonly failures: number;
  /** 60 by default. */
  readonly windowSeconds?: number;
  readonly now: () => Date;
}): LoginThrottle {
  const windowMs = (options.windowSeconds ?? 60) * 1000;
  const counts = new Map<string, Count>();
  const countOf = (pair: string): Count => {
    const count = counts.get(pair) ?? { failures: 0, endsAtMs: 0, pending: 0 };
    if (count.endsAtMs <= options.now().getTime()) count.failures = 0;
    counts.delete(pair);
    counts.set(pair, count);
    forgetOldest(counts);
    return count;
  };
  return {
    begin: (account, address) => {
      const count = countOf(JSON.stringify([account, address]));
      const { failures, pending } = count;
      if (failures >= options.failures || failures + pending >= options.failures + maxPending)
        return { allowed: false, retryAfterSeconds: secondsUntil(count, options.now(), windowMs) };
      count.pending += 1;
      return { allowed: true, end: (success) => settle(count, success, options.now(), windowMs) };
    },
  };
}

interface Count {
  failures: number;
  endsAtMs: number;
  /** Logins being checked now. */
  pending: number;
}

/** Logins of one pair checked at once: enough for a node that pulls many images, too few to guess with. */
const maxPending = 50;

/** Bounds the memory that invented account names can take. */
const maxPairs = 10_000;

function settle(count: Count, success: boolean, now: Date, windowMs: number): void {
  count.pending -= 1;
  count.failures = success ? 0 : count.failures + 1;
  count.endsAtMs = now.getTime() + windowMs;
}

function secondsUntil(count: Count, now: Date, windowMs: number): number {
  const remainingMs = count.failures > 0 ? count.endsAtMs - now.getTime() : windowMs;
  return Math.max(1, Math.ceil(remainingMs / 1000));
}

function forgetOldest(counts: Map<string, unknown>): void {
  const [oldest] = counts.keys();
  if (counts.size > maxPairs && oldest !== undefined) counts.delete(oldest);
}
