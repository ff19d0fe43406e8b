import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Digest } from '../image/digest.js';
import type { BlobUpload } from './content-store.js';

/** Hands a complete, synced file over to a repository, which takes it by rename unless it has the content already. */
export type AdoptBlob = (repository: string, digest: Digest, temporary: string) => Promise<void>;

/** So much may wait to be written while more arrives; beyond it the client waits. */
const maxWaitingBytes = 1024 * 1024;

/** An upload that grows in a temporary file: its memory is what waits to be written, whatever its size. */
export async function createLayoutUpload(temporary: string, adopt: AdoptBlob): Promise<BlobUpload> {
  const file = await open(temporary, 'wx');
  const writer = createWriter(file);
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await writer.flush().catch(() => undefined);
    await file.close();
  };
  return {
    get sizeBytes() {
      return writer.sizeBytes();
    },
    append: writer.append,
    truncate: async (size) => {
      await writer.flush();
      await file.truncate(size);
      writer.moveTo(size);
    },
    async *read() {
      await writer.flush();
      if (writer.sizeBytes() > 0) yield* createReadStream(temporary, { end: writer.sizeBytes() - 1 });
    },
    commit: async (repository, digest) => {
      await writer.flush();
      await file.sync();
      await adopt(repository, digest, temporary);
      await close();
      await rm(temporary, { force: true });
    },
    discard: async () => {
      await close();
      await rm(temporary, { force: true });
    },
  };
}

/** Writes one batch of chunks while the next one gathers. */
function createWriter(file: FileHandle) {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let writtenBytes = 0;
  let writing: Promise<void> | undefined;
  /** Of an earlier batch: a full disk must not be forgotten by the time of the commit. */
  let failure: unknown;
  const writeWaiting = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await writeAll(file, batch, writtenBytes);
      const batchBytes = batch.reduce((sum, chunk) => sum + chunk.length, 0);
      writtenBytes += batchBytes;
      waitingBytes -= batchBytes;
    }
  };
  const start = (): Promise<void> => {
    writing ??= writeWaiting()
      .catch((error: unknown) => {
        failure = error;
        throw error;
      })
      .finally(() => {
        writing = undefined;
      });
    return writing;
  };
  return {
    sizeBytes: () => writtenBytes + waitingBytes,
    append: (chunk: Uint8Array): Promise<void> | undefined => {
      if (failure !== undefined) throw failure;
      waiting.push(chunk);
      waitingBytes += chunk.length;
      const done = start();
      if (waitingBytes >= maxWaitingBytes) return done;
      // Whoever appends or flushes next is told.
      done.catch(() => undefined);
      return undefined;
    },
    flush: async () => {
      while (failure === undefined && (waiting.length > 0 || writing !== undefined)) await start();
      if (failure !== undefined) throw failure;
    },
    moveTo: (size: number) => {
      writtenBytes = size;
    },
  };
}

async function writeAll(file: FileHandle, chunks: readonly Uint8Array[], position: number): Promise<void> {
  const { bytesWritten } = await file.writev(chunks as Uint8Array[], position);
  let left = bytesWritten;
  for (const [index, chunk] of chunks.entries()) {
    if (left < chunk.length)
      return writeAll(file, [chunk.subarray(left), ...chunks.slice(index + 1)], position + bytesWritten);
    left -= chunk.length;
  }
}
