import { byteStringOf, fromByteString } from '../credentials/byte-string.js';
import { goQuote } from '../image/go-quote.js';
import { type ErrorCode, errorCodes } from '../wire/error-codes.js';
import type { PullFailure } from '../wire/pull-failure.js';
import { challengesOf } from './crio-challenge.js';
import { decodeGoStruct, GoJsonError, type GoStruct } from './go-struct.js';
import type { ClientResponse } from './http-client.js';
import { formatHttpUrl } from './http-url.js';
import { PullError } from './pull-error.js';
import { readRegistryErrors } from './registry-errors.js';
import { readBody } from './transport.js';

/**
 * What containers/image makes of an answer that is none (runtime.md §14.1): the registry's words, or the status.
 *
 * @param notFound what a 404 means here
 */
export async function registryError(response: ClientResponse, notFound: PullFailure): Promise<PullError> {
  const { text, code } = await registryWords(response);
  return new PullError(text, failureOf(response, code, notFound), 'Unknown', { status: response.status });
}

/** The words alone, and the registry's code. */
export async function registryWords(response: ClientResponse): Promise<{ text: string; code?: string }> {
  const { status, statusLine } = response;
  if (status < 400 || status > 499) {
    response.discard();
    return { text: `received unexpected HTTP status: ${statusLine}` };
  }
  const body = await readBody(response, bodyLimitBytes).catch(() => Buffer.alloc(0));
  const refused = status === 401 ? refusalWords(response) : undefined;
  return refused === undefined ? bodyWords(status, body) : { text: refused };
}

const bodyLimitBytes = 1024 * 1024;

/** RFC 6750: a 401 may say in its challenge why the token was refused; that counts more than its body. */
function refusalWords(response: ClientResponse): string | undefined {
  for (const { scheme, parameters } of challengesOf(response)) {
    const code = scheme === 'bearer' ? refusalCodes.get(parameters.error ?? '') : undefined;
    if (code !== undefined) {
      return textOf(code, parameters.error_description ?? errorCodes[code].message);
    }
  }
  return undefined;
}

const refusalCodes: ReadonlyMap<string, ErrorCode> = new Map([
  ['invalid_token', 'UNAUTHORIZED'],
  ['insufficient_scope', 'DENIED'],
] as const);

function bodyWords(status: number, body: Buffer): { text: string; code?: string } {
  const details = detailsOf(body);
  if (details !== '') return { text: textOf(detailCodes.get(status) ?? 'UNKNOWN', details) };
  const [first] = readRegistryErrors(body);
  if (first === undefined) return { text: unreadable(status, body) };
  const code = isKnown(first.writtenCode) ? first.writtenCode : 'UNKNOWN';
  const saysNoMore = !first.hasDetail && (first.message === '' || first.message === errorCodes[code].message);
  return { text: saysNoMore ? wordsOf(code) : textOf(code, first.message), code: first.writtenCode };
}

const detailCodes: ReadonlyMap<number, ErrorCode> = new Map([
  [401, 'UNAUTHORIZED'],
  [429, 'TOOMANYREQUESTS'],
] as const);

const detailsStruct: GoStruct = { struct: '', fields: { details: 'string' } };

/** Docker Hub's token server answers `{"details":"incorrect username or password"}`. */
function detailsOf(body: Buffer): string {
  try {
    return (decodeGoStruct(body, detailsStruct).details as string | undefined) ?? '';
  } catch (error) {
    if (error instanceof GoJsonError) return '';
    throw error;
  }
}

function unreadable(status: number, body: Buffer): string {
  if (status === 401) return errorCodes.UNAUTHORIZED.message;
  return `StatusCode: ${status}, ${quotedStart(body, body.length > sampleBytes ? '...' : '')}`;
}

const sampleBytes = 50;

/** The first bytes of a body as Go quotes them. */
export const quotedStart = (body: Buffer, ending = ''): string =>
  goQuote(`${fromByteString(byteStringOf(body.subarray(0, sampleBytes)))}${ending}`);

/** distribution's codes; those of other registries are unknown. */
function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code) && code !== 'EXTENSION_UNKNOWN' && code !== 'RANGE_INVALID';
}

/** A message that is the code's own stands alone. */
const textOf = (code: ErrorCode, message: string) =>
  message === errorCodes[code].message ? message : `${wordsOf(code)}: ${message}`;

const wordsOf = (code: ErrorCode) => code.toLowerCase().replaceAll('_', ' ');

function failureOf(response: ClientResponse, code: string | undefined, notFound: PullFailure): PullFailure {
  const { status, request } = response;
  const { url, anonymous } = request;
  if (status === 404) return notFound;
  const challenges = status === 401 ? challengesOf(response) : [];
  const refused = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.error);
  if (refused !== undefined) {
    const error = refused.parameters.error ?? '';
    return { kind: 'insufficient-scope', host: url.host, error, anonymous };
  }
  if (anonymous && challenges.some(({ scheme }) => scheme === 'basic')) {
    return { kind: 'no-basic-credentials', host: url.host };
  }
  return {
    kind: 'status',
    status,
    host: url.host,
    url: formatHttpUrl(url),
    ...(code === undefined ? {} : { code }),
    anonymous,
  };
}
