import { createHash } from 'node:crypto';
import { type BcryptPool, createBcryptPool } from '../access/bcrypt-pool.js';
import { type Htpasswd, HtpasswdError, openHtpasswd } from '../access/htpasswd.js';
import { loadCluster } from '../cluster/load-cluster.js';
import type { ManifestInput } from '../cluster/read-manifests.js';
import type { PullSecret } from '../credentials/credential.js';
import { encodeEntry } from '../credentials/encode-docker-config.js';
import { goJsonString } from '../credentials/go-json-text.js';
import { createKeyring, KeyringError } from '../credentials/keyring.js';
import type { World, WorldRegistry, WorldUser } from './world.js';

/** What somebody says of a secret that is not in the files: which account it holds, under which registry key. */
export interface AssumedSecret {
  readonly namespace: string;
  readonly name: string;
  readonly username: string;
  /** The key below `auths`: `registry.example.com:5000`. */
  readonly registry: string;
}

/**
 * Reads `NAMESPACE/NAME=USER@REGISTRY`. User names may hold an `@`: the last one counts.
 *
 * @throws RangeError for anything else
 */
export function parseAssumedSecret(text: string): AssumedSecret {
  const parts = /^([^/=]+)\/([^/=]+)=(.+)@([^@]+)$/.exec(text);
  const [, namespace = '', name = '', username = '', registry = ''] = parts ?? [];
  if (parts === null || username.includes(':'))
    throw new RangeError(
      `${JSON.stringify(username.includes(':') ? `${namespace}/${name}=…` : text)} is not NAMESPACE/NAME=USER@REGISTRY, for example prod/regcred=ci@registry.example.com; no password is needed`,
    );
  return { namespace, name, username, registry };
}

/** The name that reports give to what was assumed. */
const assumedFile = '--assume-secret';

/**
 * Puts assumed secrets into the input, before all else: a Secret of that name in the files takes their place. Their logins
 * work wherever the world has the account, which is what is assumed, and where it names no account at all. An account
 * that is not among those of a registry is refused, and a disabled one too.
 */
export async function assumeSecrets(
  assumed: readonly AssumedSecret[],
  inputs: readonly ManifestInput[],
  world: World,
): Promise<{ readonly inputs: readonly ManifestInput[]; readonly world: World }> {
  if (assumed.length === 0) return { inputs, world };
  const present = loadCluster(inputs).secrets.map(({ object }) => object);
  const pool = createBcryptPool({ threads: 1 });
  try {
    let registries = world.registries;
    const logins: Login[] = [];
    for (const secret of assumed) {
      const accounts = registries.flatMap((registry) => accountsFor(secret, registry));
      const password = await passwordFor(secret, accounts, present, pool);
      registries = await withPassword(registries, accounts, password, pool);
      logins.push({ ...secret, password });
    }
    return { inputs: [...secretInputs(logins), ...inputs], world: { ...world, registries } };
  } finally {
    await pool.close();
  }
}

interface Login extends AssumedSecret {
  readonly password: string;
}

/** An account of the world that an assumed secret is for. */
interface AssumedAccount {
  readonly registry: WorldRegistry;
  readonly user: WorldUser;
}

function accountsFor(secret: AssumedSecret, registry: WorldRegistry): readonly AssumedAccount[] {
  const serves = registry.repositories.some(
    ({ name }) => passwordsOf([keyOnly(secret)], `${registry.host}/${name}`, secret.username).length > 0,
  );
  if (!serves) return [];
  const listed = [...registry.users, ...registry.robots].find(({ name }) => name === secret.username);
  const user = listed ?? fromPasswordFile(registry, secret.username) ?? newAccount(registry, secret.username);
  return user === undefined ? [] : [{ registry, user }];
}

const keyOnly = (secret: AssumedSecret): PullSecret => secretObject([{ ...secret, password: 'x' }]);

/** Where the world names no account at all, as after `init`, the assumed one is the first. */
function newAccount({ users, robots, htpasswd }: WorldRegistry, name: string): WorldUser | undefined {
  const isBare = users.length + robots.length === 0 && htpasswd === undefined;
  return isBare ? { name, disabled: false } : undefined;
}

