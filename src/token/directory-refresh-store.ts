import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { RefreshRecord, RefreshStore } from './refresh-record.js';

/**
 * Keeps refresh tokens in a folder that several token servers may share: one file per token, named by its hash, written
 * beside and moved into place, so that a reader sees all of it or nothing. The folder is made when it is missing, for its
 * owner alone. Replacing a token is a rename too: of several servers exactly one succeeds.
 */
export function createDirectoryRefreshStore(folder: string): RefreshStore {
  const active = (hash: string) => join(folder, `${hash}${suffixes.active}`);
  const retired = (hash: string) => join(folder, `${hash}${suffixes.retired}`);
  return {
    put: async (hash, record) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const draft = join(folder, `${randomUUID()}.tmp`);
      await writeFile(draft, JSON.stringify(record), { mode: 0o600, flush: true });
      await rename(draft, active(hash));
    },
    get: async (hash) => {
      const record = await read(active(hash));
      if (record !== undefined) return { record, retired: false };
      const old = await read(retired(hash));
      return old === undefined ? undefined : { record: old, retired: true };
    },
    retire: (hash) => rename(active(hash), retired(hash)).then(() => true, whenAbsent(false)),
    delete: async (hash) => {
      await Promise.all([active(hash), retired(hash)].map((file) => rm(file, { force: true })));
    },
    list: async () => {
      const names = await readdir(folder).catch(whenAbsent<string[]>([]));
      const files = names.flatMap((name) => fileName.exec(name) ?? []).map((name) => join(folder, name));
      const found = await Promise.all(
        files.map(async (file) => ({ hash: hashOf(file), record: await read(file) })),
      );
      return found.flatMap(({ hash, record }) => (record === undefined ? [] : [{ hash, record }]));
    },
  };
}

const suffixes = { active: '.json', retired: '.old' } as const;
const fileName = /^[0-9a-f]{64}\.(?:json|old)$/;
const hashOf = (file: string): string => basename(file, extname(file));

/** `undefined` when there is no such file. Hashes are hexadecimal, so no name leaves the folder. */
async function read(file: string): Promise<RefreshRecord | undefined> {
  const text = await readFile(file, 'utf8').catch(whenAbsent(undefined));
  return text === undefined ? undefined : (JSON.parse(text) as RefreshRecord);
}

/** Another server may have moved or deleted the file a moment ago. */
const whenAbsent =
  <T>(value: T) =>
  (error: unknown): T => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return value;
    throw error;
  };
