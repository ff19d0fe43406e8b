import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AccessPolicyOptions, createAccessPolicy } from '../../src/access/access-policy.js';
import type { JournalEntry } from '../../src/access/journal.js';
import { createTokenKeys } from '../../src/access/token-keys.js';
import { configureServer } from '../../src/registry/configure-server.js';
import type { ContentStore } from '../../src/registry/content-store.js';
import { createRegistryHandler } from '../../src/registry/create-registry-handler.js';
import { createMemoryStore } from '../../src/registry/memory-store.js';
import type { RegistryHost } from '../../src/registry/registry-host.js';

export const service = 'mock-registry';
export const issuer = 'mock-issuer';

/** A registry on a free port, with what a test needs to look into it. */
export interface MockRegistry {
  readonly port: number;
  readonly store: ContentStore;
  readonly journal: readonly JournalEntry[];
  /** Resolves when the journal gets an entry like this. */
  readonly nextEntry: (matches: (entry: JournalEntry) => boolean) => Promise<JournalEntry>;
  readonly server: Server;
  /** A token with exactly these accesses: `{ 'team/app': ['pull'] }`. */
  readonly token: (access: Readonly<Record<string, readonly string[]>>, subject?: string) => string;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface MockRegistryOptions {
  readonly auth?: 'token' | 'basic' | 'none';
  readonly users?: Omit<AccessPolicyOptions, 'now'>;
  readonly store?: ContentStore;
  readonly now?: () => Date;
  readonly visibility?: RegistryHost['visibility'];
  readonly host?: Partial<RegistryHost>;
  readonly onError?: (error: unknown) => void;
  /** Instead of waiting in real time. */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** Starts one registry host on 127.0.0.1. Anyone may do everything unless `auth` says otherwise. */
export async function startMockRegistry(options: MockRegistryOptions = {}): Promise<MockRegistry> {
  const now = options.now ?? (() => new Date());
  const keys = createTokenKeys({ now });
  const policy = createAccessPolicy({ ...options.users, now });
  const store = options.store ?? createMemoryStore();
  const journal: JournalEntry[] = [];
  const errors: unknown[] = [];
  const waiters = new Set<(entry: JournalEntry) => void>();
  const auths = {
    token: {
      kind: 'token',
      service,
      realm: ({ listeningAddress }: { listeningAddress: string }) => `http://${listeningAddress}/token`,
      verify: keys.verifier({ issuer, service }),
      ...(options.users !== undefined && { policy }),
    },
    basic: { kind: 'basic', realm: 'mock registry', policy },
    none: { kind: 'none' },
  } as const;
  const handler = createRegistryHandler({
    hosts: [
      {
        host: 'registry.example',
        auth: auths[options.auth ?? 'none'],
        store,
        ...(options.visibility !== undefined && { visibility: options.visibility }),
        ...options.host,
      },
    ],
    journal: (entry) => {
      journal.push(entry);
      for (const waiter of waiters) waiter(entry);
    },
    now,
    ...(options.sleep !== undefined && { sleep: options.sleep }),
    onError: options.onError ?? ((error) => errors.push(error)),
  });
  const server = createServer(handler);
  configureServer(server, handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    store,
    journal,
    nextEntry: (matches) =>
      new Promise((resolve) => {
        const waiter = (entry: JournalEntry) => {
          if (!matches(entry)) return;
          waiters.delete(waiter);
          resolve(entry);
        };
        waiters.add(waiter);
      }),
    server,
    token: (access, subject = '') => {
      const seconds = Math.floor(now().getTime() / 1000);
      const entries = Object.entries(access).map(([name, actions]) => ({
        type: 'repository',
        name,
        actions,
      }));
      return keys.sign({
        iss: issuer,
        aud: service,
        sub: subject,
        iat: seconds,
        nbf: seconds - 10,
        exp: seconds + 300,
        access: entries,
      });
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await handler.close();
      await policy.close();
      // A bug answers 500 and nothing else; a test must not pass over it.
      if (options.onError === undefined && errors.length > 0) throw errors[0];
    },
  };
}
