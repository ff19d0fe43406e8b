import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ControlProblem } from './control-problem.js';

/**
 * Lets in who called this server by a loopback name. A page of somebody's web site whose name was pointed at 127.0.0.1
 * (DNS rebinding) sends that name.
 *
 * @throws {@link ControlProblem} 421
 */
export function checkHost({ headers, socket }: IncomingMessage): void {
  const name = (headers.host ?? '').toLowerCase();
  const port = socket.localPort ?? 0;
  if (['127.0.0.1', 'localhost', '[::1]'].some((own) => name === `${own}:${port}`)) return;
  throw new ControlProblem(421, `the control API answers to 127.0.0.1:${port} and localhost:${port} only`);
}

/** @throws {@link ControlProblem} 401 without the token of this run */
export function checkToken({ headers }: IncomingMessage, token: string): void {
  const [, given = ''] = /^bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  // Of the same length, and taking the same time whatever was sent.
  if (timingSafeEqual(sha256(given), sha256(token))) return;
  throw new ControlProblem(401, 'send "Authorization: Bearer" with the token that serve printed', {
    'WWW-Authenticate': 'Bearer',
  });
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Ten thousand pods are about this large. */
export const maxBodyBytes = 16 * 1024 * 1024;

/** @throws {@link ControlProblem} 413, 400 when it is not UTF-8 */
export async function readText(request: IncomingMessage): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  // The connection must live until the refusal is sent.
  const pieces: AsyncIterable<Uint8Array> = request.iterator({ destroyOnReturn: false });
  try {
    for await (const chunk of pieces) {
      size += chunk.length;
      if (size > maxBodyBytes) break;
      chunks.push(chunk);
    }
  } catch {
    throw new ControlProblem(400, 'the body ended early');
  }
  if (size > maxBodyBytes) throw tooLarge();
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new ControlProblem(400, 'the body is not UTF-8');
  }
}

const tooLarge = () =>
  new ControlProblem(413, `the body is larger than ${maxBodyBytes} bytes`, { Connection: 'close' });
