import { maskUsername } from '../wire/mask.js';
import { type AccessRule, compileAccessRules } from './access-rules.js';
import { type Account, type Accounts, createAccounts, type KnownAccount } from './accounts.js';
import type { BcryptPool } from './bcrypt-pool.js';
import type { AccessPolicy, Authentication } from './decision.js';
import { HtpasswdError } from './htpasswd.js';
import type { LoginThrottle } from './login-throttle.js';
import { createPasswordChecker, type PasswordChecker } from './password-checker.js';

/** The keys of a world's registry that say who may do what. */
export interface AccessPolicyOptions {
  readonly users?: readonly Account[] | undefined;
  /** Users that are programs; they may expire. */
  readonly robots?: readonly Account[] | undefined;
  /** Group name → user names. */
  readonly groups?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Absent: every user may do everything. */
  readonly access?: readonly AccessRule[] | undefined;
  /** Path of a password file with bcrypt lines. */
  readonly htpasswd?: string | undefined;
  readonly now: () => Date;
  /** Off when absent. */
  readonly throttle?: LoginThrottle | undefined;
  /** Shared by the registries of a world; closed by who made it. */
  readonly bcrypt?: BcryptPool | undefined;
}

/** A policy with worker threads to end, where hashes were checked. */
export interface RunningAccessPolicy extends AccessPolicy {
  close(): Promise<void>;
}

/**
 * The users and rules of one registry.
 *
 * @throws AccountError, HtpasswdError when they cannot be used as configured
 */
export function createAccessPolicy(options: AccessPolicyOptions): RunningAccessPolicy {
  const accounts = createAccounts({
    users: [...(options.users ?? []), ...(options.robots ?? [])],
    groups: options.groups,
    htpasswd: options.htpasswd,
  });
  const passwords = createPasswordChecker({ highestCost: accounts.highestCost, pool: options.bcrypt });
  const rules = compileAccessRules(options.access);
  return {
    authenticate: (username, password, address = '') =>
      throttled(options.throttle, username, address, () =>
        authenticate(accounts, passwords, options.now(), username, password),
      ),
    identify: (username) => identify(accounts, options.now(), username),
    decide: rules.decide,
    decideCatalog: rules.decideCatalog,
    close: passwords.close,
  };
}

async function authenticate(
  accounts: Accounts,
  passwords: PasswordChecker,
  now: Date,
  username: string,
  password: string,
): Promise<Authentication> {
  const { account, problem } = find(accounts, username);
  const barred = account?.barred(now);
  // The full price is paid for every refusal, so that its time tells nothing about the account.
  const matches = await passwords.matches(password, account?.stored, barred === undefined);
  if (account === undefined) return { ok: false, because: problem };
  if (barred !== undefined) return { ok: false, because: barred };
  if (!matches) return { ok: false, because: `wrong password for "${username}"` };
  return signedIn(account, `"${username}" gave the right password`);
}

function identify(accounts: Accounts, now: Date, username: string): Authentication {
  if (username === '') return { ok: true, identity: { kind: 'anonymous' }, because: 'no user is named' };
  const { account, problem } = find(accounts, username);
  if (account === undefined) return { ok: false, because: problem };
  const barred = account.barred(now);
  return barred === undefined
    ? signedIn(account, `"${username}" has an account`)
    : { ok: false, because: barred };
}

interface Finding {
  readonly account: KnownAccount | undefined;
  /** Why there is no account. */
  readonly problem: string;
}

function find(accounts: Accounts, username: string): Finding {
  const problem = `there is no user "${maskUsername(username)}"`;
  try {
    return { account: accounts.find(username), problem };
  } catch (error) {
    // A password file that was broken by an edit lets nobody in until it is mended.
    if (error instanceof HtpasswdError) return { account: undefined, problem: error.message };
    throw error;
  }
}

const signedIn = ({ name, groups }: KnownAccount, because: string): Authentication => ({
  ok: true,
  identity: { kind: 'user', name, groups },
  because,
});

async function throttled(
  throttle: LoginThrottle | undefined,
  account: string,
  address: string,
  login: () => Promise<Authentication>,
): Promise<Authentication> {
  if (throttle === undefined) return login();
  const attempt = throttle.begin(account, address);
  if (!attempt.allowed) {
    const because = `too many failed logins of "${maskUsername(account)}" from ${address || 'this address'}`;
    return { ok: false, because, retryAfterSeconds: attempt.retryAfterSeconds };
  }
  const authentication = await login();
  attempt.end(authentication.ok);
  return authentication;
}
