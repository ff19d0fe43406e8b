import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hashSync } from 'bcryptjs';
import { createAccessPolicy } from '../../../src/access/access-policy.js';
import type { AccessRule } from '../../../src/access/access-rules.js';
import type { Account } from '../../../src/access/accounts.js';
import type { AccessPolicy } from '../../../src/access/decision.js';
import type { JournalEntry } from '../../../src/access/journal.js';
import { createLoginThrottle } from '../../../src/access/login-throttle.js';
import { createTokenKeys, type TokenKeys } from '../../../src/access/token-keys.js';
import { configureServer } from '../../../src/registry/configure-server.js';
import type { ContentStore } from '../../../src/registry/content-store.js';
import { createRegistryHandler } from '../../../src/registry/create-registry-handler.js';
import { createMemoryStore } from '../../../src/registry/memory-store.js';
import type { RegistryHost } from '../../../src/registry/registry-host.js';
import { createMemoryRefreshStore } from '../../../src/token/memory-refresh-store.js';
import { createRefreshTokens } from '../../../src/token/refresh-tokens.js';
import { createTokenHandler } from '../../../src/token/token-handler.js';
import type { Controls, Givens } from './givens.js';
import { keyPairs } from './jwt.js';
import { passwordOf, repositories } from './names.js';

export const service = 'mock-registry';
export const issuer = 'mock-issuer';

/** A registry with its token server, as a case wants it. */
export interface ConformanceServer extends AsyncDisposable {
  readonly port: number;
  readonly store: ContentStore;
  readonly keys: TokenKeys;
  readonly clock: { now: Date };
  readonly journal: readonly JournalEntry[];
  /** A refresh token that `user` was given while the account was good. */
  readonly refreshToken: (user: string) => Promise<string>;
  readonly manifestLimit: number;
  readonly canary: { readonly port: number; requests: number };
  /** What no handler expected. */
  readonly bugs: readonly unknown[];
}

export interface ServerOptions {
  readonly givens: Givens;
  readonly catalog: boolean;
  /** After so many failed logins an account is throttled. */
  readonly throttleAfter?: number;
  readonly store?: ContentStore;
}

export async function startConformanceServer(options: ServerOptions): Promise<ConformanceServer> {
  const clock = { now: new Date('2026-01-02T03:04:05Z') };
  const now = () => clock.now;
  const { controls } = options.givens;
  const keys = createKeys(now);
  const policy = createPolicy(now, options.throttleAfter, options.givens.personality);
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
  const refreshTokens = createRefreshTokens({ store: createMemoryRefreshStore(), random });
  const store = options.store ?? createMemoryStore();
  const journal: JournalEntry[] = [];
  const bugs: unknown[] = [];
  const canary = await startListener();
  const visibility = (name: string) => (name === repositories.public ? 'public' : 'private');
  const registry = createRegistryHandler({
    hosts: [
      {
        host: 'registry.example',
        auth: authOf(options.givens, keys, policy),
        store,
        visibility,
        catalog: options.catalog,
        ...hostOptions(controls, canary.port),
      },
    ],
    journal: (entry) => journal.push(entry),
    now,
    onError: (error) => bugs.push(error),
  });
  const token = createTokenHandler({
    services: [{ service, registry: 'registry.example', issuer, policy, visibility, keys }],
    journal: (entry) => journal.push(entry),
    now,
    refreshTokens,
    ...(controls.tokenPostStatus !== undefined && { postStatus: controls.tokenPostStatus }),
  });
  const server = createServer((request, response) => {
    if (/^\/token(\?|$)/.test(request.url ?? '')) void token(request, response);
    else registry(request, response);
  });
  configureServer(server, registry);
  const port = await listen(server);
  return {
    port,
    store,
    keys,
    clock,
    journal,
    refreshToken: (user) => refreshTokens.issue({ user, service }, clock.now),
    manifestLimit: controls.manifestLimit,
    canary,
    bugs,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([stop(server), stop(canary.server)]);
      await registry.close();
      await policy.close();
    },
  };
}

