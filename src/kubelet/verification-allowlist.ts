import { InvalidImageName, parseImageName, trimImageTagDigest } from '../image/reference.js';
import type { KubeletRelease } from '../versions/kubelet.js';

/** One entry of `preloadedImagesVerificationAllowlist`, checked: an exact name, or a prefix with its last slash. */
export interface AllowlistPattern {
  readonly name: string;
  readonly isPrefix: boolean;
}

type RecordNames = KubeletRelease['pullRecords']['names'];

/**
 * Checks one pattern (kubelet.md §7.1). Exact names carry neither tag nor digest; up to 1.35 they had to be complete
 * (`docker.io/library/ubuntu`), and a short one got the text about tags.
 *
 * @throws Error with the kubelet's text, without its `invalid configuration: …` wrapper
 */
export function parseAllowlistPattern(pattern: string, names: RecordNames): AllowlistPattern {
  if (pattern !== pattern.trim()) throw new Error(`leading/trailing spaces are not allowed: ${pattern}`);
  const isPrefix = pattern.endsWith('/*');
  const name = isPrefix ? pattern.slice(0, -1) : pattern;
  if (name === '') throw new Error(`the supplied pattern is too short: ${pattern}`);
  if (name.includes('*')) {
    throw new Error(`not a valid wildcard pattern, only patterns ending with '/*' are allowed: ${pattern}`);
  }
  if (isPrefix && name === '/') throw new Error('at least registry hostname is required');
  if (!isPrefix) checkExactName(name, pattern, names);
  return { name, isPrefix };
}

function checkExactName(name: string, pattern: string, names: RecordNames): void {
  const expected =
    names === 'normalised' ? repositoryOf(name) : repositoryOf(name) && trimImageTagDigest(name);
  if (expected !== name) {
    throw new Error(`neither tag nor digest is accepted in an image reference: ${pattern}`);
  }
}

function repositoryOf(name: string): string {
  try {
    return parseImageName(name).repository;
  } catch (error) {
    if (!(error instanceof InvalidImageName)) throw error;
    throw new Error(`failed to parse as an image name: ${error.reason}`);
  }
}

/**
 * True when the list exempts the image. Since 1.36 its tag and digest are cut off first, and nothing is completed:
 * `ubuntu` on the list serves `ubuntu:1`, `docker.io/library/ubuntu` does not. Before, the whole text was compared.
 */
export function matchesAllowlist(
  allowlist: readonly AllowlistPattern[],
  image: string,
  names: RecordNames,
): boolean {
  const compared = names === 'as-spelled' ? trimImageTagDigest(image) : image;
  return allowlist.some(({ name, isPrefix }) => (isPrefix ? compared.startsWith(name) : compared === name));
}
