import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Names as they came, to see repeated ones. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly text: string;
  /** The body as JSON. */
  readonly json: () => unknown;
  /** The codes of an error body, first one first; empty when it is none. */
  readonly codes: () => readonly string[];
}

export interface SentRequest {
  readonly port: number;
  readonly method?: string;
  /** Goes on the wire byte for byte. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Uint8Array | string;
  /** Send the body without saying how long it is. */
  readonly chunked?: boolean;
}

/** One request over a connection of its own. */
export function send({
  port,
  method = 'GET',
  path,
  headers = {},
  body,
  chunked,
}: SentRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length =
      chunked === true || body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent: false,
        headers: { ...length, ...headers } as Record<string, string | string[]>,
      },
      (response) => answerOf(response).then(resolve, reject),
    );
    sent.on('error', reject);
    if (chunked === true) sent.setHeader('transfer-encoding', 'chunked');
    sent.end(body);
  });
}

/** Reads an answer to its end. */
export function answerOf(response: IncomingMessage): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => {
      const body = Buffer.concat(chunks);
      const text = body.toString();
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        rawHeaders: response.rawHeaders,
        body,
        text,
        json: () => JSON.parse(text),
        codes: () => errorCodesOf(text),
      });
    });
  });
}

function errorCodesOf(text: string): readonly string[] {
  try {
    const { errors } = JSON.parse(text) as { readonly errors?: readonly { readonly code: string }[] };
    return (errors ?? []).map(({ code }) => code);
  } catch {
    return [];
  }
}
