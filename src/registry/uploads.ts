import { createHash, type Hash } from 'node:crypto';
import { type Digest, type DigestAlgorithm, digestAlgorithm, digestHex } from '../image/digest.js';
import { formatUploadRange, judgeChunk } from '../wire/content-range.js';
import type { Awaitable, BlobUpload, ContentStore } from './content-store.js';
import type { Limits } from './limits.js';
import { RefusedRequest } from './refused-request.js';
import { ClientGone, type RequestBody } from './request-body.js';

/** Whose session it is: it answers to nobody else, and under no other repository (S21). */
export interface UploadKey {
  readonly id: string;
  readonly repository: string;
  /** The caller's name. */
  readonly owner: string;
}

/** An upload between its POST and its PUT. Requests on one session take turns. */
export interface UploadSession extends UploadKey {
  /** Bytes that arrived so far. */
  readonly sizeBytes: number;
}

/** A chunk as its request announced it. */
export interface Chunk {
  /** The `Content-Range` header. */
  readonly contentRange: string | undefined;
  readonly body: RequestBody;
}

/** The uploads of one registry host. All throw RefusedRequest. */
export interface Uploads {
  /** @throws TOOMANYREQUESTS when the owner has too many open */
  open(
    key: Omit<UploadKey, 'id'>,
    options: { readonly now: Date; readonly algorithm?: DigestAlgorithm },
  ): Awaitable<UploadSession>;
  /** @throws BLOB_UPLOAD_UNKNOWN for what is closed, expired, or someone else's */
  find(key: UploadKey, now: Date): UploadSession;
  /** Adds a chunk. @throws RANGE_INVALID, SIZE_INVALID with the session as it was; ClientGone with what came kept */
  append(key: UploadKey, chunk: Chunk, now: Date): Promise<UploadSession>;
  /**
   * Adds the last chunk, if any, and makes the blob. @throws DIGEST_INVALID when the bytes are others; the session is
   * closed then
   */
  finish(key: UploadKey, chunk: Chunk, digest: Digest, now: Date): Promise<void>;
  cancel(key: UploadKey, now: Date): Promise<void>;
  /** Closes every session and forgets its bytes. */
  close(): Promise<void>;
}

interface Session extends UploadKey {
  readonly upload: BlobUpload;
  readonly sizeBytes: number;
  /** Chosen by the POST, else by the first bytes; sha256 unless something says otherwise. */
  algorithm: DigestAlgorithm | undefined;
  hash: Hash | undefined;
  touchedMs: number;
  /** The end of the line of requests that wait for this session. */
  queue: Promise<void>;
  waiting: number;
  closed: boolean;
  /** The last chunk was shorter than the announced minimum, so no further one may follow. */
  hadShortChunk: boolean;
}

type UploadLimits = Pick<Limits, 'blobBytes' | 'openUploads' | 'uploadIdleSeconds'> & {
  readonly chunkMinBytes?: number | undefined;
};

/** @param random 16 fresh random bytes at each call: session ids must not be guessable */
export function createUploads(store: ContentStore, limits: UploadLimits, random: () => Uint8Array): Uploads {
  const sessions = new Map<string, Session>();
  const find = (key: UploadKey, now: Date): Session => {
    const session = sessions.get(key.id);
    const known = session?.repository === key.repository && session.owner === key.owner;
    if (session === undefined || !known || isExpired(session, limits, now)) throw unknownUpload();
    session.touchedMs = now.getTime();
    return session;
  };
  const close = async (session: Session) => {
    session.closed = true;
    sessions.delete(session.id);
    await session.upload.discard();
  };
  const inTurn = async <T>(key: UploadKey, now: Date, act: (session: Session) => Promise<T>): Promise<T> => {
    const session = find(key, now);
    return takeTurn(session, () => {
      if (session.closed) throw unknownUpload();
      return act(session);
    });
  };
  return {
    open: ({ repository, owner }, { now, algorithm }) => {
      sweep(sessions, limits, now, close);
      refuseTooMany(sessions, owner, limits.openUploads);
      const upload = store.startUpload();
      const keep = (started: BlobUpload): Session => {
        const session = newSession({ id: sessionId(random()), repository, owner }, started, algorithm, now);
        sessions.set(session.id, session);
        return session;
      };
      return upload instanceof Promise ? upload.then(keep) : keep(upload);
    },
    find,
    append: (key, chunk, now) =>
      inTurn(key, now, async (session) => {
        await receive(session, chunk, limits, 'sha256');
        return session;
      }),
    finish: (key, chunk, digest, now) =>
      inTurn(key, now, async (session) => {
        await receive(session, chunk, limits, digestAlgorithm(digest));
        const matches = (await hexOf(session, digestAlgorithm(digest))) === digestHex(digest);
        if (matches) await session.upload.commit(session.repository, digest);
        await close(session);
        if (!matches) throw new RefusedRequest('DIGEST_INVALID');
      }),
    cancel: (key, now) => inTurn(key, now, close),
    close: async () => {
      await Promise.all([...sessions.values()].map(close));
    },
  };
}

const unknownUpload = () => new RefusedRequest('BLOB_UPLOAD_UNKNOWN');

