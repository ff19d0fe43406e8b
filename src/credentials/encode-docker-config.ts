import { encodeBase64 } from '../wire/go-base64.js';
import { goJsonObject, goJsonString } from './go-json-text.js';

/** One registry and the account for it. */
export interface RegistryAccount {
  readonly username: string;
  readonly password: string;
  /** Left out of the file when empty. */
  readonly email?: string;
}

/**
 * The `.dockerconfigjson` that `kubectl create secret docker-registry` writes: compact, with both the plain fields and
 * `auth` (kubelet.md §4.5). The server is stored as given.
 */
export function encodeDockerConfigJson(server: string, account: RegistryAccount): string {
  return `{"auths":{${goJsonString(server)}:${encodeEntry(account)}}}`;
}

/** One entry, as Go writes it. */
export function encodeEntry({ username, password, email = '' }: RegistryAccount): string {
  return goJsonObject([
    ['username', username],
    ['password', password],
    ['email', email],
    ['auth', encodeBase64(new TextEncoder().encode(`${username}:${password}`))],
  ]);
}
