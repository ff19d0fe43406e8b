import { createHash } from 'node:crypto';
import { digestAlgorithmOf } from './content-copy.js';
import type { ImageSource } from './crio-source.js';
import type { ContentDescriptor } from './descriptor.js';
import { CorruptLayer, type UnpackedLayer, watchDiffId } from './diff-id.js';
import { chainIdsOf } from './image-download.js';
import type { ImageStore, StoredContent } from './image-store.js';
import { PullError, prefixed, wrapError } from './pull-error.js';

/** The layers of one image on their way into the store. */
export interface CrioLayers {
  /**
   * Fetches a layer, unless it is there, and compares it with the config.
   *
   * @throws {@link PullError}
   */
  copy(index: number, descriptor: ContentDescriptor): Promise<void>;
  contents(): Iterable<readonly [digest: string, content: StoredContent]>;
  /** Chain IDs. */
  snapshots(): readonly string[];
  /** Unpacked, all together. */
  sizeBytes(): number;
}

/** @param diffIds of the config; without any, nothing is compared */
export function startLayers(source: ImageSource, store: ImageStore, diffIds: readonly string[]): CrioLayers {
  const contents = new Map<string, StoredContent>();
  const committed: { readonly diffId: string; readonly sizeBytes: number }[] = [];
  let received = 0;
  const commit = (index: number, digest: string, content: StoredContent) => {
    // A layer waits for those below it, and for ever when one of them failed.
    if (committed.length !== index) return;
    const diffId = content.diffId ?? diffIds[index] ?? '';
    const problem = diffIdProblem(index, digest, diffId, diffIds);
    if (problem !== undefined) throw new PullError(problem, { kind: 'content-mismatch', digest });
    committed.push({ diffId, sizeBytes: content.unpackedBytes ?? content.sizeBytes });
  };
  return {
    async copy(index, descriptor) {
      const { digest } = descriptor;
      const present = contents.get(digest) ?? store.content(digest);
      if (present !== undefined) {
        return prefixed(`trying to reuse blob ${digest} at destination: `, async () =>
          commit(index, digest, present),
        );
      }
      const body = await prefixed(`reading blob ${digest}: `, () => source.openBlob(descriptor));
      received += 1;
      await prefixed('writing blob: ', async () => {
        const content = await receive(body, digest, received);
        contents.set(digest, content);
        commit(index, digest, content);
      });
    },
    contents: () => contents,
    snapshots: () => chainIdsOf(committed.map(({ diffId }) => diffId)),
    sizeBytes: () => committed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/** Go's first read of an answer; a layer that is in it fails before it is stored. */
const firstReadBytes = 4096 - 512;

/** `number`: of the temporary file. */
async function receive(body: AsyncIterable<Buffer>, digest: string, number: number): Promise<StoredContent> {
  const hash = createHash(digestAlgorithmOf(digest));
  const watcher = watchDiffId();
  let sizeBytes = 0;
  const stored = (isStored: boolean) =>
    isStored
      ? `storing blob to file "/var/tmp/container_images_storage1/${number}": `
      : 'setting up to decompress blob: ';
  try {
    for await (const chunk of body) {
      hash.update(chunk);
      watcher.write(chunk);
      sizeBytes += chunk.length;
    }
  } catch (error) {
    throw wrapError(`${stored(sizeBytes >= compressionMarkBytes)}happened during read: `, error);
  }
  const stage = stored(sizeBytes > firstReadBytes);
  const actual = `${digestAlgorithmOf(digest)}:${hash.digest('hex')}`;
  if (actual !== digest) {
    throw new PullError(
      `${stage}happened during read: Digest did not match, expected ${digest}, got ${actual}`,
      { kind: 'content-mismatch', digest },
    );
  }
  const unpacked = await unpack(watcher.finish(), stage, digest);
  return {
    sizeBytes,
    ...(unpacked === undefined ? {} : { diffId: unpacked.diffId, unpackedBytes: unpacked.sizeBytes }),
  };
}

/** So much is looked at to know a compression. */
const compressionMarkBytes = 10;

async function unpack(
  finished: Promise<UnpackedLayer | undefined>,
  stage: string,
  digest: string,
): Promise<UnpackedLayer | undefined> {
  try {
    return await finished;
  } catch (error) {
    if (!(error instanceof CorruptLayer)) throw error;
    throw new PullError(`${stage}${error.message}`, { kind: 'content-mismatch', digest });
  }
}

function diffIdProblem(
  index: number,
  digest: string,
  diffId: string,
  diffIds: readonly string[],
): string | undefined {
  if (diffIds.every((expected) => expected === '')) return undefined;
  const expected = diffIds[index];
  if (expected === undefined) {
    return `image config has only ${diffIds.length} DiffID values, but a layer with index ${index} exists`;
  }
  return diffId === expected
    ? undefined
    : `layer ${index} (blob "${digest}"/""/"${diffId}") does not match config's DiffID "${expected}"`;
}
