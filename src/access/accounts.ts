import { type Htpasswd, HtpasswdError, openHtpasswd } from './htpasswd.js';
import { bcryptCost, isTooLong, maxPasswordBytes, type StoredPassword } from './password.js';

/** A user or robot as configured. */
export interface Account {
  readonly name: string;
  /** Plain, at most 72 bytes; or `passwordHash`. */
  readonly password?: string | undefined;
  /** bcrypt. */
  readonly passwordHash?: string | undefined;
  readonly disabled?: boolean | undefined;
  /** RFC 3339 time or date; the account ends then. A date alone is its midnight, UTC. */
  readonly expires?: string | undefined;
}

/** Accounts of a registry that cannot be used as configured. */
export class AccountError extends Error {
  override readonly name = 'AccountError';
}

/** What a login is checked against. */
export interface KnownAccount {
  readonly name: string;
  readonly stored: StoredPassword;
  readonly groups: readonly string[];
  /** A sentence when the account may not log in, whatever the password. */
  barred(now: Date): string | undefined;
}

/** The accounts of one registry: its own list, then its password file. */
export interface Accounts {
  /** @throws HtpasswdError when the password file can no longer be used and the account is not in the list */
  find(name: string): KnownAccount | undefined;
  /** The highest bcrypt cost of all; undefined when all passwords are plain. */
  highestCost(): number | undefined;
}

/**
 * @throws AccountError for a password over 72 bytes, for neither or both of password and hash, for an unreadable expiry,
 *   and for a name given twice
 * @throws HtpasswdError when the password file cannot be read or is malformed
 */
export function createAccounts(options: {
  readonly users: readonly Account[];
  readonly groups?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Path of a password file. The list wins for names that are in both. */
  readonly htpasswd?: string | undefined;
}): Accounts {
  const groupsOf = membership(options.groups ?? {});
  const listed = new Map<string, KnownAccount>();
  for (const user of options.users) {
    if (listed.has(user.name)) throw new AccountError(`there are two accounts named "${user.name}"`);
    listed.set(user.name, known(user, groupsOf(user.name)));
  }
  const listedCost = highest([...listed.values()].map(({ stored }) => stored));
  const file = options.htpasswd === undefined ? undefined : openHtpasswd(options.htpasswd);
  const fileCost = perContent((entries) => highest([...entries.values()].map(asHash)));
  return {
    find: (name) => {
      const hash = listed.has(name) ? undefined : file?.entries().get(name);
      if (hash === undefined) return listed.get(name);
      return { name, stored: asHash(hash), groups: groupsOf(name), barred: () => undefined };
    },
    highestCost: () => maxOf(listedCost, fileCost(readable(file?.entries))),
  };
}

function known(account: Account, groups: readonly string[]): KnownAccount {
  const { name, disabled, expires } = account;
  const endsAtMs = expires === undefined ? Number.POSITIVE_INFINITY : timeOf(expires);
  if (Number.isNaN(endsAtMs))
    throw new AccountError(`the expiry of "${name}" is not an RFC 3339 time: ${expires}`);
  return {
    name,
    stored: storedPassword(account),
    groups,
    barred: (now) => {
      if (disabled) return `the account "${name}" is disabled`;
      return now.getTime() >= endsAtMs ? `the account "${name}" ended ${expires}` : undefined;
    },
  };
}

/** NaN for anything but RFC 3339: JavaScript alone would read a time without a zone by the clock of this machine. */
function timeOf(text: string): number {
  const rfc3339 = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?$/;
  return rfc3339.test(text) ? Date.parse(text) : Number.NaN;
}

function storedPassword({ name, password, passwordHash }: Account): StoredPassword {
  if (password !== undefined && passwordHash !== undefined)
    throw new AccountError(`"${name}" has both a password and a passwordHash: keep one`);
  if (passwordHash !== undefined) return asHash(passwordHash);
  if (password === undefined) throw new AccountError(`"${name}" needs a password or a passwordHash`);
  if (isTooLong(password))
    throw new AccountError(
      `the password of "${name}" is longer than ${maxPasswordBytes} bytes, all that bcrypt reads`,
    );
  return { kind: 'plain', password };
}

const asHash = (hash: string): StoredPassword => ({ kind: 'hash', hash });

function membership(
  groups: Readonly<Record<string, readonly string[]>>,
): (name: string) => readonly string[] {
  const byName = new Map<string, string[]>();
  for (const [group, members] of Object.entries(groups)) {
    for (const member of members) byName.set(member, [...(byName.get(member) ?? []), group]);
  }
  return (name) => byName.get(name) ?? [];
}

function highest(passwords: readonly StoredPassword[]): number | undefined {
  return passwords
    .map((password) => (password.kind === 'hash' ? bcryptCost(password.hash) : undefined))
    .reduce(maxOf, undefined);
}

const maxOf = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);

/** Computes once per content of the password file; a file that cannot be read has none. */
function perContent(compute: (entries: Htpasswd) => number | undefined) {
  let last: { readonly entries: Htpasswd; readonly cost: number | undefined } | undefined;
  return (entries: Htpasswd | undefined): number | undefined => {
    if (entries === undefined) return last?.cost;
    if (last?.entries !== entries) last = { entries, cost: compute(entries) };
    return last.cost;
  };
}

function readable(entries: (() => Htpasswd) | undefined): Htpasswd | undefined {
  try {
    return entries?.();
  } catch (error) {
    if (error instanceof HtpasswdError) return undefined;
    throw error;
  }
}
