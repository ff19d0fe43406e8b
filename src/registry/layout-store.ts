import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Awaitable, ContentReader, ContentStore } from './content-store.js';
import { componentOfFolder, privateFolder, repositoryFolder } from './layout-path.js';
import { LayoutRepository } from './layout-repository.js';
import { createLayoutUpload } from './layout-upload.js';
import { createManifestCache } from './manifest-cache.js';
import { chain } from './registry-call.js';
import { lockStore } from './store-lock.js';

/** Manifests kept in memory, all repositories together. */
const cachedManifestBytes = 64 * 1024 * 1024;

/**
 * Content in a folder, each repository an OCI image layout of its own: `skopeo inspect oci:ROOT/team/app:v1` and
 * `umoci ls --layout ROOT/team/app` read it while the server is stopped, and what they put there is served after the next
 * start. What is acknowledged survives `kill -9`.
 *
 * @throws StoreLocked when another process serves the folder
 */
export async function openLayoutStore(root: string): Promise<ContentStore> {
  const own = join(resolve(root), privateFolder);
  const uploads = join(own, 'uploads');
  await mkdir(own, { recursive: true });
  const unlock = await lockStore(join(own, 'lock'));
  // What a killed server left half done was never acknowledged.
  await rm(uploads, { recursive: true, force: true });
  await mkdir(uploads);
  const repositories = createRepositories(resolve(root), uploads);
  return {
    findManifest: (name, reference) => repositories.read(name, (found) => found.findManifest(reference)),
    putManifest: (name, manifest, tags, { mayMoveTags }) =>
      repositories.change(name, (repository) => repository.putManifest(manifest, tags, mayMoveTags)),
    deleteManifest: async (name, digest) =>
      (await repositories.read(name, (found) => found.deleteManifest(digest))) ?? false,
    deleteTag: async (name, tag) => (await repositories.read(name, (found) => found.deleteTag(tag))) ?? false,
    findBlob: (name, digest) => repositories.read(name, (found) => found.findBlob(digest)),
    startUpload: () =>
      createLayoutUpload(repositories.temporary(), (name, digest, file) =>
        repositories.change(name, (repository) => repository.adoptBlob(digest, file)),
      ),
    mountBlob: async (target, source, digest) => {
      const from = await repositories.read(source, (found) => found);
      return (
        from !== undefined && repositories.change(target, (repository) => repository.mountBlob(digest, from))
      );
    },
    deleteBlob: async (name, digest) =>
      (await repositories.read(name, (found) => found.deleteBlob(digest))) ?? false,
    listTags: (name) => repositories.read(name, (found) => found.listTags()),
    listRepositories: () => listRepositories(resolve(root)),
    listReferrers: (name, subject) =>
      chain(
        repositories.read(name, (found) => found.listReferrers(subject)),
        (list) => list ?? [],
      ),
    close: async () => {
      await repositories.settle();
      await unlock();
    },
  };
}

/**
 * Reads what such a folder holds, without its lock and without a trace: also while another process serves it. What that
 * process pushes after a repository was looked at is not seen.
 */
export function readLayoutStore(root: string): ContentReader {
  const repositories = createRepositories(resolve(root), join(resolve(root), privateFolder, 'uploads'));
  return {
    findManifest: (name, reference) => repositories.read(name, (found) => found.findManifest(reference)),
    findBlob: (name, digest) => repositories.read(name, (found) => found.findBlob(digest)),
  };
}

/** The repositories that were looked at so far. */
interface Repositories {
  /** `undefined` when there is no such repository. */
  read<T>(name: string, act: (repository: LayoutRepository) => Awaitable<T>): Awaitable<T | undefined>;
  /** Makes the repository if need be. */
  change<T>(name: string, act: (repository: LayoutRepository) => Promise<T>): Promise<T>;
  temporary(): string;
  settle(): Promise<void>;
}

function createRepositories(root: string, uploads: string): Repositories {
  const cache = createManifestCache(cachedManifestBytes);
  const temporary = () => join(uploads, randomBytes(12).toString('hex'));
  const known = new Map<string, Awaitable<LayoutRepository>>();
  const open = (name: string): Awaitable<LayoutRepository> => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const opening = LayoutRepository.open({ root, folder: repositoryFolder(root, name), cache, temporary });
    known.set(name, opening);
    opening.then(
      (repository) => known.set(name, repository),
      () => known.delete(name),
    );
    return opening;
  };
  return {
    read: (name, act) => {
      const found = known.get(name);
      if (found !== undefined) return chain(found, act);
      // Asking for a million repositories that do not exist must leave nothing behind.
      return isLayout(repositoryFolder(root, name)).then((is) => (is ? chain(open(name), act) : undefined));
    },
    change: async (name, act) => act(await open(name)),
    temporary,
    settle: async () => {
      for (const repository of known.values()) await (await repository).settle();
    },
  };
}

async function isLayout(folder: string): Promise<boolean> {
  const found = await stat(join(folder, 'index.json')).catch(() => undefined);
  return found?.isFile() === true;
}

async function listRepositories(root: string): Promise<readonly string[]> {
  const found: string[] = [];
  const walk = async (folder: string, components: readonly string[]): Promise<void> => {
    if (components.length > 0 && (await isLayout(folder))) found.push(components.join('/'));
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const component = entry.isDirectory() ? componentOfFolder(entry.name) : undefined;
      if (component !== undefined) await walk(join(folder, entry.name), [...components, component]);
    }
  };
  await walk(root, []);
  return found.sort();
}
