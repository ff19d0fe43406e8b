import { readFileSync, statSync } from 'node:fs';

/** User name → hash as written. */
export type Htpasswd = ReadonlyMap<string, string>;

/** A password file that cannot be used. The message names file and line, never the line's text: it may be a password. */
export class HtpasswdError extends Error {
  override readonly name = 'HtpasswdError';
  readonly file: string;
  /** 1-based; absent when the file could not be read at all. */
  readonly line: number | undefined;

  constructor(file: string, line: number | undefined, problem: string) {
    super(`${line === undefined ? file : `${file}:${line}`}: ${problem}`);
    this.file = file;
    this.line = line;
  }
}

/**
 * Reads what `htpasswd -nbB user pass` writes, as distribution's `auth.htpasswd` does: one `name:hash` per line, blank
 * lines and lines that begin with `#` left out, the last line of a name wins. Hashes are bcrypt; any other format is read
 * but never matches (registry.md §7).
 *
 * @throws HtpasswdError for a line without a name and a colon
 */
export function parseHtpasswd(text: string, file: string): Htpasswd {
  const entries = new Map<string, string>();
  for (const [index, line] of text.split('\n').entries()) {
    const entry = line.trim();
    if (entry === '' || entry.startsWith('#')) continue;
    const colon = entry.indexOf(':');
    if (colon < 1)
      throw new HtpasswdError(file, index + 1, 'expected "name:bcrypt-hash", as htpasswd -nB prints it');
    entries.set(entry.slice(0, colon), entry.slice(colon + 1));
  }
  return entries;
}

/** A password file that follows its file: the content is read again when the file was changed or replaced. */
export interface HtpasswdFile {
  /** @throws HtpasswdError when the file vanished or is now malformed: then nobody is let in until it is mended */
  entries(): Htpasswd;
}

/**
 * Opens a password file. Replacing it by rename or rewriting it takes effect at the next login, without a restart.
 *
 * @throws HtpasswdError when it cannot be read or is malformed
 */
export function openHtpasswd(file: string): HtpasswdFile {
  let seen: { readonly version: string; readonly read: () => Htpasswd } | undefined;
  const entries = (): Htpasswd => {
    const version = versionOf(file);
    if (seen?.version !== version) seen = { version, read: settled(() => read(file)) };
    return seen.read();
  };
  entries();
  return { entries };
}

/** Two writes within one clock tick are told apart by size and inode. Milliseconds come with their fraction. */
function versionOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    throw new HtpasswdError(file, undefined, `cannot be read (${codeOf(error)})`);
  }
}

function read(file: string): Htpasswd {
  try {
    return parseHtpasswd(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof HtpasswdError) throw error;
    throw new HtpasswdError(file, undefined, `cannot be read (${codeOf(error)})`);
  }
}

/** Runs once and answers alike ever after, also when the answer was an error. */
function settled<T>(run: () => T): () => T {
  try {
    const value = run();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
