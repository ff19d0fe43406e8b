import { createHash, type Hash } from 'node:crypto';
import { createGunzip, type Gunzip } from 'node:zlib';
import type { ContentWatcher } from './content-copy.js';

/** A layer without its compression. */
export interface UnpackedLayer {
  /** Digest of the uncompressed bytes. */
  readonly diffId: string;
  readonly sizeBytes: number;
}

/** A layer that cannot be decompressed; the message is Go's. */
export class CorruptLayer extends Error {
  override readonly name = 'CorruptLayer';
}

/** Decompresses a layer while it is downloaded, to learn its diff ID. */
export interface DiffIdWatcher extends ContentWatcher {
  /**
   * @returns `undefined` when the compression is one that cannot be undone here (zstd)
   * @throws {@link CorruptLayer}
   */
  finish(): Promise<UnpackedLayer | undefined>;
}

const gzipMagic = Buffer.from([0x1f, 0x8b, 0x08]);
const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** The compression is told from the first bytes, as the runtimes do, not from the media type. */
export function watchDiffId(): DiffIdWatcher {
  let start: Buffer = Buffer.alloc(0);
  let unpacker: Unpacker | undefined;
  return {
    write(chunk) {
      if (unpacker !== undefined) return unpacker.write(chunk);
      start = Buffer.concat([start, chunk]);
      if (start.length < zstdMagic.length) return;
      unpacker = unpackerFor(start);
      unpacker.write(start);
    },
    async finish() {
      if (unpacker !== undefined) return unpacker.finish();
      const whole = unpackerFor(start);
      whole.write(start);
      return whole.finish();
    },
  };
}

interface Unpacker {
  write(chunk: Buffer): void;
  finish(): Promise<UnpackedLayer | undefined>;
}

function unpackerFor(start: Buffer): Unpacker {
  if (start.subarray(0, 3).equals(gzipMagic)) return gzipUnpacker();
  return start.subarray(0, 4).equals(zstdMagic) ? unknownUnpacker : plainUnpacker();
}

const unknownUnpacker: Unpacker = { write() {}, finish: async () => undefined };

function plainUnpacker(): Unpacker {
  const counted = countingHash();
  return { write: counted.update, finish: async () => counted.result() };
}

function gzipUnpacker(): Unpacker {
  const counted = countingHash();
  const gunzip = createGunzip();
  const finished = drained(gunzip, counted.update);
  return {
    write: (chunk) => void gunzip.write(chunk),
    async finish() {
      gunzip.end();
      await finished;
      return counted.result();
    },
  };
}

function countingHash() {
  const hash: Hash = createHash('sha256');
  let sizeBytes = 0;
  return {
    update(chunk: Buffer) {
      hash.update(chunk);
      sizeBytes += chunk.length;
    },
    result: (): UnpackedLayer => ({ diffId: `sha256:${hash.digest('hex')}`, sizeBytes }),
  };
}

function drained(gunzip: Gunzip, onData: (data: Buffer) => void): Promise<void> {
  const done = new Promise<void>((resolve, reject) => {
    gunzip.on('data', onData);
    gunzip.on('end', resolve);
    gunzip.on('error', (error) => reject(new CorruptLayer(goText(error))));
  });
  // A download that fails first never asks for the result.
  done.catch(() => {});
  return done;
}

/** compress/gzip's words for zlib's. */
function goText(error: Error): string {
  if (/unexpected end/.test(error.message)) return 'unexpected EOF';
  if (/incorrect (data|length) check/.test(error.message)) return 'gzip: invalid checksum';
  if (/header|compression method/.test(error.message)) return 'gzip: invalid header';
  return 'flate: corrupt input before offset 0';
}
