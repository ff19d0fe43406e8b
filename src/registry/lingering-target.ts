import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReplyTarget } from '../wire/reply.js';

/** How much of an unwanted body is read and thrown away, so that the client hears the answer before the connection ends. */
const maxDrainedBytes = 8 * 1024 * 1024;
const maxDrainMs = 2000;

/** A body of this size is cheaper to read to its end than a new connection is. */
const keepAliveBytes = 64 * 1024;

/**
 * Where to write an answer while the client still sends. A connection that is closed with unread input is reset, and the
 * client sees that instead of the answer (registry.md §13.10). So the answer goes out whole, then the rest of the body is
 * read and forgotten, within bounds; only then does the response end, and with it the connection.
 */
export function lingeringTarget(request: IncomingMessage, response: ServerResponse): ReplyTarget {
  const length = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  const closes = length > keepAliveBytes || request.headers.expect !== undefined;
  return {
    writeHead: (status, headers) =>
      (response as ReplyTarget).writeHead(status, closes ? { ...headers, Connection: 'close' } : headers),
    write: (chunk) => response.write(chunk),
    end: (body) => {
      if (!closes) return endAndDrain(request, response, body);
      if (body === undefined) response.flushHeaders();
      else response.write(body);
      drain(request, () => response.end());
    },
  };
}

function endAndDrain(request: IncomingMessage, response: ServerResponse, body?: Uint8Array | string): void {
  response.end(body);
  // Whoever keeps the rest to themselves would keep the connection with it, for ever (S4).
  drain(request, () => request.complete || request.socket.destroy());
}

function drain(request: IncomingMessage, done: () => void): void {
  let drained = 0;
  const finish = () => {
    clearTimeout(timer);
    request.off('data', count).off('end', finish).off('close', finish);
    done();
  };
  const count = (chunk: Uint8Array) => {
    drained += chunk.length;
    if (drained > maxDrainedBytes) finish();
  };
  const timer = setTimeout(finish, maxDrainMs);
  request.on('data', count).on('end', finish).on('close', finish);
  request.resume();
}
