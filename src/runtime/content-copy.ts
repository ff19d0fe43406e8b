import { createHash } from 'node:crypto';
import { isImageManifestType, isIndexType } from '../image/media-types.js';
import type { ContainerdProfile } from '../versions/containerd.js';
import { type ContentDescriptor, isImageConfigType, isLayerType } from './descriptor.js';
import type { Fetcher } from './fetcher.js';
import { PullError, wrapError } from './pull-error.js';

/** What looks at content while it passes, for example a layer's decompression. */
export interface ContentWatcher {
  write(chunk: Buffer): void;
}

/**
 * Downloads one content and checks length and digest as containerd's content store does on commit (runtime.md §8.6).
 *
 * @param watchers see each chunk once, before the check
 * @throws {@link PullError}
 */
export async function copyContent(
  descriptor: ContentDescriptor,
  fetcher: Fetcher,
  profile: ContainerdProfile,
  watchers: readonly ContentWatcher[] = [],
): Promise<void> {
  if (descriptor.size === 0) throw zeroSize(descriptor);
  const hash = createHash(digestAlgorithmOf(descriptor.digest));
  let length = 0;
  try {
    for await (const chunk of source(descriptor, fetcher)) {
      hash.update(chunk);
      length += chunk.length;
      for (const watcher of watchers) watcher.write(chunk);
    }
  } catch (error) {
    throw wrapError('failed to copy: ', error);
  }
  if (length < descriptor.size) throw shortRead(descriptor, length, profile);
  checkCommit(descriptor, length, `${digestAlgorithmOf(descriptor.digest)}:${hash.digest('hex')}`);
}

/** The content store's name for a download: `layer-sha256:…`. */
function ingestKey({ mediaType, digest }: ContentDescriptor): string {
  const [, prefix] = keyPrefixes.find(([matches]) => matches(mediaType)) ?? [];
  return `${prefix ?? 'unknown'}-${digest}`;
}

const keyPrefixes: readonly (readonly [matches: (mediaType: string) => boolean, prefix: string])[] = [
  [isImageManifestType, 'manifest'],
  [isIndexType, 'index'],
  [isLayerType, 'layer'],
  [isImageConfigType, 'config'],
  [(mediaType) => mediaType === 'application/vnd.in-toto+json', 'attestation'],
];

/** Of a digest, as Node's crypto names it. */
export const digestAlgorithmOf = (digest: string): string =>
  /^(sha384|sha512):/.exec(digest)?.[1] ?? 'sha256';

/** Small content may travel inside its descriptor; then nobody is asked for it. */
function source(descriptor: ContentDescriptor, fetcher: Fetcher): AsyncIterable<Buffer> | Iterable<Buffer> {
  const embedded = Buffer.from(descriptor.data ?? '', 'base64');
  return embedded.length === descriptor.size ? [embedded] : fetcher.read(descriptor);
}

const zeroSize = ({ digest }: ContentDescriptor) =>
  new PullError(
    `unable to fetch descriptor (${digest}) which reports content size of zero: invalid argument`,
    { kind: 'content-mismatch', digest },
    'InvalidArgument',
  );

function shortRead(
  { digest, size }: ContentDescriptor,
  length: number,
  profile: ContainerdProfile,
): PullError {
  const text =
    profile.shortReadText === 'counts'
      ? `short read: expected ${size} bytes but got ${length}: unexpected EOF`
      : 'failed to read expected number of bytes: unexpected EOF';
  return new PullError(text, { kind: 'content-mismatch', digest });
}

function checkCommit(descriptor: ContentDescriptor, length: number, actual: string): void {
  const { digest, size } = descriptor;
  if (length === size && (digest === '' || actual === digest)) return;
  const key = ingestKey(descriptor);
  const problem =
    length === size
      ? `unexpected commit digest ${actual}, expected ${digest}`
      : `"${key}" failed size validation: ${length} != ${size}`;
  throw new PullError(
    `failed commit on ref "${key}": ${problem}: failed precondition`,
    { kind: 'content-mismatch', digest },
    'FailedPrecondition',
  );
}
