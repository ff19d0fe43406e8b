import type { FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';
import type { ReplyStream, ReplyTarget } from '../wire/reply.js';

/** Two of these are all that a download costs, whatever its size. */
const pieceBytes = 512 * 1024;

/** The bytes `first` to `last` of an open file, which is closed when they are sent, or when nobody wants them. */
export function fileStream(file: FileHandle, first: number, last: number): ReplyStream {
  const close = () => void file.close().catch(() => undefined);
  return {
    sizeBytes: last - first + 1,
    cancel: close,
    sendTo: (target) => {
      send(file, first, last, target)
        .catch(() => breakOff(target))
        .finally(close);
    },
  };
}

/** Reads one piece while the one before is on its way; each goes out of a buffer that is then used again. */
async function send(file: FileHandle, first: number, last: number, target: ReplyTarget): Promise<void> {
  const buffers = [Buffer.allocUnsafe(pieceBytes), Buffer.allocUnsafe(pieceBytes)] as const;
  let sending = Promise.resolve();
  for (let at = first, turn = 0; at <= last; turn = 1 - turn) {
    const buffer = buffers[turn as 0 | 1];
    const { bytesRead } = await file.read(buffer, 0, Math.min(pieceBytes, last - at + 1), at);
    if (bytesRead === 0) throw new Error('the file is shorter than it was');
    await sending;
    sending = write(target, buffer.subarray(0, bytesRead));
    // Nobody may be waiting yet when it fails.
    sending.catch(() => undefined);
    at += bytesRead;
  }
  await sending;
  target.end();
}

/** Resolves when the piece has left the process, so that its buffer is free. */
function write(target: ReplyTarget, piece: Uint8Array): Promise<void> {
  if (!(target instanceof Writable)) return Promise.resolve(target.write(piece)).then(() => undefined);
  if (target.destroyed) return Promise.reject(new Error('the client went away'));
  return new Promise((resolve, reject) => {
    target.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}

/** A body that cannot be completed must not look as if it were. */
function breakOff(target: ReplyTarget): void {
  if (target instanceof Writable) target.destroy();
  else target.end();
}
