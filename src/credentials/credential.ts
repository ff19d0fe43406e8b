/** The least of a Secret that the keyring reads; cluster's Secret satisfies it. `data` values are base64. */
export interface PullSecret {
  readonly metadata: { readonly name?: string; readonly namespace?: string; readonly uid?: string };
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
  /** Plain values, which win over `data`, as the API server merges them. */
  readonly stringData?: Readonly<Record<string, string>>;
}

/** Where a credential came from. */
export type CredentialSource =
  | { readonly kind: 'secret'; readonly namespace: string; readonly name: string; readonly uid: string }
  | { readonly kind: 'node'; readonly file?: string }
  | {
      readonly kind: 'provider';
      readonly provider: string;
      /** Set in service-account-token mode (KEP-4412). */
      readonly serviceAccount?: { readonly namespace: string; readonly name: string; readonly uid: string };
    };

/** One credential that a lookup returned, in the order in which the kubelet offers it. */
export interface Credential {
  readonly username: string;
  readonly password: string;
  readonly email: string;
  readonly source: CredentialSource;
  /** The registry key as written in the config (`https://index.docker.io/v1/`); print it through `maskUserInfo`. */
  readonly key: string;
  /** After kubelet.md §2.3. */
  readonly indexKey: string;
  /** kubelet.md §2.9; lower-case hex. */
  readonly hash: string;
}

/** What became of one entry of one config for one image: the facts that near-miss explanations are made of. */
export interface ConsideredEntry {
  readonly source: CredentialSource;
  /** As written; print it, and `indexKey`, through `maskUserInfo`. */
  readonly key: string;
  /** Absent when the key could not be read as a URL and the entry was dropped (then `dropped` has the parse error). */
  readonly indexKey?: string;
  readonly username: string;
  /** Neither user name nor password: present, and as good as anonymous (kubelet.md §2.10). */
  readonly empty: boolean;
  /** `auth` was there beside `username` or `password`, and replaced both. */
  readonly authReplaced: boolean;
  /** Members of the entry that the kubelet does not read, as written: `identitytoken`. */
  readonly ignoredMembers: readonly string[];
  readonly outcome: EntryOutcome;
}

export type EntryOutcome =
  | { readonly kind: 'matched' }
  /** The Docker Hub fall-back of kubelet.md §2.6 chose it. */
  | { readonly kind: 'docker-hub-fallback' }
  /** It would serve by the fall-back, but another key matched and hides it. */
  | { readonly kind: 'shadowed'; readonly by: string }
  | { readonly kind: 'dropped'; readonly error: string }
  /** The key or the image could not be read as a URL when they were compared; `error` is Go's text. */
  | { readonly kind: 'unreadable'; readonly what: 'key' | 'image'; readonly error: string }
  /** `want` is the image's port, `got` the key's; `''` is none. `sameHost`: nothing else about the hosts differs. */
  | { readonly kind: 'port-differs'; readonly want: string; readonly got: string; readonly sameHost: boolean }
  /** `want` is the image's number of host labels, `got` the key's. */
  | { readonly kind: 'label-count-differs'; readonly want: number; readonly got: number }
  | { readonly kind: 'host-differs' }
  | { readonly kind: 'host-case-differs' }
  /** `path` is the key's, with its leading slash. */
  | { readonly kind: 'path-differs'; readonly path: string; readonly sameHost: boolean };

/** A secret of the pod's list that took no part (kubelet.md §2.1), and why. */
export interface IgnoredSecret {
  readonly namespace: string;
  readonly name: string;
  readonly because: 'type' | 'key-missing' | 'value-empty';
  readonly type: string;
}
