import { createHash } from 'node:crypto';
import { createGunzip, type Gunzip } from 'node:zlib';
import type { ContentWatcher } from './content-copy.js';

/** Computes a layer's diff ID, the digest of its uncompressed bytes, while it is downloaded. */
export interface DiffIdWatcher extends ContentWatcher {
  /** `undefined` when the compression is one that cannot be undone here (zstd). Throws what the decompressor says. */
  finish(): Promise<string | undefined>;
}

const gzipMagic = Buffer.from([0x1f, 0x8b]);
const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** The compression is told from the first bytes, as containerd does, not from the media type. */
export function watchDiffId(): DiffIdWatcher {
  const hash = createHash('sha256');
  let mode: 'unknown' | 'plain' | 'gzip' | 'zstd' = 'unknown';
  let gunzip: Gunzip | undefined;
  let finished: Promise<void> | undefined;
  return {
    write(chunk) {
      if (mode === 'unknown') {
        mode = compressionOf(chunk);
        if (mode === 'gzip') {
          gunzip = createGunzip();
          finished = hashAll(gunzip, hash);
        }
      }
      if (mode === 'plain') hash.update(chunk);
      gunzip?.write(chunk);
    },
    async finish() {
      if (mode === 'zstd') return undefined;
      gunzip?.end();
      await finished;
      return `sha256:${hash.digest('hex')}`;
    },
  };
}

function compressionOf(start: Buffer): 'plain' | 'gzip' | 'zstd' {
  if (start.subarray(0, 2).equals(gzipMagic)) return 'gzip';
  return start.subarray(0, 4).equals(zstdMagic) ? 'zstd' : 'plain';
}

function hashAll(gunzip: Gunzip, hash: { update(data: Buffer): unknown }): Promise<void> {
  const done = new Promise<void>((resolve, reject) => {
    gunzip.on('data', (data: Buffer) => hash.update(data));
    gunzip.on('end', resolve);
    gunzip.on('error', reject);
  });
  // A download that fails first never asks for the result.
  done.catch(() => {});
  return done;
}
