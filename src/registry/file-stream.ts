import type { FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReplyStream, ReplyTarget } from '../wire/reply.js';

/** Larger than Node's default: one read from the thread pool per megabyte rather than sixteen. */
const pieceBytes = 1024 * 1024;

/** The bytes `first` to `last` of an open file, which is closed when they are sent, or when nobody wants them. */
export function fileStream(file: FileHandle, first: number, last: number): ReplyStream {
  const close = () => void file.close().catch(() => undefined);
  return {
    sizeBytes: last - first + 1,
    cancel: close,
    sendTo: (target) => {
      const content = file.createReadStream({ start: first, end: last, highWaterMark: pieceBytes });
      // A client that goes away breaks the pipeline; a file that turns out shorter breaks the connection.
      const sent = target instanceof Writable ? pipeline(content, target) : relay(content, target);
      sent.catch(() => undefined).finally(close);
    },
  };
}

async function relay(content: AsyncIterable<Uint8Array>, target: ReplyTarget): Promise<void> {
  for await (const piece of content) await target.write(piece);
  target.end();
}
