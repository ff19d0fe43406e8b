import type { Action, Decision, Identity } from '../access/decision.js';

/** Who is asking, and what they may do. */
export interface Caller {
  readonly identity: Identity;
  /** As the journal names it: how the client proved it. */
  readonly authentication: 'none' | 'basic' | 'bearer';
  /** True once the caller counts as logged in: `GET /v2/` answers 200. */
  readonly loggedIn: boolean;
  may(repository: string, action: Action): Decision;
  mayListCatalog(): Decision;
  /** True when the account may pull what this token does not say: a wider token would help. */
  couldPull(repository: string): boolean;
  /** Whether the catalog shows the repository: what the account may pull, not what a token says. */
  maySee(repository: string): boolean;
}

/** What the guard makes of the credentials that came with a request. */
export type Identification =
  | { readonly kind: 'caller'; readonly caller: Caller }
  /** The credentials are no good; the client is told to come back with better ones. */
  | {
      readonly kind: 'refused';
      readonly authentication: Caller['authentication'];
      readonly because: string;
      /** Too many failed logins: 429 with this `Retry-After`. */
      readonly retryAfterSeconds?: number;
    };

export const anonymous: Identity = { kind: 'anonymous' };

/** A user's name, or `anonymous`. */
export function identityName(identity: Identity): string {
  return identity.kind === 'user' ? identity.name : 'anonymous';
}
