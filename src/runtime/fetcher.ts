import { isImageManifestType, isIndexType, isSchema1Type } from '../image/media-types.js';
import { decodeBody, isKnownEncoding } from './content-encoding.js';
import type { ContentDescriptor } from './descriptor.js';
import type { ClientResponse } from './http-client.js';
import { formatHttpUrl, parseHttpUrl } from './http-url.js';
import { NetworkError, networkCode, networkText, pullFailureOf } from './network-failure.js';
import { asPullError, PullError, wrapError } from './pull-error.js';
import type { RegistryHost } from './registry-hosts.js';
import { type RegistryRequest, type RequestContext, requestUrl, sendToHost } from './registry-request.js';
import { unexpectedStatus, unexpectedStatusCode } from './status-text.js';
import { headerOf } from './transport.js';

/** Reads content of a repository by descriptor. */
export interface Fetcher {
  /**
   * The content's bytes, whatever their number and digest. A cut connection is opened again where it was cut.
   *
   * @throws {@link PullError} while reading
   */
  read(descriptor: ContentDescriptor): AsyncGenerator<Buffer>;
}

/** Times in a row that a connection may be cut without any progress (containerd's `httpReadSeeker`). */
const maxCutsWithoutProgress = 3;

/** Hosts are asked in order for every content anew, whatever their capabilities (runtime.md §4.4, §8). */
export function createFetcher(hosts: readonly RegistryHost[], context: RequestContext): Fetcher {
  return { read: (descriptor) => readContent(descriptor, hosts, context) };
}

