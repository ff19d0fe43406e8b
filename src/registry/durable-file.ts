import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Writes a file so that it is there whole or not at all, also after a crash: temporary file, sync, rename, sync. */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  temporary: string,
): Promise<void> {
  await writeSynced(temporary, content);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Writes a new file and waits until the disk has it. */
export async function writeSynced(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A rename, link or removal is on disk once its folder is. */
export async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle | undefined;
  try {
    folder = await open(path, 'r');
    await folder.sync();
  } catch (error) {
    // Some file systems cannot sync folders; there is nothing more to be done on them.
    if (!['EINVAL', 'EISDIR', 'EPERM', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
  } finally {
    await folder?.close();
  }
}

/** Makes a folder with its parents below `root`, each of them on disk. */
export async function makeFolder(root: string, ...components: readonly string[]): Promise<void> {
  const first = await mkdir(join(root, ...components), { recursive: true });
  if (first === undefined) return;
  for (let count = components.length; count >= 0; count -= 1) {
    await syncFolder(join(root, ...components.slice(0, count)));
  }
}
