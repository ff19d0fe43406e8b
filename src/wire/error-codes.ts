/**
 * The error codes of registries with the status and the message that distribution gives them (registry.md §2.3).
 * One table: routes, guard and tests read it, and nobody writes a status beside it.
 */
export const errorCodes = {
  BLOB_UNKNOWN: { status: 404, message: 'blob unknown to registry' },
  // distribution answers 404 here too; registry.md §2.3 wants 400 for malformed requests.
  BLOB_UPLOAD_INVALID: { status: 400, message: 'blob upload invalid' },
  BLOB_UPLOAD_UNKNOWN: { status: 404, message: 'blob upload unknown to registry' },
  DENIED: { status: 403, message: 'requested access to the resource is denied' },
  DIGEST_INVALID: { status: 400, message: 'provided digest did not match uploaded content' },
  EXTENSION_UNKNOWN: { status: 404, message: 'extension unknown to registry' },
  MANIFEST_BLOB_UNKNOWN: { status: 400, message: 'blob unknown to registry' },
  MANIFEST_INVALID: { status: 400, message: 'manifest invalid' },
  MANIFEST_UNKNOWN: { status: 404, message: 'manifest unknown' },
  MANIFEST_UNVERIFIED: { status: 400, message: 'manifest failed signature verification' },
  NAME_INVALID: { status: 400, message: 'invalid repository name' },
  NAME_UNKNOWN: { status: 404, message: 'repository name not known to registry' },
  PAGINATION_NUMBER_INVALID: { status: 400, message: 'invalid number of results requested' },
  RANGE_INVALID: { status: 416, message: 'invalid content range' },
  SIZE_INVALID: { status: 400, message: 'provided length did not match content length' },
  TAG_INVALID: { status: 400, message: 'manifest tag did not match URI' },
  TOOMANYREQUESTS: { status: 429, message: 'too many requests' },
  UNAUTHORIZED: { status: 401, message: 'authentication required' },
  UNAVAILABLE: { status: 503, message: 'service unavailable' },
  UNKNOWN: { status: 500, message: 'unknown error' },
  UNSUPPORTED: { status: 405, message: 'The operation is unsupported.' },
} as const satisfies Record<string, { readonly status: number; readonly message: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** One element of an error body. */
export interface RegistryError {
  readonly code: ErrorCode;
  /** The table's message when absent. */
  readonly message?: string;
  /** Left out when absent; `null` is printed, as distribution does for the ping's 401. */
  readonly detail?: unknown;
}

/** The JSON body of an error answer, with the newline that distribution ends it with. */
export function errorBody(errors: readonly RegistryError[]): string {
  const listed = errors.map(({ code, message, detail }) => ({
    code,
    message: message ?? errorCodes[code].message,
    ...(detail === undefined ? {} : { detail }),
  }));
  return `${JSON.stringify({ errors: listed })}\n`;
}
