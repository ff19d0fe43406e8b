import { createHash } from 'node:crypto';
import { goJsonObject } from './go-json-text.js';

/** The members of a docker AuthConfig that a kubelet credential can have. */
export interface HashedCredential {
  readonly username: string;
  readonly password: string;
  readonly email: string;
}

/**
 * The hash by which the kubelet recognises a credential in its pull records (kubelet.md §2.9): SHA-256, in hex, of Go's
 * JSON with empty members left out. The e-mail counts, so adding one makes another credential.
 */
export function hashOf({ username, password, email }: HashedCredential): string {
  const json = goJsonObject([
    ['username', username],
    ['password', password],
    ['email', email],
  ]);
  return createHash('sha256').update(json, 'utf8').digest('hex');
}
