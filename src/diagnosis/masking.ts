import { maskUserInfo, maskUsername } from '../wire/mask.js';

/** A registry key as it may be printed: user info becomes `***@`, control characters can be seen. */
export const printableKey = (key: string): string => visible(maskUserInfo(key));

/** A user name as it may be printed: one that is a token itself shows its first six characters (DESIGN §3.3). */
export const printableUser = (name: string): string => visible(maskUsername(name));

const visible = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f]/g, (character) => JSON.stringify(character).slice(1, -1));
