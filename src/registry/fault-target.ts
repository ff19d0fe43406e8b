import type { ServerResponse } from 'node:http';
import type { ReplyTarget } from '../wire/reply.js';
import type { FaultEffect } from './fault-board.js';

/** Where to write an answer so that it arrives as badly as ordered. */
export function faultTarget(fault: FaultEffect, response: ServerResponse, target: ReplyTarget): ReplyTarget {
  switch (fault.kind) {
    case 'wrong-digest':
      return withOtherContent(target);
    case 'short-body':
      return endingAfter(fault.bytes, response);
    case 'cut':
      return endingAfter(fault.afterBytes ?? -1, response);
    case 'slow-body':
      return trickling(fault.bytesPerSecond, response);
    default:
      return target;
  }
}

/** Same length, other bytes, and a header that names neither these nor those. */
function withOtherContent(target: ReplyTarget): ReplyTarget {
  let isFirst = true;
  const spoil = (chunk: Uint8Array | string): Uint8Array => {
    const bytes = Buffer.from(chunk);
    if (isFirst && bytes.length > 0) bytes[0] = (bytes[0] ?? 0) ^ 0xff;
    isFirst = false;
    return bytes;
  };
  return {
    writeHead: (status, headers) =>
      target.writeHead(
        status,
        headers['Docker-Content-Digest'] === undefined
          ? headers
          : { ...headers, 'Docker-Content-Digest': `sha256:${'0'.repeat(64)}` },
      ),
    write: (chunk) => target.write(spoil(chunk)),
    end: (body) => (body === undefined ? target.end() : target.end(spoil(body))),
  };
}

/** Ends the connection after so many bytes of the body; before the head when it is negative. */
function endingAfter(bytes: number, response: ServerResponse): ReplyTarget {
  let left = bytes;
  const send = (body: Uint8Array | string) => {
    const chunk = Buffer.from(body);
    response.write(chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0) response.socket?.destroySoon();
  };
  return {
    writeHead: (status, headers) => (left < 0 ? response.destroy() : flushHead(response, status, headers)),
    write: (chunk) => (left > 0 ? send(chunk) : response.socket?.destroySoon()),
    end: (body) => {
      if (left > 0 && body !== undefined) send(body);
      else if (left <= 0) response.socket?.destroySoon();
      if (left > 0) response.end();
    },
  };
}

/** Ten small portions a second, until the body is out or the client gone. */
function trickling(bytesPerSecond: number, response: ServerResponse): ReplyTarget {
  const portion = Math.max(1, Math.ceil(bytesPerSecond / 10));
  const trickle = async (body: Uint8Array | string) => {
    const bytes = Buffer.from(body);
    for (let start = 0; start < bytes.length && !response.destroyed; start += portion) {
      response.write(bytes.subarray(start, start + portion));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  return {
    writeHead: (status, headers) => (response as ReplyTarget).writeHead(status, headers),
    write: trickle,
    end: (body) => (body === undefined ? response.end() : trickle(body).then(() => void response.end())),
  };
}

function flushHead(response: ServerResponse, ...head: Parameters<ReplyTarget['writeHead']>): void {
  (response as ReplyTarget).writeHead(...head);
  response.flushHeaders();
}
