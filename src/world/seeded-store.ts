import { isDigest } from '../image/digest.js';
import type { Awaitable, ContentStore } from '../registry/content-store.js';
import { chain } from '../registry/registry-call.js';
import { type SynthesisedContent, synthesiseImage } from './image-synthesis.js';
import type { WorldRepository } from './world.js';
import { defaultPlatforms } from './world-schema.js';

/** What a registry has before anybody pushes. */
export interface Seeds {
  /** Registry host, for the names inside the images. */
  readonly host: string;
  readonly repositories: readonly Pick<WorldRepository, 'name' | 'tags'>[];
  /** Every tag of every repository exists, declared or not (`--undeclared public`). */
  readonly everything?: boolean;
}

/** A store whose images may become more while it is used. */
export interface SeededStore extends ContentStore {
  /** From now on these are the declared ones. A tag that is declared anew comes back although somebody deleted it. */
  readonly declare: (repositories: Seeds['repositories']) => void;
}

/**
 * A content store that also holds the images of a world. They are made when somebody asks for them; content that was
 * pushed wins over an image of the same tag.
 */
export function seededStore(inner: ContentStore, seeds: Seeds): SeededStore {
  let declared = tagsByRepository(seeds.repositories);
  /** What was begun is never begun again: not while it runs, and not after somebody deleted it. */
  const planted = new Map<string, Planted>();

  const plantTag = (repository: string, tag: string): Awaitable<void> => {
    const key = `${repository}:${tag}`;
    const declaration = declared.get(repository)?.[tag];
    const before = planted.get(key);
    if (before !== undefined && before.declaration === declaration) return before.done;
    const platforms = declaration?.platforms ?? (seeds.everything ? defaultPlatforms : undefined);
    if (platforms === undefined) return undefined;
    const done = chain(inner.findManifest(repository, tag), (existing) =>
      existing === undefined ? plant(inner, seeds.host, repository, tag, platforms) : undefined,
    );
    planted.set(key, { declaration, done });
    return done;
  };

  const plantAll = (repository: string): Awaitable<void> =>
    each(Object.keys(declared.get(repository) ?? {}), (tag) => plantTag(repository, tag));

  /** Looks first, so that content that is there costs nothing; then plants what might be meant, and looks again. */
  const findOrPlant = <T>(
    find: () => Awaitable<T | undefined>,
    plantIt: () => Awaitable<void>,
  ): Awaitable<T | undefined> =>
    chain(find(), (found) => (found === undefined ? chain(plantIt(), find) : found));

  return {
    ...inner,
    declare: (repositories) => {
      declared = tagsByRepository(repositories);
    },
    findManifest: (repository, reference) =>
      findOrPlant(
        () => inner.findManifest(repository, reference),
        () => (isDigest(reference) ? plantAll(repository) : plantTag(repository, reference)),
      ),
    findBlob: (repository, digest) =>
      findOrPlant(
        () => inner.findBlob(repository, digest),
        () => plantAll(repository),
      ),
    putManifest: (repository, manifest, tags, options) =>
      chain(plantAll(repository), () => inner.putManifest(repository, manifest, tags, options)),
    deleteManifest: (repository, digest) =>
      chain(plantAll(repository), () => inner.deleteManifest(repository, digest)),
    deleteTag: (repository, tag) => chain(plantAll(repository), () => inner.deleteTag(repository, tag)),
    mountBlob: (target, source, digest) =>
      chain(plantAll(source), () => inner.mountBlob(target, source, digest)),
    deleteBlob: (repository, digest) =>
      chain(plantAll(repository), () => inner.deleteBlob(repository, digest)),
    listTags: (repository) =>
      chain(plantAll(repository), () =>
        chain(inner.listTags(repository), (tags) => tags ?? (declared.has(repository) ? [] : undefined)),
      ),
    listRepositories: () =>
      chain(inner.listRepositories(), (names) => [...new Set([...names, ...declared.keys()])].sort()),
    listReferrers: (repository, subject) =>
      chain(plantAll(repository), () => inner.listReferrers(repository, subject)),
  };
}

interface Planted {
  /** The tag as declared: another object after it was declared anew. */
  readonly declaration: WorldRepository['tags'][string] | undefined;
  readonly done: Awaitable<void>;
}

const tagsByRepository = (
  repositories: Seeds['repositories'],
): ReadonlyMap<string, WorldRepository['tags']> =>
  new Map(repositories.map(({ name, tags }) => [name, tags]));

function plant(
  store: ContentStore,
  host: string,
  repository: string,
  tag: string,
  platforms: readonly string[],
): Awaitable<void> {
  const image = synthesiseImage({ repository: `${host}/${repository}`, tag, platforms });
  const put = (manifest: SynthesisedContent, tags: readonly string[]) =>
    chain(store.putManifest(repository, manifest, tags, { mayMoveTags: false }), () => undefined);
  return chain(
    each(image.blobs, (blob) => upload(store, repository, blob)),
    () =>
      chain(
        each(image.manifests, (manifest) => put(manifest, [])),
        () => put(image.index, [tag]),
      ),
  );
}

const upload = (store: ContentStore, repository: string, blob: SynthesisedContent): Awaitable<void> =>
  chain(store.startUpload(), (started) =>
    chain(started.append(blob.bytes), () => started.commit(repository, blob.digest)),
  );

function each<T>(items: readonly T[], act: (item: T) => Awaitable<void>): Awaitable<void> {
  return items.reduce<Awaitable<void>>((before, item) => chain(before, () => act(item)), undefined);
}
