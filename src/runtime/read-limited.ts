import { NetworkError, networkCode, networkText } from './network-failure.js';
import { PullError } from './pull-error.js';

/**
 * A whole body in memory, as containers/image reads manifests, configs and token answers.
 *
 * @throws {@link PullError} when it is longer, or when the connection is cut
 */
export async function readLimited(body: AsyncIterable<Buffer>, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of readable(body)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limitBytes) {
      throw new PullError(`exceeded maximum allowed size of ${limitBytes} bytes`, { kind: 'other' });
    }
  }
  return Buffer.concat(chunks);
}

/** A body whose network failures are errors of the pull. */
export async function* readable(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    const { failure } = error;
    throw new PullError(networkText(failure, '', ''), { kind: 'other' }, networkCode(failure));
  }
}
