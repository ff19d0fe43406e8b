import {
  formatPlatform,
  normalisePlatform,
  type Platform,
  platformsByPreference,
} from '../image/platform.js';

/** Which platforms a node takes, and which of two it takes rather. */
export interface PlatformChoice {
  matches(offered: Platform): boolean;
  /** Lower is better. */
  rank(offered: Platform): number;
}

/** A node's platform and what else its processor runs: containerd's `platforms.Only` (runtime.md §8.1). */
export function preferredPlatforms(node: Platform): PlatformChoice {
  const order = platformsByPreference(node).map(formatPlatform);
  const rank = (offered: Platform) => {
    const index = order.indexOf(formatPlatform(normalisePlatform(offered)));
    return index < 0 ? order.length : index;
  };
  return { rank, matches: (offered) => rank(offered) < order.length };
}

/** The node's platform and nothing else, as the transfer service wants it. */
export function exactPlatform(node: Platform): PlatformChoice {
  const wanted = formatPlatform(normalisePlatform(node));
  const matches = (offered: Platform) => formatPlatform(normalisePlatform(offered)) === wanted;
  return { matches, rank: (offered) => (matches(offered) ? 0 : 1) };
}

/** Best first; those without a platform last, otherwise in the order given. */
export function byPreference<T extends { readonly platform?: Platform }>(
  descriptors: readonly T[],
  choice: PlatformChoice,
): T[] {
  const rank = ({ platform }: T) =>
    platform === undefined ? Number.POSITIVE_INFINITY : choice.rank(platform);
  return [...descriptors].sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    return left === right ? 0 : left - right;
  });
}
