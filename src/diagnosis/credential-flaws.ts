/** What is visibly odd about a user name and password; the values themselves are never told. */
export type CredentialFlaw =
  /** Ends with a line feed: `echo user:pass | base64`. */
  | 'trailing-newline'
  /** A carriage return of a Windows file. */
  | 'carriage-return'
  | 'surrounding-blank'
  /** The quotes of a command line or a YAML file were copied, too. */
  | 'quotes'
  /** Zero-width characters, a byte order mark, NUL. */
  | 'invisible'
  /** `${PASSWORD}`, `<token>`, `REPLACE_ME`. */
  | 'placeholder';

const tests: readonly (readonly [CredentialFlaw, RegExp])[] = [
  ['trailing-newline', /[^\r]\n$|^\n$/],
  ['carriage-return', /\r/],
  ['surrounding-blank', /^[ \t]|[ \t]$/],
  ['quotes', /^(["'`]).*\1$|^[\u2018-\u201d]/s],
  ['invisible', /[\u0000\u200b-\u200f\u2060\ufeff]/],
  ['placeholder', /^(?:<[^<>]+>|\$\{[^}]*\}|\$\([^)]*\)|\{\{.*\}\}|REPLACE[-_ ]?ME|CHANGE[-_ ]?ME|x{4,})$/is],
];

/** The flaws of a user name or of a password, each once. */
export const credentialFlaws = (username: string, password: string): CredentialFlaw[] =>
  tests.filter(([, pattern]) => pattern.test(username) || pattern.test(password)).map(([flaw]) => flaw);
