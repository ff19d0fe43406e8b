import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { SourceLocation } from '../cluster/source.js';
import { completeWorld } from './complete-world.js';
import { type LocatedYaml, readLocatedYaml } from './located-yaml.js';
import { checkShape, type ShapeMistake } from './shape-check.js';
import type { World } from './world.js';
import { checkWorld } from './world-checks.js';
import { checkFiles } from './world-files.js';
import { type WorldDocument, worldShape } from './world-schema.js';

/** One mistake of a world file: what is wrong, and what to write instead. `source` is absent for plain objects. */
export interface WorldMistake {
  readonly message: string;
  readonly source?: SourceLocation;
}

/** A world that cannot be used. The message lists every mistake as `file:line: what`. */
export class WorldError extends Error {
  override readonly name = 'WorldError';
  readonly mistakes: readonly WorldMistake[];
  constructor(mistakes: readonly WorldMistake[]) {
    super(mistakes.map(printMistake).join('\n'));
    this.mistakes = mistakes;
  }
}

/**
 * Reads a world file.
 *
 * @param path of the file; messages repeat it as given
 * @throws {@link WorldError} when it is missing, unreadable or has mistakes
 */
export function readWorldFile(path: string): World {
  return parseWorld(readText(path), path);
}

/**
 * Reads a world from YAML or JSON text.
 *
 * @param file name for messages; relative file names in the world start in its folder
 * @throws {@link WorldError}
 */
export function parseWorld(yaml: string, file: string): World {
  const located = readLocatedYaml(yaml, file);
  if (located.problems.length > 0) throw new WorldError(located.problems);
  const mistakes = findMistakes(located.value, dirname(resolve(file)));
  if (mistakes.length > 0) throw new WorldError(mistakes.map((mistake) => withSource(mistake, located)));
  return completeWorld(located.value as WorldDocument, dirname(resolve(file)));
}

/**
 * Takes a world as a plain object, in the shape of the file. `apiVersion` and `kind` may be left out.
 *
 * @param folder where relative file names start; the working directory by default
 * @throws {@link WorldError}
 */
export function worldFromObject(world: unknown, folder = '.'): World {
  const document = { apiVersion: 'pullsim/v1', kind: 'World', ...(world as object) };
  const mistakes = findMistakes(document, resolve(folder));
  if (mistakes.length > 0) throw new WorldError(mistakes.map(({ message }) => ({ message })));
  return completeWorld(document as WorldDocument, resolve(folder));
}

const withSource = (mistake: ShapeMistake, located: LocatedYaml): WorldMistake => ({
  message: mistake.message,
  source: located.locate(mistake.path, mistake.atKey),
});

function findMistakes(document: unknown, folder: string): ShapeMistake[] {
  const shape = checkShape(worldShape, document);
  if (shape.length > 0) return shape;
  const world = document as WorldDocument;
  return [...checkWorld(world), ...checkFiles(world, folder)];
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new WorldError([{ message: `world file ${path}: ${why}` }]);
  }
}

function printMistake({ message, source }: WorldMistake): string {
  return source === undefined ? message : `${source.file}:${source.line}: ${message}`;
}
