/** One entry of a token's `access` claim. */
export interface AccessEntry {
  readonly type: string;
  /** `plugin` in `repository(plugin)`: deprecated, and of no consequence to what is granted. */
  readonly class?: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** The registry's reading of a bearer token (registry.md §8.10): offline, synchronous, no network ever. */
export type TokenVerification =
  | {
      readonly ok: true;
      /** `''` for anonymous. */
      readonly subject: string;
      readonly access: readonly AccessEntry[];
      /** Seconds since the epoch. */
      readonly expiresAtSeconds: number;
    }
  | { readonly ok: false; readonly because: string };

/** Verifies tokens for one service. `now` is the registry's clock. */
export type TokenVerifier = (token: string, now: Date) => TokenVerification;
