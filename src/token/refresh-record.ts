/** What is kept of a refresh token: never the token itself. */
export interface RefreshRecord {
  readonly user: string;
  /** The service that it is good for. */
  readonly service: string;
  /** The client that it is good for; absent when it did not say who it is, then any. */
  readonly client?: string;
  /** Shared by a token and those that replaced it. */
  readonly family: string;
  readonly expiresAtMs: number;
}

/**
 * Where refresh tokens are kept, by the hash of the token in hexadecimal. Implementations: memory, and a directory that
 * several token servers share.
 */
export interface RefreshStore {
  put(hash: string, record: RefreshRecord): Promise<void>;
  get(hash: string): Promise<{ readonly record: RefreshRecord; readonly retired: boolean } | undefined>;
  /** Marks a token as replaced. True for exactly one of several callers at once. */
  retire(hash: string): Promise<boolean>;
  delete(hash: string): Promise<void>;
  list(): Promise<readonly { readonly hash: string; readonly record: RefreshRecord }[]>;
}
