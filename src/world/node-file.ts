import { readFileSync } from 'node:fs';
import { WorldError } from './world-file.js';

/**
 * The text of a file that a node of the world names.
 *
 * @throws {@link WorldError} when it cannot be read, for example because it is a folder
 */
export function readNodeFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new WorldError([{ message: `it cannot be read (${code})`, source: { file, line: 1 } }]);
  }
}
