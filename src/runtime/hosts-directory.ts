import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hostPort } from './http-url.js';

/** The files below containerd's `config_path`, or the like of them in memory. */
export interface HostsDirectory {
  /** Value of `config_path`; several directories are separated by `:`. */
  readonly root: string;
  exists(path: string): boolean;
  /** `undefined` when there is no such file. */
  read(path: string): string | undefined;
  /** Names of the files in a directory, sorted. */
  list(path: string): readonly string[];
}

/** `config_path` on disk. Files are read at each pull, as containerd does. */
export function hostsDirectoryAt(root: string): HostsDirectory {
  return {
    root,
    exists: (path) => statSync(path, { throwIfNoEntry: false }) !== undefined,
    read: (path) => unlessMissing(() => readFileSync(path, 'utf8')),
    list: (path) =>
      unlessMissing(() =>
        readdirSync(path, { withFileTypes: true })
          .filter((entry) => !entry.isDirectory())
          .map((entry) => entry.name)
          .sort(),
      ) ?? [],
  };
}

/**
 * `config_path` in memory.
 *
 * @param files content by path below the root: `registry.example.com/hosts.toml`
 */
export function hostsDirectoryOf(files: Readonly<Record<string, string>>): HostsDirectory {
  const root = '/etc/containerd/certs.d';
  const contents = new Map(Object.entries(files).map(([path, content]) => [join(root, path), content]));
  const paths = [...contents.keys()].sort();
  return {
    root,
    exists: (path) => contents.has(path) || paths.some((file) => file.startsWith(`${path}/`)),
    read: (path) => contents.get(path),
    list: (path) =>
      paths.filter((file) => file.startsWith(`${path}/`)).map((file) => file.slice(path.length + 1)),
  };
}

/**
 * The directory that configures one registry host (runtime.md §4.2): its name with `:port` written `_port_`, then its
 * plain name, then `_default`.
 *
 * @param splits whether `root` is split at `:`; the transfer service of containerd 2.1+ does not
 */
export function findHostDirectory(
  directory: HostsDirectory,
  host: string,
  splits: boolean,
): string | undefined {
  const roots = splits ? directory.root.split(':').filter((root) => root !== '') : [directory.root];
  const port = hostPort(host);
  const underscored = port === '' ? host : `${host.slice(0, -port.length - 1)}_${port}_`;
  const names = [...new Set([underscored, host, '_default'])];
  return roots
    .flatMap((root) => names.map((name) => join(root, name)))
    .find((path) => directory.exists(path));
}

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
