import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { Digest } from '../image/digest.js';
import type { BlobUpload } from './content-store.js';

/** Hands a complete, synced file over to a repository, which takes it by rename unless it has the content already. */
export type AdoptBlob = (repository: string, digest: Digest, temporary: string) => Promise<void>;

/** An upload that grows in a temporary file: its memory is one chunk, whatever its size. */
export async function createLayoutUpload(temporary: string, adopt: AdoptBlob): Promise<BlobUpload> {
  const file = await open(temporary, 'wx');
  let sizeBytes = 0;
  let isOpen = true;
  const close = async () => {
    if (isOpen) await file.close();
    isOpen = false;
  };
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    append: async (chunk) => {
      let written = 0;
      while (written < chunk.length) {
        const position = sizeBytes + written;
        const { bytesWritten } = await file.write(chunk, written, chunk.length - written, position);
        written += bytesWritten;
      }
      sizeBytes += written;
    },
    truncate: async (size) => {
      await file.truncate(size);
      sizeBytes = size;
    },
    read: () => createReadStream(temporary, { end: Math.max(0, sizeBytes - 1) }),
    commit: async (repository, digest) => {
      await file.sync();
      await close();
      await adopt(repository, digest, temporary);
      await rm(temporary, { force: true });
    },
    discard: async () => {
      await close();
      await rm(temporary, { force: true });
    },
  };
}
