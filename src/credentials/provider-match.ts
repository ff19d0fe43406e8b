import { matchRegistryKey } from './registry-key.js';

/**
 * Whether a credential provider is asked for this repository: one of its `matchImages` patterns matches by the rules of
 * registry keys (kubelet.md §8.2). Patterns are taken as written; a scheme in one would be part of the host.
 */
export function matchesProvider(matchImages: readonly string[], repository: string): boolean {
  return matchImages.some((pattern) => matchRegistryKey(pattern, repository));
}