/** A password file that cannot be used is told when the registry starts. */
function fromPasswordFile({ htpasswd }: WorldRegistry, name: string): WorldUser | undefined {
  const hash = htpasswd === undefined ? undefined : readable(htpasswd)?.get(name);
  return hash === undefined ? undefined : { name, passwordHash: hash, disabled: false };
}

function readable(file: string): Htpasswd | undefined {
  try {
    return openHtpasswd(file).entries();
  } catch (error) {
    if (error instanceof HtpasswdError) return undefined;
    throw error;
  }
}

/** The passwords that secrets hold for a user and an image. */
function passwordsOf(
  secrets: readonly PullSecret[],
  repository: string,
  username: string,
): readonly string[] {
  return secrets.flatMap((secret) => {
    try {
      const credentials = createKeyring({ secrets: [secret] }).lookup(repository);
      return credentials
        .filter((credential) => credential.username === username)
        .map(({ password }) => password);
    } catch (error) {
      if (error instanceof KeyringError) return [];
      throw error;
    }
  });
}

/**
 * The account's own password where the world says it, or where another secret of the input has the one that fits its
 * hash. Otherwise one that nobody else can have.
 */
async function passwordFor(
  secret: AssumedSecret,
  accounts: readonly AssumedAccount[],
  present: readonly PullSecret[],
  pool: BcryptPool,
): Promise<string> {
  for (const { registry, user } of accounts) {
    if (user.password !== undefined) return user.password;
    const known = registry.repositories.flatMap(({ name }) =>
      passwordsOf(present, `${registry.host}/${name}`, secret.username),
    );
    for (const password of new Set(known)) if (await accepts(user, password, pool)) return password;
  }
  const { namespace, name, username, registry } = secret;
  return createHash('sha256')
    .update(JSON.stringify([namespace, name, username, registry]))
    .digest('hex');
}

const accepts = async (
  { password, passwordHash }: WorldUser,
  given: string,
  pool: BcryptPool,
): Promise<boolean> => (passwordHash === undefined ? password === given : pool.compare(given, passwordHash));

/** The registries, with accounts that take the password. */
async function withPassword(
  registries: readonly WorldRegistry[],
  accounts: readonly AssumedAccount[],
  password: string,
  pool: BcryptPool,
): Promise<readonly WorldRegistry[]> {
  const changed = new Map<WorldRegistry, WorldRegistry>();
  for (const { registry, user } of accounts)
    if (!(await accepts(user, password, pool))) changed.set(registry, withAccount(registry, user, password));
  return registries.map((registry) => changed.get(registry) ?? registry);
}

function withAccount(registry: WorldRegistry, user: WorldUser, password: string): WorldRegistry {
  const open = <T extends WorldUser>({ passwordHash: _, ...account }: T) => ({ ...account, password });
  const replace = <T extends WorldUser>(list: readonly T[]) =>
    list.map((account) => (account.name === user.name ? open(account) : account));
  const isRobot = registry.robots.some(({ name }) => name === user.name);
  if (isRobot) return { ...registry, robots: replace(registry.robots) };
  const isListed = registry.users.some(({ name }) => name === user.name);
  return { ...registry, users: isListed ? replace(registry.users) : [...registry.users, open(user)] };
}

/** Several assumptions about one secret are its entries. */
function secretInputs(logins: readonly Login[]): readonly ManifestInput[] {
  const secrets = new Map<string, Login[]>();
  for (const login of logins) {
    const path = `${login.namespace}/${login.name}`;
    secrets.set(path, [...(secrets.get(path) ?? []), login]);
  }
  return [...secrets.values()].map((entries) => ({ file: assumedFile, object: secretObject(entries) }));
}

function secretObject(entries: readonly Login[]) {
  const auths = entries.map((login) => `${goJsonString(login.registry)}:${encodeEntry(login)}`);
  const { namespace = '', name = '' } = entries[0] ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': `{"auths":{${auths.join(',')}}}` },
  };
}
