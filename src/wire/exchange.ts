/**
 * One HTTP request and its answer, as the client saw them: the unit of every trace, journal and report.
 *
 * URLs carry the real registry host names (`https://registry-1.docker.io/v2/…`), whatever port the mock listens on.
 * Secrets never get in: `authorization` is a description, request headers leave `Authorization` out.
 */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  /** HTTP status; `null` when no answer came (then `error` says why). */
  readonly status: number | null;
  /** `none`, `Basic alice:***`, `Bearer ***`, or for an OAuth2 form `password alice:***` and `refresh_token ***`. */
  readonly authorization: string;
  /** Lower-case names; without `authorization` and `cookie`. */
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** Lower-case names; repeated headers are kept apart. */
  readonly responseHeaders: Readonly<Record<string, string | readonly string[]>>;
  /** Transport failure in the runtime's words, for example `connect: connection refused`. */
  readonly error?: string;
}
