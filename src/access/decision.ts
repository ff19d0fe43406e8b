/** Who is asking. `anonymous` has no name; a robot is a user with an expiry. */
export type Identity =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'user'; readonly name: string; readonly groups: readonly string[] };

/**
 * What a request wants to do in a repository.
 *
 * `push` uploads content and creates tags; moving an existing tag to other content needs `move-tag` as well, which a
 * create-only user does not have (CVE-2026-31801, registry.md S16). `*` is everything.
 */
export type Action = 'pull' | 'push' | 'move-tag' | 'delete' | '*';

/** Every allow and every refusal says why, in one sentence; the journal keeps it. */
export interface Decision {
  readonly allow: boolean;
  readonly because: string;
}

/** What a repository name means to the policy. Unknown repositories are private: existence must not leak. */
export interface RepositoryAccess {
  readonly name: string;
  readonly visibility: 'public' | 'private';
}

export type Authentication =
  | { readonly ok: true; readonly identity: Identity; readonly because: string }
  | {
      readonly ok: false;
      /** For the journal. A client is told the same for every refusal, whatever the reason (registry.md S22). */
      readonly because: string;
      /** Too many failed logins: answer 429 with this `Retry-After`, in seconds, instead of 401. */
      readonly retryAfterSeconds?: number;
    };

/** Users and rules of one registry host. */
export interface AccessPolicy {
  /**
   * Checks a user name and password; unknown user, wrong password and disabled account answer alike, in like time.
   * Never rejects. `address` is the client's, for login throttling, which is off unless configured.
   */
  authenticate(username: string, password: string, address?: string): Promise<Authentication>;
  /**
   * The account of a token's subject or of a refresh token, without a password: `''` is anonymous; an account that is
   * unknown, disabled or expired is not ok.
   */
  identify(username: string): Authentication;
  decide(identity: Identity, repository: RepositoryAccess, action: Action): Decision;
  /** `registry:catalog:*` */
  decideCatalog(identity: Identity): Decision;
}
