import type { GrpcCode } from '../wire/grpc-code.js';
import type { PullFailure } from '../wire/pull-failure.js';

/** What a runtime's Go code would find in the error chain. */
export interface PullErrorMarks {
  /** URL of a Go `url.Error` in the chain: its query is redacted in the final text (runtime.md §9.4). */
  readonly transportUrl?: string;
  /** containerd's `ErrInvalidAuthorization`. */
  readonly authorizationFailed?: true;
  /** Worth another try (containerd 2.3.2+). */
  readonly transient?: true;
  /** Nothing listens there: Go's ECONNREFUSED. */
  readonly refused?: true;
  /** An answer of this status is behind it. */
  readonly status?: number;
}

/** A failed step of a pull: the text so far, and as data what the wire did. */
export class PullError extends Error {
  override readonly name = 'PullError';
  readonly code: GrpcCode;
  readonly failure: PullFailure;
  readonly marks: PullErrorMarks;
  constructor(text: string, failure: PullFailure, code: GrpcCode = 'Unknown', marks: PullErrorMarks = {}) {
    super(text);
    this.failure = failure;
    this.code = code;
    this.marks = marks;
  }
}

/** Go's `fmt.Errorf("…: %w", err)`: more text in front, the same error behind. */
export function wrapError(prefix: string, error: unknown, marks: PullErrorMarks = {}): PullError {
  const inner = asPullError(error);
  return new PullError(`${prefix}${inner.message}`, inner.failure, inner.code, { ...inner.marks, ...marks });
}

/** Runs a step and puts its name in front of its errors. */
export async function prefixed<T>(prefix: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw wrapError(prefix, error);
  }
}

/** Bugs stay bugs: only errors of a pull are turned into results. */
export function asPullError(error: unknown): PullError {
  if (error instanceof PullError) return error;
  throw error;
}
