import { decodeBase64, encodeBase64 } from './go-base64.js';

/** A user name and a password as sent; either may be empty. */
export interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Reads an `Authorization: Basic` header as Go's servers do: strict padded base64 of UTF-8, cut at the first colon, so
 * that passwords may hold colons and user names may not.
 *
 * @returns `undefined` for another scheme, for base64 that Go refuses, and without a colon
 */
export function parseBasicAuthorization(header: string): BasicCredentials | undefined {
  if (header.slice(0, 6).toLowerCase() !== 'basic ') return undefined;
  const decoded = decoded64(header.slice(6));
  const colon = decoded?.indexOf(':') ?? -1;
  if (decoded === undefined || colon < 0) return undefined;
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** `Basic …` for the wire. Never print it. */
export function formatBasicAuthorization({ username, password }: BasicCredentials): string {
  return `Basic ${encodeBase64(new TextEncoder().encode(`${username}:${password}`))}`;
}

function decoded64(text: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(decodeBase64(text));
  } catch {
    return undefined;
  }
}