async function* readContent(
  descriptor: ContentDescriptor,
  hosts: readonly RegistryHost[],
  context: RequestContext,
): AsyncGenerator<Buffer> {
  let offset = 0;
  let cuts = 0;
  let body = await openFirst(descriptor, 0, hosts, context);
  for (;;) {
    const before = offset;
    try {
      for await (const chunk of body) {
        offset += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      cuts = offset > before ? 1 : cuts + 1;
      const reopened = error.failure.kind === 'cut' && cuts <= maxCutsWithoutProgress;
      const next = reopened ? await reopen(descriptor, offset, hosts, context) : undefined;
      if (next === undefined) return endOfReading(error, descriptor, context);
      body = next;
    }
  }
}

/** Go's copy takes a cut as the end of the content; whether enough came is judged by its length. */
function endOfReading(
  { failure }: NetworkError,
  { digest }: ContentDescriptor,
  { client }: RequestContext,
): void {
  if (failure.kind === 'cut') return;
  const text = networkText(failure, '', client.tlsPrefix);
  throw new PullError(text, pullFailureOf(failure, '', digest), networkCode(failure));
}

const openFirst = async (
  descriptor: ContentDescriptor,
  offset: number,
  hosts: readonly RegistryHost[],
  context: RequestContext,
) => {
  try {
    return await openContent(descriptor, offset, hosts, context);
  } catch (error) {
    throw wrapError('httpReadSeeker: failed open: ', error);
  }
};

const reopen = (
  descriptor: ContentDescriptor,
  offset: number,
  hosts: readonly RegistryHost[],
  context: RequestContext,
) =>
  // Past the end there is nothing to ask for; a failed attempt leaves the first error standing.
  offset >= descriptor.size
    ? emptyBody()
    : openContent(descriptor, offset, hosts, context).catch((error) => void asPullError(error));

async function* emptyBody(): AsyncGenerator<Buffer> {}

async function openContent(
  descriptor: ContentDescriptor,
  offset: number,
  hosts: readonly RegistryHost[],
  context: RequestContext,
): Promise<AsyncIterable<Buffer>> {
  const foreign = await openForeign(descriptor, offset, hosts, context);
  if (foreign !== undefined) return foreign;
  const kind = isManifest(descriptor.mediaType) ? 'manifests' : 'blobs';
  let firstError: PullError | undefined;
  for (const [index, host] of hosts.entries()) {
    const request = {
      host,
      content: [kind, descriptor.digest],
      isLastHost: index === hosts.length - 1,
    } as const;
    try {
      return await open(request, descriptor, offset, context);
    } catch (error) {
      firstError ??= asPullError(error);
    }
  }
  if (firstError === undefined)
    throw new PullError('no pull hosts: not found', { kind: 'other' }, 'NotFound');
  throw kind === 'blobs' && firstError.code === 'NotFound' ? contentNotFound(descriptor) : firstError;
}

const isManifest = (mediaType: string) =>
  isImageManifestType(mediaType) || isIndexType(mediaType) || isSchema1Type(mediaType);

const contentNotFound = ({ digest, mediaType }: ContentDescriptor) =>
  new PullError(
    `could not fetch content descriptor ${digest} (${mediaType}) from remote: not found`,
    { kind: 'content-not-found', digest },
    'NotFound',
  );

/** Foreign layers name their own addresses; these are asked first, without authorisation. */
async function openForeign(
  descriptor: ContentDescriptor,
  offset: number,
  [anyHost]: readonly RegistryHost[],
  context: RequestContext,
): Promise<AsyncIterable<Buffer> | undefined> {
  for (const address of descriptor.urls ?? []) {
    const url = parseHttpUrl(address);
    if (anyHost === undefined || (url.scheme !== 'http' && url.scheme !== 'https')) continue;
    const host = {
      ...anyHost,
      scheme: url.scheme,
      host: url.host,
      headers: {},
      tls: {},
      authorizer: noAuthorizer,
    };
    try {
      return await open({ host, url, isLastHost: false }, descriptor, offset, context);
    } catch (error) {
      if (asPullError(error).code !== 'NotFound') throw error;
    }
  }
  return undefined;
}

const noAuthorizer = { authorize: async () => undefined, addResponses: () => false };

type HostRequest = Pick<RegistryRequest, 'host' | 'content' | 'url' | 'isLastHost'>;

async function open(
  request: HostRequest,
  descriptor: ContentDescriptor,
  offset: number,
  context: RequestContext,
): Promise<AsyncIterable<Buffer>> {
  const { contentEncodings } = context.profile;
  const full = {
    ...request,
    method: 'GET',
    headers: {
      accept: descriptor.mediaType === '' ? '*/*' : `${descriptor.mediaType}, */*`,
      ...(contentEncodings === null ? {} : { 'accept-encoding': contentEncodings }),
      ...(offset > 0 ? { range: `bytes=${offset}-` } : {}),
    },
  } as const;
  const response = await sendToHost(full, context);
  if (response.status > 299) throw await statusError(response, full, descriptor, context);
  const body = offset > 0 && response.status !== 206 ? await skip(response, offset) : response.body;
  return contentEncodings === null ? body : decoded(body, response);
}

async function statusError(
  response: ClientResponse,
  request: RegistryRequest,
  { digest }: ContentDescriptor,
  context: RequestContext,
): Promise<PullError> {
  const url = formatHttpUrl(requestUrl(request, context));
  if (response.status === 404) {
    response.discard();
    return new PullError(
      `content at ${url} not found: not found`,
      { kind: 'content-not-found', digest },
      'NotFound',
    );
  }
  return context.profile.fetchStatusText === 'code'
    ? unexpectedStatusCode(response, url)
    : unexpectedStatus(response);
}

/** A server that ignores `Range` sends everything again: what was read before is thrown away. */
async function skip(response: ClientResponse, offset: number): Promise<AsyncIterable<Buffer>> {
  const range = headerOf(response, 'content-range');
  if (range.startsWith(`bytes ${offset}-`)) return response.body;
  if (range !== '') throw new PullError(`unhandled content range in response: ${range}`, { kind: 'other' });
  const rest = response.body[Symbol.asyncIterator]();
  let left = offset;
  let remainder: Buffer = Buffer.alloc(0);
  while (left > 0) {
    const { value, done } = await nextChunk(rest);
    if (done === true) throw new PullError('unable to discard to offset', { kind: 'other' });
    remainder = value.subarray(Math.min(left, value.length));
    left -= value.length - remainder.length;
  }
  return continued(remainder, rest);
}

async function nextChunk(chunks: AsyncIterator<Buffer>): Promise<IteratorResult<Buffer, undefined>> {
  try {
    return await chunks.next();
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    throw new PullError('failed to discard to offset: unexpected EOF', { kind: 'other' });
  }
}

async function* continued(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/** containerd 2.x undoes content codings itself, before it hashes. */
function decoded(body: AsyncIterable<Buffer>, response: ClientResponse): AsyncIterable<Buffer> {
  const encodings = headerOf(response, 'content-encoding')
    .split(/[\s,]+/)
    .filter((name) => name !== '');
  return encodings.reduceRight((inner, name) => {
    const encoding = name.toLowerCase();
    if (encoding === 'identity') return inner;
    if (isKnownEncoding(encoding)) return decodeBody(inner, encoding);
    throw new PullError(`unsupported Content-Encoding algorithm: ${encoding}`, { kind: 'other' });
  }, body);
}
