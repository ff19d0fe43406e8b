import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type BcryptPool, createBcryptPool } from './bcrypt-pool.js';

/** bcrypt reads no more: a longer password would let in everyone who knows its first 72 bytes (registry.md §7, S24). */
export const maxPasswordBytes = 72;

/** How an account proves itself: a plain password of a world file, or a hash. */
export type StoredPassword =
  | { readonly kind: 'plain'; readonly password: string }
  | { readonly kind: 'hash'; readonly hash: string };

/** Whether a password has more bytes than bcrypt reads. Such a password is refused when it is configured. */
export const isTooLong = (password: string): boolean => Buffer.byteLength(password) > maxPasswordBytes;

/** Checks passwords of one registry so that every refusal costs the same. */
export interface PasswordChecker {
  /**
   * `stored` is undefined for a user that does not exist. `trusted: false` refuses whatever the password is, at the
   * price of a full check: for disabled accounts.
   */
  matches(given: string, stored: StoredPassword | undefined, trusted: boolean): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * A checker for a registry whose accounts have hashes of the given bcrypt costs; none means plain passwords only.
 *
 * Hashes are compared in worker threads. A successful comparison is remembered under a keyed hash, so that a client that
 * sends Basic with every request pays once; failures are never remembered.
 */
export function createPasswordChecker(options: {
  /** Read at each failure, because a password file may change. */
  readonly highestCost: () => number | undefined;
  /** Shared by the registries of a world. Without it, the checker makes one when the first hash is checked. */
  readonly pool?: BcryptPool;
}): PasswordChecker {
  const key = randomBytes(32);
  const successes = createRecentSet(maxRemembered);
  let own: BcryptPool | undefined;
  const pool = (): BcryptPool => {
    own ??= options.pool ?? createBcryptPool();
    return own;
  };
  const keyed = (...parts: readonly string[]): Buffer => {
    const hmac = createHmac('sha256', key);
    for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:`).update(part);
    return hmac.digest();
  };

  const matchesHash = async (given: string, hash: string, trusted: boolean): Promise<boolean> => {
    const proof = keyed(given, hash).toString('base64');
    if (trusted && successes.has(proof)) return true;
    const matched = await pool().compare(given, hash);
    // Cut to 72 bytes, a longer password would match: it is compared for its cost, not for its answer.
    if (!matched || !trusted || isTooLong(given)) return false;
    successes.add(proof);
    return true;
  };

  /** Refusals cost one hash of the highest cost here: 2^c + 2^c + 2^(c+1) + … + 2^(highest−1) = 2^highest. */
  const payFor = async (given: string, paid: number | undefined): Promise<void> => {
    const highest = options.highestCost();
    if (highest === undefined) return;
    const costs = paid === undefined ? [highest] : range(paid, highest);
    for (const cost of costs) await pool().compare(given, dummyHash(cost));
  };

  return {
    matches: async (given, stored, trusted) => {
      const cost = stored?.kind === 'hash' ? bcryptCost(stored.hash) : undefined;
      if (stored?.kind === 'hash' && cost !== undefined && (await matchesHash(given, stored.hash, trusted)))
        return true;
      const plain = stored?.kind === 'plain' ? stored.password : 'no such password';
      const equal = timingSafeEqual(keyed(given), keyed(plain));
      if (equal && stored?.kind === 'plain' && trusted) return true;
      await payFor(given, cost);
      return false;
    },
    close: async () => {
      if (options.pool === undefined) await own?.close();
    },
  };
}

/** The cost of a bcrypt hash, undefined for everything else: `$apr1$`, `{SHA}`, a hash cut short. */
export function bcryptCost(hash: string): number | undefined {
  const cost = Number(/^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(hash)?.[1]);
  return cost >= 4 && cost <= 31 ? cost : undefined;
}

/** Successful logins remembered per registry. */
const maxRemembered = 1000;

/** A well-formed hash that no password matches: its digest is not one that bcrypt gave for its salt. */
const dummyHash = (cost: number): string => `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);

/** A set that forgets the member that was not asked for the longest time. */
function createRecentSet(limit: number): { has(member: string): boolean; add(member: string): void } {
  const members = new Set<string>();
  const add = (member: string): void => {
    members.delete(member);
    members.add(member);
    const [oldest] = members;
    if (members.size > limit && oldest !== undefined) members.delete(oldest);
  };
  return {
    has: (member) => {
      if (!members.has(member)) return false;
      add(member);
      return true;
    },
    add,
  };
}
