import { digestOf, fixture } from './fixtures.js';

/** The repositories of a case; `{private}` is as long as `no/such`, so that answers about both can be equal. */
export const repositories = {
  repo: 'test/repo',
  repo2: 'test/repo2',
  public: 'pub/app',
  private: 'pri/app',
  own: 'own/app',
} as const;

/** The right password of a user. */
export function passwordOf(user: string): string {
  if (user === 'colon') return 'pa:ss:word';
  if (user === 'long') return `${'long-'.repeat(16)}`;
  return `${user}-password`;
}

/** What only a running case knows. */
export interface Surroundings {
  readonly captured: ReadonlyMap<string, string>;
  /** Instead of a repository of the table: `private` → `no/such`. */
  readonly renamed: Readonly<Record<string, string>>;
  readonly manifestLimit: number;
  readonly canaryPort: number;
  /** `{tok:U}` and `{refresh:U}`. */
  readonly secret: (kind: 'tok' | 'refresh', user: string) => string;
}

/**
 * Replaces the placeholders of a text. Braces that hold no placeholder stay: `[a-z]{16,}`.
 *
 * @throws for a placeholder with a name that means nothing here
 */
export function substitute(text: string, surroundings: Surroundings): string {
  // The inner one first: {urlencode:{digest:b.small}}.
  const inner = text.replace(/\{urlencode:((?:[^{}]|\{[^{}]*\})*)\}/g, (_, content: string) =>
    encodeURIComponent(substitute(content, surroundings)),
  );
  return inner.replace(/\{([A-Za-z][A-Za-z0-9]*)(?::([^{}]*))?\}/g, (whole, name: string, rest?: string) => {
    const value = placeholderValue(name, rest, surroundings);
    if (value === undefined) throw new Error(`the placeholder ${whole} is not explained`);
    return value;
  });
}

function placeholderValue(
  name: string,
  rest: string | undefined,
  surroundings: Surroundings,
): string | undefined {
  const { captured, renamed, manifestLimit } = surroundings;
  if (rest === undefined) {
    if (name === 'tokenPath') return '/token';
    if (name === 'canary') return String(surroundings.canaryPort);
    return captured.get(name) ?? renamed[name] ?? (repositories as Readonly<Record<string, string>>)[name];
  }
  switch (name) {
    case 'digest':
      return digestOf(fixture(rest, manifestLimit).bytes);
    case 'digest512':
      return digestOf(fixture(rest, manifestLimit).bytes, 'sha512');
    case 'len':
      return String(fixture(rest, manifestLimit).bytes.length);
    case 'subject':
      return fixture(rest).subject;
    case 'pw':
      return passwordOf(rest);
    case 'b64':
    case 'basic':
      return Buffer.from(`${rest}:${passwordOf(rest)}`).toString('base64');
    case 'tok':
    case 'refresh':
      return surroundings.secret(name, rest);
    case 'repeat':
      return repeated(rest);
    default:
      return undefined;
  }
}

/** `S xN` → S, N times. */
function repeated(rest: string): string | undefined {
  const [, text, times] = /^(.+) x(\d+)$/s.exec(rest) ?? [];
  return text?.repeat(Number(times));
}

/** `{repeat:N}` alone stands for N generated values. */
export function generatedCount(text: string): number | undefined {
  const [, count] = /^\{repeat:(\d+)\}$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count);
}
