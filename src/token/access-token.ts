import type { Identity } from '../access/decision.js';
import type { AccessEntry } from '../access/token-verification.js';
import { defaultExpiresInSeconds, type TokenService } from './token-service.js';

/** A token and what the answer says about it. */
export interface AccessToken {
  readonly token: string;
  readonly expiresInSeconds: number;
  /** RFC 3339, UTC, whole seconds: the token's `iat`. */
  readonly issuedAt: string;
}

/** docker_auth's allowance for clocks that are behind, beside the 60 seconds of registries. */
const notBeforeSkewSeconds = 10;

/** Issues the token of registry.md §8.8: `aud` a string, whole seconds, `sub` empty for anonymous. */
export function issueAccessToken(
  service: TokenService,
  identity: Identity,
  access: readonly AccessEntry[],
  { now, random }: { readonly now: Date; readonly random: (bytes: number) => Uint8Array },
): AccessToken {
  const issuedAtSeconds = Math.floor(now.getTime() / 1000);
  const { issuer, service: audience, expiresInSeconds = defaultExpiresInSeconds } = service;
  const token = service.keys.sign({
    iss: issuer,
    sub: identity.kind === 'user' ? identity.name : '',
    aud: audience,
    exp: issuedAtSeconds + expiresInSeconds,
    nbf: issuedAtSeconds - notBeforeSkewSeconds,
    iat: issuedAtSeconds,
    jti: uuid(random(16)),
    access,
  });
  const issuedAt = new Date(issuedAtSeconds * 1000).toISOString().replace('.000Z', 'Z');
  return { token, expiresInSeconds, issuedAt };
}

/** Version 4 (RFC 9562 §5.4). */
function uuid(bytes: Uint8Array): string {
  const marked = bytes.map((byte, index) => {
    if (index === 6) return (byte & 0x0f) | 0x40;
    return index === 8 ? (byte & 0x3f) | 0x80 : byte;
  });
  const hex = Buffer.from(marked).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
