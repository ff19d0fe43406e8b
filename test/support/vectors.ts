import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bundled = fileURLToPath(new URL('../../fixtures/vectors', import.meta.url));
const folder = process.env.PULLSIM_VECTORS ?? bundled;

/**
 * One file of recorded behaviour, from the folder named by `PULLSIM_VECTORS` (default `fixtures/vectors`).
 * In the default folder a missing file fails; elsewhere it is left out (`undefined`).
 */
export function vectorFile(name: string): Record<string, unknown> | undefined {
  const path = join(folder, `${name}.json`);
  if (!existsSync(path)) {
    if (folder === bundled) throw new Error(`vectors: ${path} is missing`);
    return undefined;
  }
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
}

/**
 * The cases of one section. In the default folder a missing or empty section fails; elsewhere it has no cases.
 */
export function vectorSection<T>(file: string, section: string): readonly T[] {
  const cases = vectorFile(file)?.[section] as readonly T[] | undefined;
  if ((cases === undefined || cases.length === 0) && folder === bundled) {
    throw new Error(`vectors: section ${section} of ${file}.json is missing or empty`);
  }
  return cases ?? [];
}

/** A test's name: the case's own name, else section, index and input. */
export function caseName(section: string, index: number, vector: Record<string, unknown>): string {
  for (const key of ['name', 'id', 'case', 'scenario']) {
    if (typeof vector[key] === 'string') return `${section}: ${vector[key]}`;
  }
  const input =
    vector.input ??
    vector.image ??
    vector.glob ??
    vector.configKey ??
    vector.rawJSON ??
    vector.lookup ??
    vector;
  return `${section} ${index}: ${typeof input === 'string' ? JSON.stringify(input) : JSON.stringify(input)?.slice(0, 120)}`;
}
