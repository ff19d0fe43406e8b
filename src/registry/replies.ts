import { type ErrorCode, errorBody, errorCodes } from '../wire/error-codes.js';
import type { Reply } from '../wire/reply.js';
import { type RefusalOptions, RefusedRequest } from './refused-request.js';

/**
 * What every answer below `/v2/` carries (registry.md §2.1). The version header is older than OCI, but old clients
 * look for it; the other two keep a browser from taking stored content for a page (S27).
 */
export const commonHeaders = {
  'Docker-Distribution-API-Version': 'registry/2.0',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': 'sandbox',
} as const;

type Headers = Reply['headers'];

/** An answer without body; its `Content-Length` is 0. */
export function emptyReply(status: number, headers: Headers = {}): Reply {
  return { status, headers: { ...commonHeaders, ...headers } };
}

/** A JSON document. No charset: clients compare whole media types. */
export function jsonReply(document: unknown, headers: Headers = {}): Reply {
  return {
    status: 200,
    headers: { ...commonHeaders, 'Content-Type': 'application/json', ...headers },
    body: `${JSON.stringify(document)}\n`,
  };
}

/** The one writer of errors: code → status, message and body from the table. */
export function errorReply(code: ErrorCode, options: RefusalOptions = {}): Reply {
  const { message, detail, more = [] } = options;
  const entry = {
    code,
    ...(message !== undefined && { message }),
    ...(detail !== undefined && { detail }),
  };
  return {
    status: options.status ?? errorCodes[code].status,
    headers: { ...commonHeaders, 'Content-Type': 'application/json', ...options.headers },
    body: errorBody([entry, ...more]),
  };
}

/** The answer to what a handler threw: its refusal, or 500 for a bug, which tells nothing of itself. */
export function replyToThrown(thrown: unknown): Reply {
  return thrown instanceof RefusedRequest ? errorReply(thrown.code, thrown.options) : errorReply('UNKNOWN');
}
