import { formatBasicChallenge } from '../wire/challenge.js';
import { type ErrorCode, errorBody } from '../wire/error-codes.js';
import type { Reply } from '../wire/reply.js';

/**
 * Why the token endpoint gives no token: the status, and what either dialect calls it (registry.md §8.3, §8.4). Bad
 * credentials are 401 in both, so that containerd falls back from POST to GET and then reports them as such.
 */
export const refusals = {
  'invalid-request': { status: 400, code: 'UNSUPPORTED', oauth: 'invalid_request' },
  'unsupported-grant': { status: 400, code: 'UNSUPPORTED', oauth: 'unsupported_grant_type' },
  'invalid-refresh-token': { status: 400, code: 'UNAUTHORIZED', oauth: 'invalid_grant' },
  'bad-credentials': { status: 401, code: 'UNAUTHORIZED', oauth: 'invalid_grant' },
  'too-large': { status: 413, code: 'SIZE_INVALID', oauth: 'invalid_request' },
  'too-many-logins': { status: 429, code: 'TOOMANYREQUESTS', oauth: 'temporarily_unavailable' },
} as const satisfies Record<
  string,
  { readonly status: number; readonly code: ErrorCode; readonly oauth: string }
>;

export type RefusalKind = keyof typeof refusals;

/** What is known when a token is refused. */
export interface RefusalDetails {
  /** For the client: tells nothing about accounts. */
  readonly message: string;
  /** For the journal; the message by default. */
  readonly because?: string;
  /** Realm of the Basic challenge that a 401 carries. */
  readonly realm?: string;
  readonly retryAfterSeconds?: number;
}

/** Thrown where the endpoint finds that it must refuse; written in the dialect of the request. */
export class TokenRefusal extends Error {
  override readonly name = 'TokenRefusal';
  readonly kind: RefusalKind;
  readonly details: RefusalDetails;

  constructor(kind: RefusalKind, details: RefusalDetails) {
    super(details.because ?? details.message);
    this.kind = kind;
    this.details = details;
  }
}

/** The errors of a registry, which GET answers with. */
export function registryRefusal({ kind, details }: TokenRefusal): Reply {
  const { status, code } = refusals[kind];
  return {
    status,
    headers: headersOf(status, details),
    body: errorBody([{ code, message: details.message }]),
  };
}

/** The error object of OAuth 2 (RFC 6749 §5.2), which POST answers with. */
export function oauthRefusal({ kind, details }: TokenRefusal): Reply {
  const { status, oauth } = refusals[kind];
  const body = JSON.stringify({ error: oauth, error_description: details.message });
  return { status, headers: headersOf(status, details), body: `${body}\n` };
}

/** What every answer of the token endpoint carries: nobody may keep it (registry.md S38). */
export const tokenHeaders = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
} as const;

function headersOf(status: number, { realm, retryAfterSeconds }: RefusalDetails): Reply['headers'] {
  return {
    ...tokenHeaders,
    ...(status === 401 && realm !== undefined ? { 'WWW-Authenticate': formatBasicChallenge(realm) } : {}),
    ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
  };
}
