import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeletRelease } from '../versions/kubelet.js';
import {
  type PullRecordDocument,
  readIntent,
  readRecord,
  writeIntent,
  writeRecord,
} from './pull-record-format.js';
import type { PullRecordStore } from './pull-records.js';

/** Records in a directory, as the kubelet keeps them in `/var/lib/kubelet/image_manager` (kubelet.md §7.2). */
export interface PullRecordFilesOptions {
  /** Gets the subdirectories `pulling` and `pulled`. Created when absent. */
  readonly directory: string;
  readonly apiVersion: KubeletRelease['pullRecords']['apiVersion'];
}

/** `sha256-` and the hex SHA-256 of the key: the image ID of a pulled record, the image string of an intent. */
export const pullRecordFilename = (key: string) => `sha256-${createHash('sha256').update(key).digest('hex')}`;

/** Opens the directory and rewrites files of an older API version, as the kubelet does at its start. */
export function openPullRecordFiles({ directory, apiVersion }: PullRecordFilesOptions): PullRecordStore {
  const pulling = openFolder(join(directory, 'pulling'));
  const pulled = openFolder(join(directory, 'pulled'));
  const decodeIntent = (text: string) => readIntent(text, apiVersion);
  const decodeRecord = (text: string) => readRecord(text, apiVersion);
  migrate(pulling, decodeIntent, (image) => writeIntent(image, apiVersion));
  migrate(pulled, decodeRecord, (record) => writeRecord(record, apiVersion));
  return {
    hasIntent: (image) => pulling.has(image),
    intents: () => pulling.readAll(decodeIntent),
    writeIntent: (image) => pulling.write(image, writeIntent(image, apiVersion)),
    deleteIntent: (image) => pulling.remove(image),
    record(imageRef) {
      const text = pulled.read(imageRef);
      return text === undefined ? undefined : decodeRecord(text);
    },
    records: () => pulled.readAll(decodeRecord),
    writeRecord: (record) => pulled.write(record.imageRef, writeRecord(record, apiVersion)),
    deleteRecord: (imageRef) => pulled.remove(imageRef),
  };
}

interface Folder {
  has(key: string): boolean;
  read(key: string): string | undefined;
  /** All files that can be read; damaged ones are passed over, as the kubelet only logs them. */
  readAll<T>(decode: (text: string) => T): readonly T[];
  write(key: string, document: PullRecordDocument): void;
  remove(key: string): void;
  readonly files: () => readonly string[];
  readonly path: string;
}

function openFolder(path: string): Folder {
  mkdirSync(path, { recursive: true, mode: 0o755 });
  const fileOf = (key: string) => join(path, pullRecordFilename(key));
  const files = () =>
    readdirSync(path)
      .filter((name) => /^sha256-[0-9a-f]{64}$/.test(name))
      .sort();
  return {
    path,
    files,
    has: (key) => existsSync(fileOf(key)),
    read: (key) => (existsSync(fileOf(key)) ? readFileSync(fileOf(key), 'utf8') : undefined),
    readAll: (decode) => files().flatMap((name) => decoded(join(path, name), decode)),
    write: (key, document) => writeAtomically(fileOf(key), document),
    remove: (key) => rmSync(fileOf(key), { force: true }),
  };
}

function decoded<T>(file: string, decode: (text: string) => T): readonly T[] {
  try {
    return [decode(readFileSync(file, 'utf8'))];
  } catch {
    return [];
  }
}

function migrate<T>(
  folder: Folder,
  decode: (text: string) => T,
  encode: (value: T) => PullRecordDocument,
): void {
  for (const name of folder.files()) {
    const file = join(folder.path, name);
    for (const value of decoded(file, decode)) {
      const document = encode(value);
      if (readFileSync(file, 'utf8') !== serialise(document)) writeAtomically(file, document);
    }
  }
}

const serialise = (document: PullRecordDocument) => `${JSON.stringify(document)}\n`;

function writeAtomically(file: string, document: PullRecordDocument): void {
  const unfinished = `${file}.tmp`;
  writeFileSync(unfinished, serialise(document), { mode: 0o600 });
  renameSync(unfinished, file);
}