/** Trusts both pairs, signs with the first. */
function createKeys(now: () => Date): TokenKeys {
  const { rsa, ec } = keyPairs;
  return createTokenKeys({
    now,
    signing: rsa,
    alsoTrusted: [{ publicKey: ec.publicKey }],
    alsoTrustedRoots: ec.certificate === undefined ? [] : [ec.certificate],
  });
}

function authOf(givens: Givens, keys: TokenKeys, policy: AccessPolicy): RegistryHost['auth'] {
  if (givens.personality === 'htpasswd') return { kind: 'basic', realm: 'mock registry', policy };
  return {
    kind: 'token',
    service,
    realm: ({ listeningAddress }) => `http://${listeningAddress}/token`,
    verify: keys.verifier({ issuer, service }),
    policy,
  };
}

function hostOptions(controls: Controls, secondPort: number): Partial<RegistryHost> {
  const { pullLimit, warning, chunkMinBytes, pageSize } = controls;
  const pulls = pullLimit === undefined ? undefined : { limit: pullLimit, windowSeconds: 21_600 };
  const operation = controls.limitedOperation === undefined ? {} : { operation: controls.limitedOperation };
  return {
    ...(controls.delete === false && { delete: false }),
    ...(controls.referrers === false && { referrers: false }),
    ...(controls.redirectBlobs && { redirectBlobsTo: `http://127.0.0.1:${secondPort}` }),
    ...(chunkMinBytes !== undefined && { chunkMinBytes }),
    ...(pageSize !== undefined && { pageSize }),
    ...(warning !== undefined && { warnings: [{ text: warning }] }),
    limits: {
      manifestBytes: controls.manifestLimit,
      ...(pulls !== undefined && { pulls: { ...pulls, ...operation } }),
    },
  };
}

const everywhere = ['**'];
const inPrivate = [repositories.private];
const rules: readonly AccessRule[] = [
  { users: ['admin'], repositories: everywhere, actions: ['*'] },
  {
    users: ['rw', 'other', 'colon', 'long', 'revoked'],
    repositories: everywhere,
    actions: ['pull', 'push', 'delete'],
  },
  { users: ['ro'], repositories: inPrivate, actions: ['pull'] },
  { users: ['limited'], repositories: [repositories.own], actions: ['pull', 'push'] },
  { users: ['createonly'], repositories: everywhere, actions: ['pull', 'create'] },
];

const longHash = hashSync(passwordOf('long'), 4);

const accounts: readonly Account[] = [
  ...['admin', 'rw', 'ro', 'limited', 'other', 'createonly', 'colon'].map((name) => ({
    name,
    password: passwordOf(name),
  })),
  { name: 'revoked', password: passwordOf('revoked'), disabled: true },
  // Hashed elsewhere, so its 80 bytes met no check; bcrypt saw 72 of them.
  { name: 'long', passwordHash: longHash },
  { name: 'md5user', passwordHash: '$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/' },
];

/** Nobody but the administrator gets near `foreign/…`, which patterns cannot say. */
function createPolicy(
  now: () => Date,
  throttleAfter: number | undefined,
  personality: Givens['personality'],
) {
  const throttle =
    throttleAfter === undefined ? {} : { throttle: createLoginThrottle({ failures: throttleAfter, now }) };
  // distribution's htpasswd knows no rules: whoever has an account may do everything (registry.md §7).
  const access = personality === 'htpasswd' ? {} : { access: rules };
  const policy = createAccessPolicy({ users: accounts, now, ...access, ...throttle });
  if (personality === 'htpasswd') return policy;
  return {
    ...policy,
    decide: ((identity, repository, action) =>
      repository.name.startsWith('foreign/') && !(identity.kind === 'user' && identity.name === 'admin')
        ? { allow: false, because: 'foreign repositories belong to others' }
        : policy.decide(identity, repository, action)) satisfies AccessPolicy['decide'],
  };
}

async function startListener() {
  const listener = { requests: 0 };
  const server = createServer((_, response) => {
    listener.requests += 1;
    response.end();
  });
  const port = await listen(server);
  return Object.assign(listener, { port, server });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
