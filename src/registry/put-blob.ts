import type { Digest } from '../image/digest.js';
import type { Awaitable, ContentStore } from './content-store.js';
import { chain } from './registry-call.js';

/** Puts a blob into a repository without HTTP: for content that a world declares. The digest is taken as given. */
export function putBlob(
  store: ContentStore,
  repository: string,
  digest: Digest,
  bytes: Uint8Array,
): Awaitable<void> {
  return chain(store.startUpload(), (upload) =>
    chain(upload.append(bytes), () => upload.commit(repository, digest)),
  );
}
