/** A digest whose algorithm, length and characters were checked: `sha256:` and 64 lower-case hex digits. */
export type Digest = string & { readonly __digest: unique symbol };

/** The algorithms that Go's digest library knows, with the length of their hex form. */
export const digestHexLengths = { sha256: 64, sha384: 96, sha512: 128 } as const;

export type DigestAlgorithm = keyof typeof digestHexLengths;

/** Hashes `content`; lower-case hex. Given from outside: this room has no cryptography of its own. */
export type HashHex = (algorithm: DigestAlgorithm, content: Uint8Array) => string;

/** What registries store under (registry.md §0.2); image references may also name sha384. */
export const registryAlgorithms: readonly DigestAlgorithm[] = ['sha256', 'sha512'];

/** A digest that cannot be used; the message is the text of Go's digest library. */
export class InvalidDigest extends Error {
  override readonly name = 'InvalidDigest';
}

/**
 * Reads a digest of a registry request.
 *
 * @param algorithms which to accept; sha256 and sha512 when absent
 * @throws {@link InvalidDigest} with Go's wording, for example `invalid checksum digest length`
 */
export function parseDigest(text: string, algorithms = registryAlgorithms): Digest {
  const problem = digestProblem(text) ?? unsupported(text, algorithms);
  if (problem !== undefined) throw new InvalidDigest(problem);
  return text as Digest;
}

/** True for a digest that a registry accepts (sha256 or sha512, lower-case hex, exact length). */
export function isDigest(text: string): text is Digest {
  return digestProblem(text) === undefined && unsupported(text, registryAlgorithms) === undefined;
}

/** `sha256:…` of `content`, or of another algorithm. */
export function digestOf(content: Uint8Array, hash: HashHex, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${hash(algorithm, content)}` as Digest;
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.slice(0, digest.indexOf(':')) as DigestAlgorithm;
}

/** The hex part: the name of a blob's file. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/**
 * Why go-digest 1.0 refuses this text, in its words; `undefined` when it is a digest. The order counts: algorithm, then
 * length, then characters (kubelet.md §1.4). An unknown algorithm is "unsupported" only when the whole still has the
 * general shape of a digest.
 */
export function digestProblem(text: string): string | undefined {
  const colon = text.indexOf(':');
  if (colon <= 0 || colon === text.length - 1) return 'invalid checksum digest format';
  const algorithm = text.slice(0, colon);
  const encoded = text.slice(colon + 1);
  if (!Object.hasOwn(digestHexLengths, algorithm)) {
    return isGeneralDigest(algorithm, encoded)
      ? 'unsupported digest algorithm'
      : 'invalid checksum digest format';
  }
  if (encoded.length !== digestHexLengths[algorithm as DigestAlgorithm]) {
    return 'invalid checksum digest length';
  }
  return /^[a-f0-9]+$/.test(encoded) ? undefined : 'invalid checksum digest format';
}

const isGeneralDigest = (algorithm: string, encoded: string) =>
  algorithm.split(/[.+_-]/).every((part) => /^[a-z0-9]+$/.test(part)) && /^[a-zA-Z0-9=_-]+$/.test(encoded);

const unsupported = (text: string, algorithms: readonly DigestAlgorithm[]) =>
  (algorithms as readonly string[]).includes(text.slice(0, text.indexOf(':')))
    ? undefined
    : 'unsupported digest algorithm';
