import { mediaTypes } from '../image/media-types.js';
import type { ContentDescriptor } from './descriptor.js';
import type { Fetcher } from './fetcher.js';
import { decodeGoStruct, GoJsonError, type GoStruct } from './go-struct.js';
import { PullError } from './pull-error.js';

/**
 * What containerd 1.x makes of a Docker schema 1 manifest: without signatures it ends here (runtime.md §11). It converts
 * signed ones; that is not simulated, and said so.
 */
export function schema1Problem(bytes: Uint8Array): PullError {
  const failure = { kind: 'unsupported-manifest', mediaType: mediaTypes.dockerSchema1Signed } as const;
  try {
    const { signatures = [] } = decodeGoStruct(bytes, signedDocument);
    const isSigned = (signatures as readonly unknown[]).length > 0;
    return new PullError(isSigned ? 'signed schema 1 manifests are not simulated' : 'no signatures', failure);
  } catch (error) {
    if (error instanceof GoJsonError) return new PullError(error.message, failure);
    throw error;
  }
}

/** @throws {@link PullError} always, when the manifest has been read */
export async function refuseSchema1(root: ContentDescriptor, fetcher: Fetcher): Promise<never> {
  const chunks: Buffer[] = [];
  for await (const chunk of fetcher.read(root)) chunks.push(chunk);
  throw schema1Problem(Buffer.concat(chunks));
}

const signedDocument: GoStruct = {
  struct: 'signature',
  fields: { signatures: { list: { struct: 'jwsSignature', fields: { protected: 'string' } } } },
};
