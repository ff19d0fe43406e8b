/** One exchange as the server saw it, secrets masked. Kept in memory, offered as an API and as JSON lines. */
export interface JournalEntry {
  readonly at: Date;
  /** The registry host that answered (`docker.io`), whatever port the socket was. */
  readonly registry: string;
  readonly kind:
    | 'token'
    | 'ping'
    | 'manifest'
    | 'blob'
    | 'upload'
    | 'tags'
    | 'referrers'
    | 'catalog'
    | 'other';
  readonly method: string;
  /** Path and query as sent; credentials in the query masked. */
  readonly url: string;
  readonly status: number;
  readonly repository?: string;
  /** `anonymous`, a user's name, or `unknown` when nobody was identified. */
  readonly identity: string;
  /** How the client authenticated: `none`, `basic`, `bearer`, `password`, `refresh_token`. */
  readonly authentication: string;
  readonly decision: 'allow' | 'refuse' | 'none';
  /** Why, in one sentence. */
  readonly because: string;
  readonly scope?: string;
  /** Id of a fault to order that shaped the answer. */
  readonly fault?: string;
}

/** Where servers write what happened. */
export type Journal = (entry: JournalEntry) => void;
