/** What the probe sends, faults included. */
export type ProbeAnswer =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string | readonly string[]>>;
      readonly body?: string | Buffer;
      /** Without `Content-Length`. */
      readonly chunked?: boolean;
      /** Cuts the connection after so many bytes of the body. */
      readonly cut?: number;
      /** The server's clock goes on by this before the body is sent. */
      readonly delayMs?: number;
    }
  /** Takes the request and never answers. */
  | { readonly hang: true }
  /** Closes the connection instead of answering. */
  | { readonly destroy: true };

export type FullAnswer = Extract<ProbeAnswer, { status: number }>;

/** The body and type of a registry's error answer. */
export function errorAnswer(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string | readonly string[]>> = {},
  detail?: unknown,
): FullAnswer {
  const error = { code, message, ...(detail === undefined ? {} : { detail }) };
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ errors: [error] }),
  };
}

export const withHeaders = (
  answer: FullAnswer,
  headers: Readonly<Record<string, string | undefined>>,
): FullAnswer => {
  const merged = { ...answer.headers, ...headers };
  const kept = Object.entries(merged).filter(([, value]) => value !== undefined);
  return { ...answer, headers: Object.fromEntries(kept) as Record<string, string> };
};

export const apiVersion = { 'docker-distribution-api-version': 'registry/2.0' };

export const denied = () => errorAnswer(403, 'DENIED', 'requested access to the resource is denied');
export const unknownError = () => errorAnswer(500, 'UNKNOWN', 'unknown error');
export const manifestUnknown = (detail?: unknown) =>
  errorAnswer(404, 'MANIFEST_UNKNOWN', 'manifest unknown', {}, detail);
export const blobUnknown = () => errorAnswer(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
export const nameUnknown = (detail?: unknown) =>
  errorAnswer(404, 'NAME_UNKNOWN', 'repository name not known to registry', {}, detail);
export const rateLimited = (headers = {}) =>
  errorAnswer(
    429,
    'TOOMANYREQUESTS',
    'You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
    headers,
  );