/** 128 random bits in the shape of a UUID, which is what `Docker-Upload-UUID` promises. */
function sessionId(random: Uint8Array): string {
  const hex = Buffer.from(random).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function newSession(
  key: UploadKey,
  upload: BlobUpload,
  algorithm: DigestAlgorithm | undefined,
  now: Date,
): Session {
  return {
    ...key,
    upload,
    get sizeBytes() {
      return upload.sizeBytes;
    },
    algorithm,
    hash: undefined,
    touchedMs: now.getTime(),
    queue: Promise.resolve(),
    waiting: 0,
    closed: false,
    hadShortChunk: false,
  };
}

const isExpired = (session: Session, limits: UploadLimits, now: Date) =>
  session.waiting === 0 && now.getTime() - session.touchedMs > limits.uploadIdleSeconds * 1000;

/** Expired sessions go when a new one comes: no timer keeps the process awake. */
function sweep(
  sessions: Map<string, Session>,
  limits: UploadLimits,
  now: Date,
  close: (session: Session) => Promise<void>,
): void {
  for (const session of sessions.values()) if (isExpired(session, limits, now)) void close(session);
}

function refuseTooMany(sessions: Map<string, Session>, owner: string, limit: number): void {
  if (sessions.size < limit) return;
  let open = 0;
  for (const session of sessions.values()) if (session.owner === owner) open += 1;
  if (open < limit) return;
  throw new RefusedRequest('TOOMANYREQUESTS', {
    message: `${open} uploads are open: finish or cancel one first`,
    headers: { 'Retry-After': '60' },
  });
}

/** One request at a time: two that hash and write together would store what nobody hashed (S32). */
async function takeTurn<T>(session: Session, act: () => Promise<T>): Promise<T> {
  const before = session.queue;
  let release = () => {};
  session.queue = new Promise((resolve) => {
    release = resolve;
  });
  session.waiting += 1;
  try {
    await before;
    return await act();
  } finally {
    session.waiting -= 1;
    release();
  }
}

/** Takes a chunk's bytes. After a refusal the session is as it was; after a cut connection it keeps what came. */
async function receive(
  session: Session,
  { contentRange, body }: Chunk,
  limits: UploadLimits,
  algorithm: DigestAlgorithm,
): Promise<void> {
  const { upload } = session;
  const start = upload.sizeBytes;
  const lengthBytes = acceptedLength(session, contentRange, body.declaredBytes);
  refuseAfterShortChunk(session, lengthBytes);
  if (start === 0 && session.hash === undefined) session.algorithm ??= algorithm;
  session.algorithm ??= 'sha256';
  const hash = session.hash ?? createHash(session.algorithm);
  const hashBefore = hash.copy();
  session.hash = hash;
  try {
    await body.read((bytes) => {
      refuseBeyond(
        upload.sizeBytes + bytes.length - start,
        lengthBytes,
        upload.sizeBytes + bytes.length,
        limits,
      );
      hash.update(bytes);
      return upload.append(bytes);
    });
    if (lengthBytes !== undefined && upload.sizeBytes - start < lengthBytes) throw wrongSize();
  } catch (error) {
    if (!(error instanceof ClientGone)) {
      session.hash = hashBefore;
      await upload.truncate(start);
    }
    throw error;
  }
  const received = upload.sizeBytes - start;
  session.hadShortChunk ||= received > 0 && received < (limits.chunkMinBytes ?? 0);
}

function acceptedLength(
  session: Session,
  contentRange: string | undefined,
  declaredBytes: number | undefined,
): number | undefined {
  const verdict = judgeChunk(contentRange, declaredBytes, session.sizeBytes);
  switch (verdict.kind) {
    case 'accept':
      return verdict.lengthBytes;
    case 'size-differs':
      throw new RefusedRequest('SIZE_INVALID', { detail: verdict.because });
    case 'out-of-range':
      throw new RefusedRequest('RANGE_INVALID', {
        detail: verdict.because,
        headers: {
          Location: `/v2/${session.repository}/blobs/uploads/${session.id}`,
          Range: formatUploadRange(session.sizeBytes),
        },
      });
    default:
      return verdict satisfies never;
  }
}

function refuseAfterShortChunk(session: Session, lengthBytes: number | undefined): void {
  if (!session.hadShortChunk || lengthBytes === 0) return;
  throw new RefusedRequest('SIZE_INVALID', {
    detail: 'only the last chunk may be shorter than OCI-Chunk-Min-Length',
  });
}

function refuseBeyond(
  chunkBytes: number,
  lengthBytes: number | undefined,
  totalBytes: number,
  limits: UploadLimits,
): void {
  if (lengthBytes !== undefined && chunkBytes > lengthBytes) throw wrongSize();
  if (totalBytes <= limits.blobBytes) return;
  throw new RefusedRequest('SIZE_INVALID', {
    status: 413,
    message: `a blob may have ${limits.blobBytes} bytes here`,
  });
}

const wrongSize = () => new RefusedRequest('SIZE_INVALID');

/** The running hash when it is of the right algorithm; otherwise the stored bytes are read again. */
async function hexOf(session: Session, algorithm: DigestAlgorithm): Promise<string> {
  // A copy, so that a push can be finished again after the disk refused it.
  if (session.hash !== undefined && session.algorithm === algorithm) return session.hash.copy().digest('hex');
  const hash = createHash(algorithm);
  for await (const chunk of session.upload.read()) hash.update(chunk);
  return hash.digest('hex');
}
