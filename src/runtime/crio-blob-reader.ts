import type { CrioClient } from './crio-client.js';
import { registryError } from './crio-registry-error.js';
import type { ClientResponse } from './http-client.js';
import { NetworkError, networkCode, networkText } from './network-failure.js';
import { asPullError, PullError } from './pull-error.js';
import { headerLines } from './transport.js';

export interface BlobReaderOptions {
  readonly client: CrioClient;
  /** `/v2/<name>/blobs/<digest>` */
  readonly path: string;
  readonly digest: string;
  readonly now: () => Date;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

const reconnectDelayMs = 1_000;
const goodProgressBytes = 1024 * 1024;
const longAgoMs = 60_000;

/**
 * The bytes of a blob. A connection that is cut is opened again behind the last byte: the first time always, and later when
 * a mebibyte or a minute has passed (containers/image's `bodyReader`).
 *
 * @throws {@link PullError} while reading
 */
export async function* readBlob(first: ClientResponse, options: BlobReaderOptions): AsyncGenerator<Buffer> {
  const startedAt = options.now();
  let offset = 0;
  let lastSuccess: Date | undefined;
  let lastRetry: { readonly offset: number; readonly at: Date } | undefined;
  let body = first.body;
  for (;;) {
    try {
      for await (const chunk of body) {
        offset += chunk.length;
        lastSuccess = options.now();
        yield chunk;
      }
      return;
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      const text = networkText(error.failure, '', '');
      if (error.failure.kind !== 'cut') throw readError(text, error);
      const now = options.now();
      if (!mayReconnect(offset, lastRetry, now)) {
        throw readError(`${tuningData(offset, startedAt, lastRetry, lastSuccess, now)}: ${text}`, error);
      }
      body = (await reconnect(offset, text, options)).body;
      lastRetry = { offset, at: options.now() };
    }
  }
}

type Retry = { readonly offset: number; readonly at: Date } | undefined;

const mayReconnect = (offset: number, lastRetry: Retry, now: Date) =>
  lastRetry === undefined ||
  offset - lastRetry.offset >= goodProgressBytes ||
  now.getTime() - lastRetry.at.getTime() >= longAgoMs;

function tuningData(
  offset: number,
  startedAt: Date,
  lastRetry: Retry,
  lastSuccess: Date | undefined,
  now: Date,
): string {
  const since = (then: Date | undefined) =>
    then === undefined ? 'NaN' : (now.getTime() - then.getTime()).toFixed(3);
  return `(heuristic tuning data: total ${offset} @${since(startedAt)} ms, last retry ${lastRetry?.offset ?? -1} @${since(lastRetry?.at)} ms, last progress @ ${since(lastSuccess)} ms)`;
}

const readError = (text: string, { failure }: NetworkError) =>
  new PullError(text, { kind: 'other' }, networkCode(failure));

async function reconnect(offset: number, text: string, options: BlobReaderOptions): Promise<ClientResponse> {
  const failed = (why: string) => new PullError(`${text} (${why})`, { kind: 'other' });
  await options.sleep(reconnectDelayMs);
  let response: ClientResponse;
  try {
    response = await options.client.get(options.path, { range: `bytes=${offset}-` });
  } catch (error) {
    throw failed(`while reconnecting: ${asPullError(error).message}`);
  }
  if (response.status === 206) {
    const problem = rangeProblem(response, offset);
    if (problem === undefined) return response;
    response.discard();
    throw failed(`after reconnecting${problem}`);
  }
  if (response.status === 200) {
    response.discard();
    throw failed('after reconnecting, server did not process a Range: header, status 200');
  }
  const { message } = await registryError(response, { kind: 'content-not-found', digest: options.digest });
  throw failed(`after reconnecting, fetching blob: ${message}`);
}

function rangeProblem(response: ClientResponse, offset: number): string | undefined {
  const lines = headerLines(response, 'content-range');
  const [header = ''] = lines;
  if (lines.length === 0) return ', invalid Content-Range header: missing Content-Range: header';
  const [, first, last, complete] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header) ?? [];
  if (first === undefined || last === undefined) {
    return `, invalid Content-Range header: invalid Content-Range: "${header}"`;
  }
  const length = complete === '*' ? -1 : Number(complete);
  const isWanted = Number(first) === offset && (length === -1 || Number(last) + 1 === length);
  return isWanted
    ? undefined
    : ` at offset ${offset}, got unexpected Content-Range ${first}-${last}/${length}`;
}
