import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Whether a path is a pattern: shells that expand none (and quoted patterns) leave it to the program. */
export const isPattern = (path: string): boolean => /[*?[\]{}]/.test(path);

/**
 * The files that a pattern names, sorted: `*` and `?` within a name, `[ab]`, `{yaml,yml}`, and `**` for any number of
 * folders. Hidden files and folders and `node_modules` count only when the pattern names them; links to folders are not
 * followed. Folders that cannot be read hold nothing.
 */
export async function filesMatching(pattern: string): Promise<readonly string[]> {
  const steps = pattern.split('/').filter((step, index) => step !== '' || index === 0);
  const [first = ''] = steps;
  const isAbsolute = first === '';
  if (steps.at(-1) === '**') steps.push('*');
  return (await walk(isAbsolute ? '/' : '', isAbsolute ? steps.slice(1) : steps)).sort();
}

async function walk(folder: string, [step, ...rest]: readonly string[]): Promise<string[]> {
  if (step === undefined) return [];
  if (!isPattern(step) && rest.length > 0) return walk(join(folder, step), rest);
  const entries = await entriesOf(folder);
  const found: string[] = [];
  for (const entry of entries) found.push(...(await visit(folder, entry, step, rest)));
  return step === '**' ? [...new Set([...found, ...(await walk(folder, rest))])] : found;
}

/** What one entry of a folder gives for the rest of a pattern. */
async function visit(
  folder: string,
  entry: Dirent,
  step: string,
  rest: readonly string[],
): Promise<string[]> {
  const path = join(folder, entry.name);
  if (step === '**') return entry.isDirectory() && isUsual(entry.name) ? walk(path, [step, ...rest]) : [];
  if (!expressionOf(step).test(entry.name) || (entry.name.startsWith('.') && !step.startsWith('.')))
    return [];
  if (rest.length > 0) return entry.isDirectory() ? walk(path, rest) : [];
  return entry.isDirectory() ? [] : [path];
}

const isUsual = (name: string): boolean => !name.startsWith('.') && name !== 'node_modules';

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder === '' ? '.' : folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** One step of a pattern as an expression; brackets and braces that do not close stand for themselves. */
function expressionOf(step: string): RegExp {
  const source = step.replace(
    /\[(!?)([^\]]+)\]|\{([^{}]*)\}|\*+|\?|[\\^$.|+()[\]{}]/g,
    (token, not: string | undefined, set: string | undefined, choices: string | undefined) => {
      if (set !== undefined) return `[${not === '!' ? '^' : ''}${set.replace(/[\\^]/g, '\\$&')}]`;
      if (choices !== undefined) return `(?:${choices.split(',').map(escapeExpression).join('|')})`;
      if (token.startsWith('*')) return '.*';
      return token === '?' ? '.' : `\\${token}`;
    },
  );
  return readable(source) ?? new RegExp(`^${escapeExpression(step)}$`, 's');
}

/** `[z-a]` is no range. */
function readable(source: string): RegExp | undefined {
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    return undefined;
  }
}

const escapeExpression = (text: string): string => text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
