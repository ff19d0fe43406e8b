/**
 * What the wire did when a pull failed, as data. Explanations are computed from these values, never from messages.
 *
 * `url` is the request that ended it, `host` its authority.
 */
export type PullFailure =
  | { readonly kind: 'invalid-reference' }
  | { readonly kind: 'no-such-host'; readonly host: string; readonly url: string }
  | { readonly kind: 'connection-refused'; readonly host: string; readonly url: string }
  | { readonly kind: 'timeout'; readonly host: string; readonly url: string }
  | { readonly kind: 'connection-closed'; readonly host: string; readonly url: string }
  | { readonly kind: 'http-on-https'; readonly host: string; readonly url: string }
  | {
      readonly kind: 'tls';
      readonly problem: 'unknown-authority' | 'expired' | 'wrong-name' | 'other';
      readonly host: string;
      readonly url: string;
    }
  /** The token endpoint did not give a token: its status, or `null` when its answer was not usable. */
  | {
      readonly kind: 'token-refused';
      readonly realm: string;
      readonly status: number | null;
      readonly anonymous: boolean;
    }
  /** The registry did not accept the token that its token endpoint had just issued. */
  | {
      readonly kind: 'insufficient-scope';
      readonly host: string;
      readonly error: string;
      readonly anonymous: boolean;
    }
  /** Basic was demanded and no user name with password was at hand. */
  | { readonly kind: 'no-basic-credentials'; readonly host: string }
  /** Any status of 400 or more that has no kind of its own, with the registry's error code if it sent one. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly host: string;
      readonly url: string;
      readonly code?: string;
      readonly anonymous: boolean;
    }
  | { readonly kind: 'manifest-not-found'; readonly reference: string }
  | { readonly kind: 'content-not-found'; readonly digest: string }
  | { readonly kind: 'no-platform'; readonly wanted: string; readonly offered: readonly string[] }
  | { readonly kind: 'content-mismatch'; readonly digest: string }
  | { readonly kind: 'unsupported-manifest'; readonly mediaType: string }
  | { readonly kind: 'other' };
