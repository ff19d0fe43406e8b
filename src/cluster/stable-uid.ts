import { createHash } from 'node:crypto';

/** A UID that the same object gets in every run: a name-based UUID of kind, namespace and name (RFC 9562, version 5). */
export function stableUid(kind: string, namespace: string, name: string): string {
  const hex = createHash('sha1').update(`pullsim/${kind}/${namespace}/${name}`).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** Letters and digits of generated names: no vowels, so no words. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** The five characters that the API server appends to `generateName`; the same in every run. */
export function stableSuffix(kind: string, namespace: string, prefix: string, index: number): string {
  const digest = createHash('sha1').update(`pullsim/${kind}/${namespace}/${prefix}/${index}`).digest();
  return Array.from(digest.subarray(0, 5), (byte) => alphabet[byte % alphabet.length]).join('');
}
