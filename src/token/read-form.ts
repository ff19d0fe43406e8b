import type { IncomingMessage } from 'node:http';
import { TokenRefusal } from './token-refusal.js';

/** Larger than any form that a client sends; passwords and refresh tokens are short. */
const maxFormBytes = 64 * 1024;

/** A client that is still writing reads no answer: this much more is taken and thrown away first. */
const maxDrainedBytes = 8 * 1024 * 1024;

/**
 * Reads the form of a POST request.
 *
 * @throws TokenRefusal for another content type, above 64 KiB, and when the client goes away
 */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  const body = await readBody(request);
  if (body === undefined) throw new TokenRefusal('too-large', { message: 'the form is larger than 64 KiB' });
  if (!/^application\/x-www-form-urlencoded *(?:;|$)/i.test(type) || encoding !== 'identity')
    throw new TokenRefusal('invalid-request', {
      message: 'the body must be application/x-www-form-urlencoded',
    });
  return new URLSearchParams(body.toString('utf8'));
}

/** `undefined` when it is too large. */
function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxFormBytes) chunks.push(chunk);
      else chunks.length = 0;
      if (bytes <= maxDrainedBytes) return;
      request.pause();
      resolve(undefined);
    });
    request.on('end', () => resolve(bytes <= maxFormBytes ? Buffer.concat(chunks) : undefined));
    request.on('error', () => reject(clientLeft()));
    request.on('close', () => reject(clientLeft()));
  });
}

/** Nobody reads the answer; the journal says what happened. */
const clientLeft = (): TokenRefusal =>
  new TokenRefusal('invalid-request', { message: 'the client went away before the end of its form' });
