import { createHash } from 'node:crypto';
import { goQuote } from '../image/go-quote.js';
import { isIndexType, mediaTypes } from '../image/media-types.js';
import type { RuntimeReference } from '../image/reference.js';
import { type CrioLayers, startLayers } from './crio-layers.js';
import { type CrioManifest, chooseInstance, parseIndex, parseManifest } from './crio-manifest.js';
import { transportName } from './crio-reference.js';
import { type CrioContext, type FetchedManifest, type ImageSource, openImageSource } from './crio-source.js';
import type { ContentDescriptor } from './descriptor.js';
import { readImageConfig } from './image-document.js';
import type { ImageStore, StoreChange } from './image-store.js';
import { asPullError, PullError, prefixed } from './pull-error.js';
import { readLimited } from './read-limited.js';

/** An image that arrived, not stored yet. */
export interface CopiedImage {
  /** Bare hex of the config's digest. */
  readonly id: string;
  /** Of the manifest or index that the reference points to. */
  readonly digest: string;
  /** Of the manifest that was taken. */
  readonly instanceDigest: string;
  readonly sizeBytes: number;
  readonly change: StoreChange;
}

/**
 * Copies an image from its registry into the store (containers/image `copy.Image`): manifest and config are always fetched,
 * layers only when they are missing.
 *
 * @throws {@link PullError}
 */
export async function copyImage(
  reference: RuntimeReference,
  store: ImageStore,
  context: CrioContext,
): Promise<CopiedImage> {
  const name = transportName(reference);
  const source = await prefixed(`initializing source ${name}: `, () => openImageSource(reference, context));
  const { manifest } = source;
  const typing = `determining manifest MIME type for ${name}: `;
  await prefixed(typing, async () => checkDigest(manifest.bytes, reference.digest));
  if (!isIndexType(manifest.mediaType)) return copyOne(manifest, manifest, source, name, store);
  const digest = await instanceOf(manifest, name, context);
  return prefixed('copying system image from manifest list: ', async () => {
    const instance = await prefixed(typing, async () => {
      const fetched = await source.getManifest(digest);
      checkDigest(fetched.bytes, digest);
      return fetched;
    });
    if (isIndexType(instance.mediaType)) {
      throw unsupported(
        'Unexpectedly received a manifest list instead of a manifest for a single image',
        instance.mediaType,
      );
    }
    return copyOne(instance, manifest, source, name, store);
  });
}

export const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function instanceOf(
  { bytes, mediaType }: FetchedManifest,
  name: string,
  { platform }: CrioContext,
): Promise<string> {
  const manifests = await prefixed(`parsing primary manifest as list for ${name}: `, async () =>
    parseIndex(bytes, mediaType),
  );
  return prefixed(`choosing an image from manifest list ${name}: `, async () =>
    chooseInstance(manifests, mediaType, platform),
  );
}

function checkDigest(bytes: Uint8Array, expected: string): void {
  if (expected === '' || !expected.startsWith('sha256:') || digestOf(bytes) === expected) return;
  throw new PullError(`Manifest does not match provided manifest digest ${expected}`, {
    kind: 'content-mismatch',
    digest: expected,
  });
}

async function copyOne(
  instance: FetchedManifest,
  root: FetchedManifest,
  source: ImageSource,
  name: string,
  store: ImageStore,
): Promise<CopiedImage> {
  const manifest = await prefixed(`initializing image from source ${name}: `, async () =>
    parseManifest(instance.bytes, instance.mediaType),
  );
  const { config } = manifest;
  const { bytes: configBytes, diffIds } = await prefixed('parsing image configuration: ', () =>
    fetchConfig(manifest, source),
  );
  const layers = startLayers(source, store, diffIds);
  await copyAll(manifest.layers, layers);
  const documents = [instance, ...(instance === root ? [] : [root])].map(({ bytes }) => bytes);
  const contents = [configBytes, ...documents].map(
    (bytes) => [digestOf(bytes), { sizeBytes: bytes.length, bytes }] as const,
  );
  return {
    id: config.digest.slice(config.digest.indexOf(':') + 1),
    digest: digestOf(root.bytes),
    instanceDigest: digestOf(instance.bytes),
    sizeBytes: storedSize(configBytes, instance, documents, layers.sizeBytes()),
    change: { contents: [...contents, ...layers.contents()], snapshots: layers.snapshots() },
  };
}

/** All layers are fetched whatever becomes of the first; its error counts. */
async function copyAll(descriptors: readonly ContentDescriptor[], layers: CrioLayers): Promise<void> {
  let firstError: PullError | undefined;
  for (const [index, descriptor] of descriptors.entries()) {
    try {
      await layers.copy(index, descriptor);
    } catch (error) {
      firstError ??= asPullError(error);
      if (firstError.code === 'Canceled') break;
    }
  }
  if (firstError !== undefined) throw firstError;
}

/** What containers/storage counts: unpacked layers, config, each manifest once and the chosen one twice. */
function storedSize(
  config: Buffer,
  instance: FetchedManifest,
  documents: readonly Buffer[],
  layerBytes: number,
): number {
  const texts = [config, instance.bytes, ...documents].map((bytes) => bytes.length);
  return texts.reduce((sum, size) => sum + size, layerBytes);
}

const maxConfigBytes = 4 * 1024 * 1024;

async function fetchConfig(
  { config, artifactType, isOci }: CrioManifest,
  source: ImageSource,
): Promise<{ bytes: Buffer; diffIds: readonly string[] }> {
  if (isOci && config.mediaType !== mediaTypes.ociConfig) throw noImage(artifactType || config.mediaType);
  const bytes = await readLimited(await source.openBlob(config), maxConfigBytes);
  const actual = digestOf(bytes);
  if (actual !== config.digest) {
    throw new PullError(`Download config.json digest ${actual} does not match expected ${config.digest}`, {
      kind: 'content-mismatch',
      digest: config.digest,
    });
  }
  return { bytes, diffIds: readImageConfig(bytes).diffIds };
}

const noImage = (type: string) =>
  unsupported(
    type === mediaTypes.dockerConfig
      ? `invalid mixed OCI image with Docker v2s2 config (${goQuote(type)})`
      : `unsupported image-specific operation on artifact with type ${goQuote(type)}`,
    type,
  );

const unsupported = (text: string, mediaType: string) =>
  new PullError(text, { kind: 'unsupported-manifest', mediaType });
