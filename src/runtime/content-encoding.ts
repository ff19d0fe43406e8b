import { Readable } from 'node:stream';
import { createGunzip, createInflateRaw } from 'node:zlib';
import { NetworkError } from './network-failure.js';

/** Content codings that a body can be undone of; Go's `deflate` is the raw format. */
const decoders = {
  gzip: createGunzip,
  deflate: createInflateRaw,
} as const;

export type ContentEncoding = keyof typeof decoders;

export const isKnownEncoding = (name: string): name is ContentEncoding => Object.hasOwn(decoders, name);

/** A body with one coding undone, chunk by chunk. */
export async function* decodeBody(
  body: AsyncIterable<Buffer>,
  encoding: ContentEncoding,
): AsyncGenerator<Buffer> {
  let cause: unknown;
  const source = Readable.from(remembering(body, (error) => (cause = error)));
  const decoder = decoders[encoding]();
  source.on('error', (error) => decoder.destroy(error));
  try {
    for await (const chunk of source.pipe(decoder)) yield chunk as Buffer;
  } catch (error) {
    if (cause instanceof NetworkError) throw cause;
    throw new NetworkError({ kind: 'other', text: (error as Error).message });
  }
}

async function* remembering(
  body: AsyncIterable<Buffer>,
  note: (error: unknown) => void,
): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (error) {
    note(error);
    throw error;
  }
}
