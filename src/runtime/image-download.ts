import { createHash } from 'node:crypto';
import { isImageManifestType, isIndexType } from '../image/media-types.js';
import type { Platform } from '../image/platform.js';
import type { ContainerdProfile } from '../versions/containerd.js';
import { type ContentDescriptor, isImageConfigType, isLayerType } from './descriptor.js';
import type { Download } from './download.js';
import { childrenOf, type ImageConfigFacts, readImageConfig } from './image-document.js';
import { byPreference, exactPlatform, preferredPlatforms } from './platform-choice.js';
import { PullError, wrapError } from './pull-error.js';

export interface DownloadOptions {
  readonly profile: ContainerdProfile;
  readonly platform: Platform;
}

/**
 * Downloads an image from its root descriptor on: manifests and configs first, then the layers of each image config, with
 * their diff IDs checked (runtime.md §8). Layers come one after the other, so that a run can be repeated exactly.
 *
 * @returns how many images were unpacked; 0 for artifacts
 * @throws {@link PullError}
 */
export async function downloadImage(
  root: ContentDescriptor,
  download: Download,
  options: DownloadOptions,
): Promise<number> {
  const images: UnpackJob[] = [];
  await walk(root, new Map(), images, download, options);
  let unpacked = 0;
  for (const image of images) {
    if (await unpack(image, download, options)) unpacked += 1;
  }
  return unpacked;
}

/** An image config with the layers of its manifest. */
interface UnpackJob {
  readonly config: ContentDescriptor;
  readonly layers: readonly ContentDescriptor[];
}

async function walk(
  descriptor: ContentDescriptor,
  layersOf: Map<string, readonly ContentDescriptor[]>,
  images: UnpackJob[],
  download: Download,
  options: DownloadOptions,
): Promise<void> {
  await download.fetch(descriptor);
  const layers = layersOf.get(descriptor.digest) ?? [];
  if (isImageConfigType(descriptor.mediaType) && layers.length > 0)
    images.push({ config: descriptor, layers });
  let children = chosenChildren(descriptor, download, options);
  if (isImageManifestType(descriptor.mediaType)) {
    const ownLayers = children.filter(({ mediaType }) => isLayerType(mediaType));
    children = children.filter(({ mediaType }) => !isLayerType(mediaType));
    for (const { digest } of children) layersOf.set(digest, ownLayers);
  }
  for (const child of children) await walk(child, layersOf, images, download, options);
}

/** The transfer service takes every manifest of exactly this platform, a local pull the best of those that run. */
function chosenChildren(
  descriptor: ContentDescriptor,
  download: Download,
  { profile, platform }: DownloadOptions,
): readonly ContentDescriptor[] {
  const bytes = download.content(descriptor.digest)?.bytes;
  if (bytes === undefined) return [];
  const choice = profile.pull === 'transfer' ? exactPlatform(platform) : preferredPlatforms(platform);
  const all = childrenOf(descriptor, bytes);
  const children = all.filter((child) => child.platform === undefined || choice.matches(child.platform));
  if (profile.pull === 'transfer' || !isIndexType(descriptor.mediaType)) return children;
  const [best] = byPreference(children, choice);
  if (best === undefined) throw noPlatform('manifest', all, platform);
  return [best];
}

/** @returns false when the image is for another platform: its layers are downloaded and not looked at */
async function unpack(
  { config, layers }: UnpackJob,
  download: Download,
  { profile, platform }: DownloadOptions,
): Promise<boolean> {
  const facts = configFacts(config, download);
  const { diffIds } = facts;
  if (layers.length !== diffIds.length) {
    throw new PullError(`number of layers and diffIDs don't match: ${layers.length} != ${diffIds.length}`, {
      kind: 'content-mismatch',
      digest: config.digest,
    });
  }
  const isForUs = profile.pull === 'local' || exactPlatform(platform).matches(facts.platform);
  const isImage = facts.rootfsType === '' || facts.rootfsType === 'layers';
  if (!isForUs || !isImage) {
    for (const layer of layers) await download.fetchLayer(layer);
    return false;
  }
  await applyLayers(layers, diffIds, download, profile);
  return true;
}

function configFacts(config: ContentDescriptor, download: Download): ImageConfigFacts {
  try {
    return readImageConfig(download.content(config.digest)?.bytes ?? new Uint8Array());
  } catch (error) {
    throw wrapError('unmarshal image config: ', error);
  }
}

/** From the first layer whose snapshot is missing on, everything is fetched. */
async function applyLayers(
  layers: readonly ContentDescriptor[],
  diffIds: readonly string[],
  download: Download,
  profile: ContainerdProfile,
): Promise<void> {
  const chainIds = chainIdsOf(diffIds);
  const firstMissing = chainIds.findIndex((chainId) => !download.hasSnapshot(chainId));
  for (const [index, layer] of layers.entries()) {
    if (firstMissing < 0 || index < firstMissing) continue;
    await download.fetchLayer(layer);
    checkDiffId(layer, diffIds[index] ?? '', download, profile);
    download.addSnapshot(chainIds[index] ?? '');
  }
}

function checkDiffId(
  layer: ContentDescriptor,
  expected: string,
  download: Download,
  profile: ContainerdProfile,
) {
  const { diffId: actual = expected, unpackProblem } = download.content(layer.digest) ?? {};
  if (unpackProblem !== undefined) {
    throw new PullError(`failed to extract layer ${expected}: ${unpackProblem}`, {
      kind: 'content-mismatch',
      digest: layer.digest,
    });
  }
  if (actual === expected) return;
  const text =
    profile.wrongDiffIdText === 'long'
      ? `wrong diff id "${actual}" calculated on extraction "${expected}", desc "${layer.digest}"`
      : `wrong diff id calculated on extraction "${expected}"`;
  throw new PullError(text, { kind: 'content-mismatch', digest: layer.digest });
}

/** OCI image-spec: the chain ID of a layer covers all layers below it. */
export function chainIdsOf(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const below = chain[chain.length - 1];
    chain.push(
      below === undefined
        ? diffId
        : `sha256:${createHash('sha256').update(`${below} ${diffId}`).digest('hex')}`,
    );
  }
  return chain;
}

/** @param what `manifest`, or `manifest D` for the text of 2.1+ */
export function noPlatform(what: string, offered: readonly ContentDescriptor[], wanted: Platform): PullError {
  return new PullError(
    `no match for platform in ${what}: not found`,
    { kind: 'no-platform', wanted: platformText(wanted), offered: offered.flatMap(platformTexts) },
    'NotFound',
  );
}

const platformText = ({ os, architecture, variant }: Platform) =>
  [os, architecture, variant].filter((part) => part !== undefined).join('/');

const platformTexts = ({ platform }: ContentDescriptor) =>
  platform === undefined ? [] : [platformText(platform)];
