/** Who is asking. `anonymous` has no name; a robot is a user with an expiry. */
export type Identity =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'user'; readonly name: string; readonly groups: readonly string[] };

export type Action = 'pull' | 'push' | 'delete' | '*';

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
  | { readonly ok: false; readonly because: string };

/** Users and rules of one registry host. */
export interface AccessPolicy {
  /** Checks a user name and password; unknown user, wrong password and disabled account answer alike, in like time. */
  authenticate(username: string, password: string): Promise<Authentication>;
  decide(identity: Identity, repository: RepositoryAccess, action: Action): Decision;
  /** `registry:catalog:*` */
  decideCatalog(identity: Identity): Decision;
}
