import type { Dirent } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { filesMatching, isPattern } from './glob-files.js';
import type { ManifestError } from './manifest-problem.js';
import type { ManifestInput } from './read-manifests.js';

export interface ReadFiles {
  /** In the order of the paths; the files of a folder sorted by name. */
  readonly inputs: readonly ManifestInput[];
  readonly errors: readonly ManifestError[];
}

/** File names that are manifests when found in a folder, as kubectl's. */
const manifestName = /\.(?:yaml|yml|json)$/;

/**
 * Reads files, folders (with everything below them, sorted), patterns that no shell has expanded, and stdin (`-`). What is missing or cannot be read is an
 * error that names it. Hidden folders and `node_modules` are passed over. Throws nothing.
 *
 * @param readStdin called at most once, for the first `-`
 */
export async function readFiles(
  paths: readonly string[],
  readStdin: () => Promise<Uint8Array>,
): Promise<ReadFiles> {
  const result = { inputs: [] as ManifestInput[], errors: [] as ManifestError[] };
  let stdinRead = false;
  for (const path of paths) {
    if (path !== '-') await readPath(path, result);
    else if (!stdinRead) {
      stdinRead = true;
      await take('-', readStdin, false, result);
    }
  }
  return result;
}

interface Collected {
  readonly inputs: ManifestInput[];
  readonly errors: ManifestError[];
}

async function readPath(path: string, result: Collected): Promise<void> {
  try {
    if (!(await stat(path)).isDirectory()) return await take(path, () => readFile(path), false, result);
    const files = await filesBelow(path, new Set());
    if (files.length === 0) {
      fail(path, 'no manifests in this folder: recognized file extensions are .json, .yaml and .yml', result);
    }
    for (const file of files) await take(file, () => readFile(file), true, result);
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isAbsent && isPattern(path)) await readPattern(path, result);
    else fail(path, systemProblem(error), result);
  }
}

/** What a pattern finds may be anything, as in a folder. */
async function readPattern(pattern: string, result: Collected): Promise<void> {
  const files = await filesMatching(pattern);
  if (files.length === 0) fail(pattern, 'no file matches this pattern', result);
  for (const file of files) await take(file, () => readFile(file), true, result);
}

/** A link that leads back up would have no end, so each real folder is entered once. */
async function filesBelow(folder: string, entered: Set<string>): Promise<readonly string[]> {
  const real = await realpath(folder);
  if (entered.has(real)) return [];
  entered.add(real);
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  const files: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (await isFolder(entry, path)) {
      if (!entry.name.startsWith('.') && entry.name !== 'node_modules')
        files.push(...(await filesBelow(path, entered)));
    } else if (manifestName.test(entry.name)) files.push(path);
  }
  return files;
}

async function isFolder(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return stat(path).then(
    (target) => target.isDirectory(),
    () => false,
  );
}

async function take(
  file: string,
  read: () => Promise<Uint8Array>,
  found: boolean,
  result: Collected,
): Promise<void> {
  try {
    const text = decodeText(await read());
    if (text === undefined) fail(file, 'not a text file in UTF-8: save it as UTF-8, or leave it out', result);
    else result.inputs.push({ file, text, ...(found ? { found } : {}) });
  } catch (error) {
    fail(file, systemProblem(error), result);
  }
}

/** Windows tools like to write UTF-16; its byte order mark gives it away. */
function decodeText(bytes: Uint8Array): string | undefined {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : 'utf-8';
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

const problems: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory: check the path',
  EACCES: 'permission denied: make it readable',
  EPERM: 'permission denied: make it readable',
  EISDIR: 'is a folder, not a file',
  ELOOP: 'too many symbolic links',
  ENOTDIR: 'a part of this path is no folder: check the path',
};

function systemProblem(error: unknown): string {
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  return problems[code] ?? `cannot be read: ${message}`;
}

const fail = (file: string, message: string, { errors }: Collected): void => {
  errors.push({ kind: 'unreadable', message: `${file}: ${message}`, source: { file, line: 1 } });
};
