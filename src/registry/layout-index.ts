import { type Digest, isDigest } from '../image/digest.js';
import { isTag } from '../image/reference-grammar.js';

/** A manifest of a layout, as its `index.json` lists it. */
export interface LayoutManifest {
  readonly mediaType: string;
  readonly size: number;
  /** The same bytes were pushed as a blob too, and stay when the manifest goes. */
  readonly alsoBlob: boolean;
  /** Further members of the descriptor, which other tools wrote. */
  readonly more: Readonly<Record<string, unknown>>;
}

/** What an `index.json` says. */
export interface LayoutIndex {
  readonly tags: ReadonlyMap<string, Digest>;
  readonly manifests: ReadonlyMap<Digest, LayoutManifest>;
  /** Further members of the document. */
  readonly more: Readonly<Record<string, unknown>>;
}

/** How layouts name an image; skopeo and umoci look for it (image-spec, annotations). */
const tagAnnotation = 'org.opencontainers.image.ref.name';

/** Ours, on the rare manifest that is a blob as well. */
const blobAnnotation = 'dev.pullsim.also-blob';

export const emptyIndex: LayoutIndex = { tags: new Map(), manifests: new Map(), more: {} };

/** An `index.json` that cannot be read. */
export class InvalidLayout extends Error {
  override readonly name = 'InvalidLayout';
}

/**
 * @param file where the text is from, for the message
 * @throws InvalidLayout
 */
export function readLayoutIndex(text: string, file: string): LayoutIndex {
  try {
    return readIndex(text);
  } catch (error) {
    throw error instanceof InvalidLayout ? new InvalidLayout(`${file}: ${error.message}`) : error;
  }
}

function readIndex(text: string): LayoutIndex {
  const { schemaVersion: _, mediaType: __, manifests: listed, ...more } = objectOf(parse(text));
  const tags = new Map<string, Digest>();
  const manifests = new Map<Digest, LayoutManifest>();
  for (const entry of Array.isArray(listed) ? listed : []) {
    const { mediaType, digest, size, annotations, ...others } = objectOf(entry);
    if (typeof digest !== 'string' || !isDigest(digest)) continue;
    const { [tagAnnotation]: tag, [blobAnnotation]: blob, ...otherAnnotations } = objectOf(annotations ?? {});
    if (typeof tag === 'string' && isTag(tag)) tags.set(tag, digest);
    // Names that are no tags, as `ctr` writes them, are kept, but nobody can ask for them.
    else if (tag !== undefined) otherAnnotations[tagAnnotation] = tag;
    manifests.set(digest, {
      mediaType: typeof mediaType === 'string' ? mediaType : '',
      size: typeof size === 'number' ? size : 0,
      alsoBlob: blob !== undefined,
      more: {
        ...others,
        ...(Object.keys(otherAnnotations).length > 0 && { annotations: otherAnnotations }),
      },
    });
  }
  return { tags, manifests, more };
}

/** One entry per tag, and one for each manifest without. */
export function writeLayoutIndex({ tags, manifests, more }: LayoutIndex): string {
  const tagged = new Set(tags.values());
  const entries = [
    ...[...tags].sort(([a], [b]) => (a < b ? -1 : 1)).map(([tag, digest]) => entryOf(digest, manifests, tag)),
    ...[...manifests.keys()]
      .filter((digest) => !tagged.has(digest))
      .map((digest) => entryOf(digest, manifests)),
  ];
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    ...more,
    manifests: entries,
  });
}

function entryOf(digest: Digest, manifests: LayoutIndex['manifests'], tag?: string): object {
  const { mediaType = '', size = 0, alsoBlob = false, more = {} } = manifests.get(digest) ?? {};
  const annotations = {
    ...(more.annotations as object | undefined),
    ...(alsoBlob && { [blobAnnotation]: 'true' }),
    ...(tag !== undefined && { [tagAnnotation]: tag }),
  };
  const hasAnnotations = Object.keys(annotations).length > 0;
  return { ...more, mediaType, digest, size, ...(hasAnnotations && { annotations }) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidLayout('index.json is not JSON');
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new InvalidLayout('index.json holds something else than objects where they belong');
}
