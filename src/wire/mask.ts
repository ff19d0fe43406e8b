import { parseBasicAuthorization } from './basic-authorization.js';

/**
 * Describes an `Authorization` header for traces and journals: `none`, `Basic alice:***`, `Bearer ***`. The user of a
 * Basic header is shown, everything else is masked.
 */
export function describeAuthorization(header: string | undefined): string {
  if (header === undefined) return 'none';
  const basic = parseBasicAuthorization(header);
  if (basic !== undefined) return `Basic ${maskUsername(basic.username)}:***`;
  const known = /^(basic|bearer|digest)\b/i.exec(header)?.[1] ?? 'other';
  return `${known.charAt(0).toUpperCase()}${known.slice(1).toLowerCase()} ***`;
}

/** Describes the credentials of a token request in form fields: `password alice:***` or `refresh_token ***`. */
export function describeTokenForm(form: { readonly grantType: string; readonly username?: string }): string {
  if (form.grantType === 'password') return `password ${maskUsername(form.username ?? '')}:***`;
  return form.grantType === 'refresh_token' ? 'refresh_token ***' : 'none';
}

/** User names that are tokens are secrets too: a JWT, or one longer than 64 characters, prints six characters and `…`. */
export function maskUsername(username: string): string {
  const isToken = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/.test(username) || username.length > 64;
  return isToken ? `${username.slice(0, 6)}…` : username;
}

/**
 * A registry key or URL without its user info: `https://user:pw@reg.io/v1/` → `https://***@reg.io/v1/`. Passwords may hold
 * slashes, so everything before the last `@` goes; only the `@` of an image digest stays.
 */
export function maskUserInfo(key: string): string {
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.exec(key)?.[0] ?? '';
  const rest = key.slice(scheme.length);
  const digest = rest.search(/@sha\d+:/);
  const at = rest.slice(0, digest < 0 ? rest.length : digest).lastIndexOf('@');
  return at < 0 ? key : `${scheme}***${rest.slice(at)}`;
}
