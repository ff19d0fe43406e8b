import type { ContainerdProfile } from '../versions/containerd.js';
import type { PullFailure } from '../wire/pull-failure.js';
import type { ClientResponse } from './http-client.js';
import { formatHttpUrl } from './http-url.js';
import { PullError } from './pull-error.js';
import { readRegistryErrors, registryErrorsText } from './registry-errors.js';
import { readBody } from './transport.js';

/** More of an error body is not read (containerd). */
const bodyLimitBytes = 64_000;

/**
 * The error of an answer that is none: `unexpected status from GET request to URL: 403 Forbidden`, with what the registry
 * says in a second line (runtime.md §9.3).
 *
 * @param bodyFrom the answer whose body is shown, when it is another one
 */
export async function unexpectedStatus(response: ClientResponse, bodyFrom = response): Promise<PullError> {
  const { request, statusLine } = response;
  const url = formatHttpUrl(request.url);
  const { words, code } = await registryWords(bodyFrom);
  const text = `unexpected status from ${request.method} request to ${url}: ${statusLine}`;
  return new PullError(words === '' ? text : `${text}\n${words}`, statusFailure(response, code), 'Unknown', {
    status: response.status,
  });
}

/** The same for content in containerd up to 2.1.2: `unexpected status code URL: 403 Forbidden - Server message: denied`. */
export async function unexpectedStatusCode(response: ClientResponse, requestUrl: string): Promise<PullError> {
  const { words, code } = await registryWords(response);
  const message = words === '' ? '' : ` - Server message: ${words}`;
  const text = `unexpected status code ${requestUrl}: ${response.statusLine}${message}`;
  return new PullError(text, statusFailure(response, code), 'Unknown', { status: response.status });
}

/** Up to 1.6.24 a status of the resolver was `pulling from host H failed with status code [manifests v1]: 403 Forbidden`. */
function statusFromHost(response: ClientResponse, host: string, path: readonly string[]): PullError {
  response.discard();
  const text = `pulling from host ${host} failed with status code [${path.join(' ')}]: ${response.statusLine}`;
  return new PullError(text, statusFailure(response), 'Unknown', { status: response.status });
}

/** A resolver status without its body: HEAD has none, and before 2.1.3 none was shown. */
export function resolverStatus(
  response: ClientResponse,
  profile: ContainerdProfile,
  host: string,
  path: readonly string[],
): Promise<PullError> | PullError {
  return profile.resolveStatusText === 'host'
    ? statusFromHost(response, host, path)
    : unexpectedStatus(response);
}

async function registryWords(response: ClientResponse): Promise<{ words: string; code?: string }> {
  if (response.request.method === 'HEAD') {
    response.discard();
    return { words: '' };
  }
  const errors = readRegistryErrors(await readBody(response, bodyLimitBytes).catch(() => Buffer.alloc(0)));
  const code = errors[0]?.writtenCode;
  return { words: registryErrorsText(errors), ...(code === undefined ? {} : { code }) };
}

function statusFailure(response: ClientResponse, code?: string): PullFailure {
  return {
    kind: 'status',
    status: response.status,
    host: response.request.url.host,
    url: formatHttpUrl(response.request.url),
    ...(code === undefined ? {} : { code }),
    anonymous: response.request.anonymous,
  };
}
