import { isImageManifestType, isIndexType, isSchema1Type, mediaTypes } from '../image/media-types.js';
import type { RuntimeReference } from '../image/reference.js';
import { digestOf } from './crio-copy.js';
import { chooseInstance, parseIndex, parseManifest } from './crio-manifest.js';
import { transportName } from './crio-reference.js';
import { type CrioContext, type FetchedManifest, openImageSource } from './crio-source.js';
import type { ContentDescriptor } from './descriptor.js';
import type { StoreChange } from './image-store.js';
import { PullError, prefixed } from './pull-error.js';
import { readLimited } from './read-limited.js';

export interface PulledArtifact {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly change: StoreChange;
}

/**
 * The second attempt of a failed pull: is it an OCI artifact? It starts anew, with pings and tokens of its own, and for most
 * images it ends where the first attempt did.
 *
 * @throws {@link PullError} in the words of this release
 */
export async function pullArtifact(
  reference: RuntimeReference,
  context: CrioContext,
): Promise<PulledArtifact> {
  const { artifactTexts } = context.profile;
  if (artifactTexts === 'get-manifest') await refuseImages(reference, context);
  else await prefixed('image reference: ', () => refuseImagesByReference(reference, context));
  return prefixed('pull artifact: ', () => fetchArtifact(reference, context));
}

/** 1.33 and 1.34. */
async function refuseImages(reference: RuntimeReference, context: CrioContext): Promise<void> {
  const isAnImage = noArtifact('provided artifact is a container image');
  const reading = 'get manifest: build image source: ';
  const { manifest: root } = await prefixed(reading, () => openImageSource(reference, context));
  if (root.mediaType === mediaTypes.dockerManifestList) throw isAnImage;
  let manifest = root;
  if (root.mediaType === mediaTypes.ociIndex) {
    const manifests = await prefixed('parse manifest from blob: ', async () =>
      parseIndex(root.bytes, root.mediaType),
    );
    const digest = await prefixed('choose instance: ', async () =>
      chooseInstance(manifests, root.mediaType, context.platform),
    );
    const instance = { ...reference, tag: '', digest, name: `${reference.host}/${reference.path}@${digest}` };
    ({ manifest } = await prefixed(reading, () => openImageSource(instance, context)));
  }
  if (await prefixed('parse manifest from blob: ', async () => isImage(manifest))) throw isAnImage;
}

async function refuseImagesByReference(reference: RuntimeReference, context: CrioContext): Promise<void> {
  const { manifest: root } = await prefixed('get manifest from ref: create image source: ', () =>
    openImageSource(reference, context),
  );
  const manifest = isIndexType(root.mediaType) ? await instanceOf(root, reference, context) : root;
  if (await prefixed('parse manifest: ', async () => isImage(manifest))) {
    throw noArtifact('reference is a container image, not an OCI artifact');
  }
}

async function instanceOf(
  { bytes, mediaType }: FetchedManifest,
  reference: RuntimeReference,
  context: CrioContext,
): Promise<FetchedManifest> {
  const manifests = await prefixed('parse manifest list: ', async () => parseIndex(bytes, mediaType));
  const digest = await prefixed('choose manifest instance: ', async () =>
    chooseInstance(manifests, mediaType, context.platform),
  );
  return prefixed('get instance manifest: ', async () => {
    const source = await prefixed('create image source: ', () => openImageSource(reference, context));
    return prefixed('get manifest: ', () => source.getManifest(digest));
  });
}

/** Manifest and config of an image, and no artifact type. */
function isImage({ bytes, mediaType }: FetchedManifest): boolean {
  const { config, artifactType } = parseManifest(bytes, mediaType);
  const imageConfigs: readonly string[] = ['', mediaTypes.ociConfig, mediaTypes.dockerConfig];
  const isManifest = isImageManifestType(mediaType) || isSchema1Type(mediaType);
  return isManifest && imageConfigs.includes(config.mediaType) && artifactType === '';
}

const noArtifact = (text: string) => new PullError(text, { kind: 'unsupported-manifest', mediaType: '' });

const maxArtifactBlobBytes = 1024 * 1024 * 1024;

/** Layers, then config, into a store of their own. */
async function fetchArtifact(reference: RuntimeReference, context: CrioContext): Promise<PulledArtifact> {
  const name = transportName(reference);
  const source = await prefixed(`initializing source ${name}: `, () => openImageSource(reference, context));
  const { bytes, mediaType } = source.manifest;
  const { config, layers } = parseManifest(bytes, mediaType);
  const sizes: number[] = [];
  for (const blob of [...layers, config]) {
    const body = await prefixed(`reading blob ${blob.digest}: `, () => source.openBlob(blob));
    const content = await readLimited(body, maxArtifactBlobBytes);
    checkBlob(blob, content);
    sizes.push(content.length);
  }
  const digest = digestOf(bytes);
  return {
    digest,
    sizeBytes: sizes.slice(0, -1).reduce((sum, size) => sum + size, 0),
    change: { contents: [[digest, { sizeBytes: bytes.length, bytes }]] },
  };
}

function checkBlob({ digest }: ContentDescriptor, content: Buffer): void {
  const actual = digestOf(content);
  if (actual === digest) return;
  throw new PullError(
    `writing blob: happened during read: Digest did not match, expected ${digest}, got ${actual}`,
    { kind: 'content-mismatch', digest },
  );
}
