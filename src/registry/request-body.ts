import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Awaitable } from './content-store.js';
import type { BodyPace } from './limits.js';
import { RefusedRequest } from './refused-request.js';

/** The body of a request, read by the handler that wants it and by nobody else. */
export interface RequestBody {
  /** `Content-Length`; `undefined` when the client streams. */
  readonly declaredBytes: number | undefined;
  /**
   * Hands over the body piece by piece and waits for each; a client that sent `Expect: 100-continue` is told to go on
   * first.
   *
   * @throws RefusedRequest (408) when the client is slower than the pace allows
   * @throws ClientGone when the connection broke; what came before was handed over
   */
  read(take: (chunk: Uint8Array) => Awaitable<void>): Promise<void>;
}

/** The client went away in the middle of its body: nobody is left to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
  constructor() {
    super('the client closed the connection before its request body was complete');
  }
}

export function createRequestBody(
  request: IncomingMessage,
  response: ServerResponse,
  options: { readonly pace: BodyPace; readonly awaitsContinue: boolean },
): RequestBody {
  const length = request.headers['content-length'];
  const declaredBytes = length === undefined ? undefined : Number(length);
  return {
    declaredBytes,
    read: (take) => {
      if (options.awaitsContinue) response.writeContinue();
      return pump(request, take, options.pace);
    },
  };
}

/**
 * True while the client may still be sending a body that nobody reads. Answering then needs care: see
 * `lingeringTarget`.
 */
export function hasUnreadBody(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return !request.complete && (encoding !== undefined || (length !== undefined && length !== '0'));
}

/**
 * Event by event rather than by async iteration, which would destroy the connection when the reader stops early, before
 * anything could be answered.
 */
function pump(
  request: IncomingMessage,
  take: (chunk: Uint8Array) => Awaitable<void>,
  pace: BodyPace,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let receivedInWindow = 0;
    let storing: Promise<void> | undefined;
    let ended = request.readableEnded;
    const stop = (settle: () => void) => {
      clearInterval(watch);
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose).pause();
      // What was handed over is on its way to the store: nobody goes on before it has arrived.
      if (storing === undefined) settle();
      else storing.then(settle, settle);
    };
    const fail = (error: unknown) => stop(() => reject(error));
    const onData = (chunk: Uint8Array) => {
      receivedInWindow += chunk.length;
      try {
        const taken = take(chunk);
        if (taken instanceof Promise) waitFor(taken);
      } catch (error) {
        fail(error);
      }
    };
    const waitFor = (taken: Promise<void>) => {
      request.pause();
      storing = taken;
      taken.then(() => {
        storing = undefined;
        if (ended) stop(resolve);
        else request.resume();
      }, fail);
    };
    const onEnd = () => {
      ended = true;
      if (storing === undefined) stop(resolve);
    };
    const onClose = () => {
      if (!ended) fail(new ClientGone());
    };
    const watch = setInterval(() => {
      // Time in which the store made the client wait is not the client's fault.
      if (storing === undefined && receivedInWindow < pace.minBytesPerWindow) fail(tooSlow());
      receivedInWindow = 0;
    }, pace.windowMs);
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
    if (ended) stop(resolve);
    else request.resume();
  });
}

const tooSlow = () =>
  new RefusedRequest('BLOB_UPLOAD_INVALID', { status: 408, message: 'the request body came too slowly' });
