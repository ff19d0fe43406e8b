import { matchesPlatform, parsePlatform } from '../image/platform.js';
import { parseRuntimeReference } from '../image/reference.js';
import { createImageStore, type ImageStore, type StoredContent } from '../runtime/image-store.js';
import { type SynthesisedImage, synthesiseImage } from './image-synthesis.js';
import type { World, WorldNode } from './world.js';
import { defaultPlatforms } from './world-schema.js';

/**
 * The images that a node holds before any pod comes: those that its world lists, complete with their content, as if they
 * had been pulled. An image that no registry of the world has was loaded by hand.
 */
export function nodeStore(
  node: Pick<WorldNode, 'images' | 'platform' | 'runtime'>,
  world: World,
): ImageStore {
  const store = createImageStore();
  for (const image of node.images) loadImage(store, image, node, world);
  return store;
}

function loadImage(
  store: ImageStore,
  image: string,
  node: Pick<WorldNode, 'platform' | 'runtime'>,
  world: World,
): void {
  const { host, path, tag, digest, name } = parseRuntimeReference(image);
  const declared = world.registries
    .find((registry) => registry.host === host)
    ?.repositories.find((repository) => repository.name === path)?.tags[tag]?.platforms;
  const platforms = declared ?? [...defaultPlatforms, node.platform];
  const made = synthesiseImage({ repository: `${host}/${path}`, tag: tag || digest, platforms });
  const { config, contents, snapshots, sizeBytes } = contentOf(made, platforms, node.platform);
  const id = node.runtime === 'cri-o' ? config.replace(/^sha256:/, '') : config;
  store.add({ contents, snapshots, images: [[name, { id, sizeBytes }]] });
}

/** What a runtime keeps of one platform's image. */
function contentOf(image: SynthesisedImage, platforms: readonly string[], wanted: string) {
  const found = platforms.findIndex((offered) =>
    matchesPlatform(parsePlatform(wanted), parsePlatform(offered)),
  );
  const index = Math.max(found, 0);
  const manifest = image.manifests[index]!;
  const [config, layer] = [image.blobs[2 * index]!, image.blobs[2 * index + 1]!];
  const [diffId] = (JSON.parse(Buffer.from(config.bytes).toString()) as ImageConfig).rootfs.diff_ids;
  const kept = [image.index, manifest, config].map(({ digest, bytes }): [string, StoredContent] => [
    digest,
    { sizeBytes: bytes.length, bytes },
  ]);
  const unpacked: [string, StoredContent] = [layer.digest, { sizeBytes: layer.bytes.length, diffId }];
  const contents = [...kept, unpacked];
  return {
    config: config.digest as string,
    contents,
    // The chain ID of a single layer is its diff ID.
    snapshots: [diffId],
    sizeBytes: contents.reduce((sum, [, content]) => sum + content.sizeBytes, 0),
  };
}

interface ImageConfig {
  readonly rootfs: { readonly diff_ids: readonly [string] };
}
