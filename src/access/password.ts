/** bcrypt reads no more: a longer password would let in everyone who knows its first 72 bytes (registry.md §7, S24). */
export const maxPasswordBytes = 72;

/** How an account proves itself: a plain password of a world file, or a hash. */
export type StoredPassword =
  | { readonly kind: 'plain'; readonly password: string }
  | { readonly kind: 'hash'; readonly hash: string };

/** Whether a password has more bytes than bcrypt reads. Such a password is refused when it is configured. */
export const isTooLong = (password: string): boolean => Buffer.byteLength(password) > maxPasswordBytes;

/** The cost of a bcrypt hash, undefined for everything else: `$apr1$`, `{SHA}`, a hash cut short. */
export function bcryptCost(hash: string): number | undefined {
  const cost = Number(/^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(hash)?.[1]);
  return cost >= 4 && cost <= 31 ? cost : undefined;
}
