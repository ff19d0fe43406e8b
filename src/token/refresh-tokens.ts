import { createHash } from 'node:crypto';
import type { RefreshRecord, RefreshStore } from './refresh-record.js';

/** Whom a refresh token is for, and where it may be used. */
export interface RefreshBinding {
  readonly user: string;
  readonly service: string;
  readonly client?: string | undefined;
}

/** A refresh token that was found good; its user is still to be looked up. */
export interface FoundRefreshToken {
  readonly user: string;
  /** Replaces the token by a new one. `undefined` when another request replaced it first. */
  rotate(now: Date): Promise<string | undefined>;
}

export type RefreshLookup =
  | { readonly ok: true; readonly found: FoundRefreshToken }
  | { readonly ok: false; readonly because: string };

/**
 * Opaque refresh tokens of 256 random bits, stored hashed, bound to user, service and client (registry.md S37). They hold
 * no rights: what a user may do is decided anew at each use.
 */
export interface RefreshTokens {
  issue(binding: RefreshBinding, now: Date): Promise<string>;
  find(
    token: string,
    use: { readonly service: string; readonly client: string },
    now: Date,
  ): Promise<RefreshLookup>;
  /** Ends a token and all that it was rotated from or into. */
  revoke(token: string): Promise<void>;
  /** Ends all tokens of a user, of one service if named. */
  revokeUser(user: string, service?: string): Promise<void>;
  /** Forgets what has expired. */
  prune(now: Date): Promise<void>;
}

export interface RefreshTokensOptions {
  readonly store: RefreshStore;
  readonly random: (bytes: number) => Uint8Array;
  /** 90 days by default: `docker login` stores one and nobody renews it. */
  readonly lifetimeSeconds?: number;
}

export function createRefreshTokens(options: RefreshTokensOptions): RefreshTokens {
  const { store, random, lifetimeSeconds = 90 * 86_400 } = options;
  const newToken = () => Buffer.from(random(32)).toString('base64url');

  const keep = async (record: Omit<RefreshRecord, 'expiresAtMs'>, now: Date): Promise<string> => {
    const token = newToken();
    await store.put(hashOf(token), { ...record, expiresAtMs: now.getTime() + lifetimeSeconds * 1000 });
    return token;
  };

  const deleteWhere = async (matches: (record: RefreshRecord) => boolean): Promise<void> => {
    for (const { hash, record } of await store.list()) if (matches(record)) await store.delete(hash);
  };

  const rotate = async (hash: string, record: RefreshRecord, now: Date): Promise<string | undefined> => {
    if (!(await store.retire(hash))) return undefined;
    return keep(record, now);
  };

  const find: RefreshTokens['find'] = async (token, use, now) => {
    const hash = hashOf(token);
    const entry = await store.get(hash);
    if (entry === undefined) return refused('the refresh token is unknown or was revoked');
    const { record, retired } = entry;
    if (record.service !== use.service) return refused('the refresh token is for another service');
    if (record.client !== undefined && record.client !== use.client)
      return refused('the refresh token is for another client');
    if (now.getTime() >= record.expiresAtMs) return refused('the refresh token expired');
    if (retired) {
      // Whoever uses a replaced token has a copy that should not exist: thief or owner, both must log in again.
      await deleteWhere(({ family }) => family === record.family);
      return refused('the refresh token was replaced before: all that came from it are revoked');
    }
    return { ok: true, found: { user: record.user, rotate: (at) => rotate(hash, record, at) } };
  };

  return {
    issue: ({ user, service, client }, now) =>
      keep({ user, service, ...(client === undefined ? {} : { client }), family: newToken() }, now),
    find,
    revoke: async (token) => {
      const entry = await store.get(hashOf(token));
      if (entry !== undefined) await deleteWhere(({ family }) => family === entry.record.family);
    },
    revokeUser: (user, service) =>
      deleteWhere((record) => record.user === user && (service === undefined || record.service === service)),
    prune: (now) => deleteWhere(({ expiresAtMs }) => now.getTime() >= expiresAtMs),
  };
}

/** Tokens are random: a plain hash keeps them as well as a slow one would. */
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

const refused = (because: string): RefreshLookup => ({ ok: false, because });
