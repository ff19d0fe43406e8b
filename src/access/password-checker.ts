import { hash as digest, randomBytes, timingSafeEqual } from 'node:crypto';
import { type BcryptPool, createBcryptPool } from './bcrypt-pool.js';
import { bcryptCost, isTooLong, type StoredPassword } from './password.js';
import { createRecentSet } from './recent-set.js';

/** Checks passwords of one registry so that every refusal costs the same. */
export interface PasswordChecker {
  /**
   * `stored` is undefined for a user that does not exist. `trusted: false` refuses whatever the password is, at the
   * price of a full check: for disabled accounts.
   */
  matches(given: string, stored: StoredPassword | undefined, trusted: boolean): Promise<boolean>;
  close(): Promise<void>;
}

export interface PasswordCheckerOptions {
  /** The highest bcrypt cost of the registry's hashes; read at each refusal, because a password file may change. */
  readonly highestCost: () => number | undefined;
  /** Shared by the registries of a world. Without it, the checker makes one when the first hash is checked. */
  readonly pool?: BcryptPool | undefined;
}

/** Successful logins that are remembered. */
const maxRemembered = 1000;

/**
 * Plain passwords are compared in constant time, hashes in worker threads. A successful comparison with a hash is
 * remembered under a keyed hash, so that a client that sends Basic with every request pays once; failures never are.
 */
export function createPasswordChecker({
  highestCost,
  pool: shared,
}: PasswordCheckerOptions): PasswordChecker {
  const keyed = createKeyedHash();
  const successes = createRecentSet(maxRemembered);
  let own: BcryptPool | undefined;
  const compare: BcryptPool['compare'] = (password, hash) => {
    if (shared === undefined) own ??= createBcryptPool();
    return (shared ?? own!).compare(password, hash);
  };

  const matchesHash = async (given: string, hash: string, trusted: boolean): Promise<boolean> => {
    const proof = keyed(given, hash);
    if (trusted && successes.has(proof)) return true;
    const matches = await compare(given, hash);
    // Cut to 72 bytes, a longer password would match: it is compared for its cost, not for its answer.
    if (!matches || !trusted || isTooLong(given)) return false;
    successes.add(proof);
    return true;
  };

  const matchesPlain = (given: string, stored: StoredPassword | undefined, trusted: boolean): boolean => {
    const password = stored?.kind === 'plain' ? stored.password : 'no such password';
    const equal = timingSafeEqual(Buffer.from(keyed(given)), Buffer.from(keyed(password)));
    return equal && stored?.kind === 'plain' && trusted;
  };

  return {
    matches: async (given, stored, trusted) => {
      const cost = stored?.kind === 'hash' ? bcryptCost(stored.hash) : undefined;
      const matches =
        stored?.kind === 'hash' && cost !== undefined
          ? await matchesHash(given, stored.hash, trusted)
          : matchesPlain(given, stored, trusted);
      if (matches) return true;
      for (const missing of missingCosts(cost, highestCost())) await compare(given, dummyHash(missing));
      return false;
    },
    close: async () => own?.close(),
  };
}

/**
 * The comparisons that bring a refusal up to one hash of the highest cost: 2^c + 2^c + 2^(c+1) + … + 2^(highest−1) is
 * 2^highest.
 */
function missingCosts(paid: number | undefined, highest: number | undefined): readonly number[] {
  if (highest === undefined) return [];
  if (paid === undefined) return [highest];
  return Array.from({ length: Math.max(0, highest - paid) }, (_, index) => paid + index);
}

/** A well-formed hash that no password matches: its digest is not one that bcrypt gives for its salt. */
const dummyHash = (cost: number): string => `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;

/**
 * SHA-256 behind a random key that lives as long as the checker: equal length for every input, and worth nothing
 * elsewhere. Nobody sees these values, so nothing can be appended to one; an HMAC would cost every request four times as
 * much.
 */
function createKeyedHash(): (...parts: readonly string[]) => string {
  const key = randomBytes(32).toString('base64');
  return (...parts) =>
    digest('sha256', key + parts.map((part) => `${part.length}:${part}`).join(''), 'base64');
}
