import { type ClientHttp2Session, connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import type { GrpcCode } from '../../src/wire/grpc-code.js';
import { decodeMessage, encodeMessage } from './protobuf.js';

/** CRI AuthConfig. */
export interface CriAuth {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly serverAddress?: string;
  readonly identityToken?: string;
}

/** How a CRI call ended. */
export type CriOutcome =
  | { readonly ok: true; readonly imageRef: string }
  | { readonly ok: false; readonly code: GrpcCode; readonly description: string };

/** The image service of a container runtime, by its socket (`runtime.v1.ImageService`). */
export interface CriImages extends Disposable {
  pullImage(image: string, auth: CriAuth | null): Promise<CriOutcome>;
  /** The image's ID; empty when it is absent. */
  imageStatus(image: string): Promise<CriOutcome>;
  removeImage(image: string): Promise<CriOutcome>;
}

export function connectCri(socket: string): CriImages {
  const session = connect('http://localhost', { createConnection: () => connectSocket(socket) });
  const call = (method: string, message: Uint8Array) => callUnary(session, method, message);
  return {
    pullImage: async (image, auth) =>
      outcome(
        await call('PullImage', encodeMessage({ 1: encodeMessage({ 1: image }), ...authField(auth) })),
        (reply) => reply.get(1)?.[0]?.toString() ?? '',
      ),
    imageStatus: async (image) =>
      outcome(
        await call('ImageStatus', encodeMessage({ 1: encodeMessage({ 1: image }) })),
        (reply) =>
          decodeMessage(reply.get(1)?.[0] ?? Buffer.alloc(0))
            .get(1)?.[0]
            ?.toString() ?? '',
      ),
    removeImage: async (image) =>
      outcome(await call('RemoveImage', encodeMessage({ 1: encodeMessage({ 1: image }) })), () => ''),
    [Symbol.dispose]: () => session.close(),
  };
}

const authField = (auth: CriAuth | null) =>
  auth === null
    ? {}
    : {
        2: encodeMessage({
          1: auth.username,
          2: auth.password,
          3: auth.auth,
          4: auth.serverAddress,
          5: auth.identityToken,
        }),
      };

interface UnaryReply {
  readonly status: number;
  readonly description: string;
  readonly message: Uint8Array;
}

/** One gRPC call with one message each way, over HTTP/2. */
function callUnary(session: ClientHttp2Session, method: string, message: Uint8Array): Promise<UnaryReply> {
  const stream = session.request({
    ':method': 'POST',
    ':path': `/runtime.v1.ImageService/${method}`,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const chunks: Buffer[] = [];
  // A call that fails at once has its status among the headers.
  let ending: Readonly<Record<string, unknown>> = {};
  return new Promise((resolve, reject) => {
    stream.on('response', (headers) => {
      ending = { ...ending, ...headers };
    });
    stream.on('trailers', (trailers) => {
      ending = { ...ending, ...trailers };
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('end', () =>
      resolve({
        status: Number(ending['grpc-status'] ?? 2),
        description: decodeURIComponent(String(ending['grpc-message'] ?? '')),
        message: Buffer.concat(chunks).subarray(framePrefix),
      }),
    );
    const prefix = Buffer.alloc(framePrefix);
    prefix.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([prefix, message]));
  });
}

/** Compression flag and length. */
const framePrefix = 5;

function outcome(
  { status, description, message }: UnaryReply,
  read: (reply: ReturnType<typeof decodeMessage>) => string,
): CriOutcome {
  if (status === 0) return { ok: true, imageRef: read(decodeMessage(message)) };
  return { ok: false, code: grpcCodes[status] ?? 'Unknown', description };
}

/** By number, as gRPC defines them. */
const grpcCodes = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
] as readonly string[] as readonly GrpcCode[];
