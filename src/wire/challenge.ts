/** One `WWW-Authenticate` challenge. */
export interface Challenge {
  /** Lower-case: `bearer`, `basic`, or whatever was sent. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Reads one `WWW-Authenticate` header line as containerd does (runtime.md §6.2.1): scheme, then comma-separated
 * `key=token` or `key="quoted"` with backslash escapes. Only the line's first challenge is seen: in `Bearer …, Basic …`
 * the second scheme ends the reading. What follows a mistake is lost, what came before it counts.
 *
 * @returns `undefined` when the line starts with no scheme
 */
export function parseChallenge(line: string): Challenge | undefined {
  const scheme = tokenAt(line, 0);
  if (scheme === '') return undefined;
  const parameters: Record<string, string> = Object.create(null);
  let at = scheme.length;
  for (;;) {
    const name = tokenAt(line, skipBlanks(line, at));
    at = skipBlanks(line, at) + name.length;
    if (name === '' || line[at] !== '=') break;
    const { value, end } = valueAt(line, at + 1);
    parameters[name.toLowerCase()] = value;
    at = skipBlanks(line, end);
    if (line[at] !== ',') break;
    at += 1;
  }
  return { scheme: scheme.toLowerCase(), parameters };
}

/** What a registry's Bearer challenge says. */
export interface BearerChallenge {
  /** Address of the token endpoint. */
  readonly realm: string;
  readonly service: string;
  /** Absent for the ping. */
  readonly scope?: string;
  readonly error?: 'invalid_token' | 'insufficient_scope';
}

/**
 * The Bearer challenge in distribution's exact form (registry.md §8.2): `realm`, `service`, `scope`, `error` in this
 * order, quoted, no blanks behind the commas.
 */
export function formatBearerChallenge(challenge: BearerChallenge): string {
  const { realm, service, scope, error } = challenge;
  const written = Object.entries({ realm, service, scope, error }).filter(([, value]) => value !== undefined);
  return `Bearer ${written.map(([name, value]) => `${name}=${quoted(value ?? '')}`).join(',')}`;
}

/** `Basic realm="…"` */
export function formatBasicChallenge(realm: string): string {
  return `Basic realm=${quoted(realm)}`;
}

const quoted = (value: string) => `"${value.replace(/["\\]/g, '\\$&')}"`;

/** RFC 2616: printable ASCII without separators. */
const tokenPattern = /[!#$%&'*+\-.0-9A-Z^_`a-z|~]*/y;

function tokenAt(text: string, at: number): string {
  tokenPattern.lastIndex = at;
  return tokenPattern.exec(text)?.[0] ?? '';
}

function skipBlanks(text: string, at: number): number {
  let end = at;
  while (end < text.length && ' \t\r\n'.includes(text.charAt(end))) end += 1;
  return end;
}

function valueAt(text: string, at: number): { value: string; end: number } {
  if (text[at] !== '"') {
    const value = tokenAt(text, at);
    return { value, end: at + value.length };
  }
  let value = '';
  for (let index = at + 1; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '"') return { value, end: index + 1 };
    if (character === '\\') index += 1;
    value += character === '\\' ? text.charAt(index) : character;
  }
  // An open quotation swallows the rest of the line and counts as empty.
  return { value: '', end: text.length };
}
