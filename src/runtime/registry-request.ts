import type { ContainerdProfile } from '../versions/containerd.js';
import { type ClientContext, type ClientResponse, sendFollowing } from './http-client.js';
import { encodeQuery, type HttpUrl } from './http-url.js';
import { PullError, wrapError } from './pull-error.js';
import { isProxy, type RegistryHost } from './registry-hosts.js';

/** What all requests for one reference share. */
export interface RequestContext {
  readonly profile: ContainerdProfile;
  readonly client: ClientContext;
  /** Host of the reference, sent as `?ns=` to any other host. */
  readonly referenceHost: string;
  readonly repository: string;
  /** CRI `registry.headers`. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** Waits before a connection that was closed is tried again. */
  readonly sleep: (milliseconds: number) => Promise<void>;
}

export interface RegistryRequest {
  readonly method: 'HEAD' | 'GET';
  readonly host: RegistryHost;
  /** `manifests` or `blobs`, and tag or digest; absent for the URL of a foreign layer. */
  readonly content?: readonly [kind: 'manifests' | 'blobs', name: string];
  readonly url?: HttpUrl;
  readonly headers: Readonly<Record<string, string>>;
  /** The last host gets retries that others leave to the next one. */
  readonly isLastHost: boolean;
}

/**
 * Sends one logical request to one host: with whatever authorisation its answers ask for, and with the retries of this
 * containerd (runtime.md §6.1).
 *
 * @throws {@link PullError} when no answer came, or when a 401 has a better text than itself
 */
export async function sendToHost(request: RegistryRequest, context: RequestContext): Promise<ClientResponse> {
  const { profile } = context;
  const responses: ClientResponse[] = [];
  let method = request.method;
  let tries = profile.tries;
  for (;;) {
    const sent = await sendWithTransportRetries({ ...request, method }, tries, context);
    tries = sent.triesLeft;
    responses.push(sent.response);
    const retry = retryOf(responses, { ...request, method }, profile);
    if (retry === undefined || tries === 0) return sent.response;
    sent.response.discard();
    method = retry;
  }
}

/** The URL of a request, with `?ns=` for a stand-in. */
export function requestUrl({ host, content, url }: RegistryRequest, context: RequestContext): HttpUrl {
  if (url !== undefined) return url;
  const path = ['', host.path, context.repository, ...(content ?? [])].join('/').replace(/\/{2,}/g, '/');
  const query = isProxy(host.host, context.referenceHost) ? encodeQuery([['ns', context.referenceHost]]) : '';
  return { scheme: host.scheme, host: host.host, path, query };
}

const retryDelayMs = 50;

async function sendWithTransportRetries(
  request: RegistryRequest,
  triesLeft: number,
  context: RequestContext,
): Promise<{ response: ClientResponse; triesLeft: number }> {
  for (let left = triesLeft - 1; ; left--) {
    try {
      return { response: await sendAuthorized(request, context), triesLeft: left };
    } catch (error) {
      if (!(error instanceof PullError)) throw error;
      const mayRetry = context.profile.retriesClosedConnections && request.isLastHost && left > 0;
      if (!mayRetry || error.marks.transient === undefined) throw error;
      await context.sleep(retryDelayMs);
    }
  }
}

async function sendAuthorized(request: RegistryRequest, context: RequestContext): Promise<ClientResponse> {
  const { host } = request;
  const scope = `repository:${context.repository}:pull`;
  const url = requestUrl(request, context);
  const authorization = await authorizationFor(host, url, scope);
  const headers = {
    'user-agent': context.profile.userAgent,
    ...context.headers,
    ...host.headers,
    ...request.headers,
    ...(authorization === undefined ? {} : { authorization }),
  };
  try {
    return await sendFollowing(
      {
        method: request.method,
        url,
        headers: lowerCased(headers),
        tls: host.tls,
        ...(host.fallback === undefined ? {} : { fallback: host.fallback }),
        onRedirect: async (next) => {
          const fresh = await host.authorizer.authorize(next.url, scope);
          if (fresh !== undefined) next.headers.authorization = fresh;
        },
      },
      context.client,
    );
  } catch (error) {
    throw wrapError('failed to do request: ', error);
  }
}

async function authorizationFor(
  host: RegistryHost,
  url: HttpUrl,
  scope: string,
): Promise<string | undefined> {
  try {
    return await host.authorizer.authorize(url, scope);
  } catch (error) {
    throw wrapError('failed to authorize: ', error);
  }
}

/** Names from files and options come in any case; the same header given twice is sent once per value. */
function lowerCased(headers: Readonly<Record<string, string | readonly string[]>>) {
  const result: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) result[name.toLowerCase()] = value;
  return result;
}

/** The method of the next try; `undefined` when the last answer counts. */
function retryOf(
  responses: readonly ClientResponse[],
  request: RegistryRequest,
  profile: ContainerdProfile,
): 'HEAD' | 'GET' | undefined {
  const last = responses[responses.length - 1];
  switch (last?.status) {
    case 401:
      return request.host.authorizer.addResponses(responses) ? request.method : undefined;
    case 405:
      return request.method === 'HEAD' && request.content?.[0] === 'manifests' ? 'GET' : undefined;
    case 408:
    case 429:
      return request.method;
    case 500:
    case 503:
    case 504: {
      const isRepeated = responses[responses.length - 2]?.status === last.status;
      return profile.retriesServerErrors && request.isLastHost && !isRepeated ? request.method : undefined;
    }
    default:
      return undefined;
  }
}
