import type { ErrorCode } from '../wire/error-codes.js';
import type { Reply } from '../wire/reply.js';
import type { StruckFault } from './fault-board.js';
import { commonHeaders, errorReply } from './replies.js';

/** The answer that a fault gives in place of the registry; `undefined` when the registry answers all the same. */
export function faultReply(fault: StruckFault): Reply | undefined {
  if (fault.kind !== 'status') return undefined;
  const headers: Record<string, string> =
    fault.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(fault.retryAfterSeconds) };
  const code = fault.code === undefined ? codeFor(fault.status) : fault.code;
  if (code === null) return { status: fault.status, headers: { ...commonHeaders, ...headers } };
  const message = fault.message === undefined ? {} : { message: fault.message };
  return errorReply(code, { status: fault.status, headers, ...message });
}

/** The code that registries send with a status. */
const codeFor = (status: number): ErrorCode => codesByStatus[status] ?? 'UNKNOWN';

const codesByStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHORIZED',
  403: 'DENIED',
  404: 'MANIFEST_UNKNOWN',
  405: 'UNSUPPORTED',
  429: 'TOOMANYREQUESTS',
  503: 'UNAVAILABLE',
};
