import type { ErrorCode, RegistryError } from '../wire/error-codes.js';

/** What may be said beside the code. */
export interface RefusalOptions {
  /** Instead of the table's message. */
  readonly message?: string;
  readonly detail?: unknown;
  /** Instead of the table's status. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further entries: a manifest is told every blob that it misses. */
  readonly more?: readonly RegistryError[];
}

/**
 * A request that the registry refuses. Handlers throw it; `errorReply` turns it into the answer, with the status that
 * the table of codes has for its code.
 */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
  readonly code: ErrorCode;
  readonly options: RefusalOptions;

  constructor(code: ErrorCode, options: RefusalOptions = {}) {
    super(options.message ?? code);
    this.code = code;
    this.options = options;
  }
}
