import { readFileSync } from 'node:fs';
import { findRule } from '../diagnosis/rules.js';
import { splitRules } from '../world/ignore-annotation.js';
import { UsageError } from './usage-error.js';

export interface IgnoreOptions {
  /** Each is one rule or several between commas. */
  readonly ignore?: readonly string[];
  /** By default `.pullsimignore`, which need not be there. */
  readonly ignoreFile?: string;
}

const usualFile = '.pullsimignore';

/**
 * The rules that the command line and the ignore file name. In the file, `#` begins a comment.
 *
 * @throws {@link UsageError} for a rule that there is not, and when a file that was named cannot be read
 */
export function readIgnoredRules({ ignore = [], ignoreFile }: IgnoreOptions): readonly string[] {
  const file = ignoreFile ?? usualFile;
  const lines = readLines(file, ignoreFile !== undefined);
  return [
    ...ignore.flatMap((text) => known(text, '--ignore')),
    ...lines.flatMap((line, index) => known(line.replace(/#.*/, ''), `${file}:${index + 1}`)),
  ];
}

function readLines(file: string, isNamed: boolean): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!isNamed && code === 'ENOENT') return [];
    throw new UsageError(`cannot read ${file}: ${code}`);
  }
}

function known(text: string, where: string): readonly string[] {
  return splitRules(text).map((id) => {
    const rule = findRule(id);
    if (rule !== undefined) return rule.id;
    throw new UsageError(`${where}: there is no rule "${id}"; pullsim explain rules prints all of them`);
  });
}
