import { existsSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { HtpasswdError, openHtpasswd } from '../access/htpasswd.js';
import { openKeyFile } from '../access/key-file.js';
import { SigningKeyError } from '../access/signing-key.js';
import { type Path, printPath, type ShapeMistake } from './shape-check.js';
import type { RegistryDocument, WorldDocument } from './world-schema.js';

/**
 * What is wrong with the files that a world names: absent where they must exist, or unusable. A key file and a folder to
 * push to may be new.
 *
 * @param folder where relative names start
 */
export function checkFiles(world: WorldDocument, folder: string): ShapeMistake[] {
  const registries = world.registries ?? [];
  return [
    ...registries.flatMap((registry, index) => checkRegistryFiles(registry, ['registries', index], folder)),
    ...sharedLayouts(registries, folder),
    ...(world.nodes ?? []).flatMap((node, index) => [
      ...absent(node, nodeFiles, ['nodes', index], folder),
      ...absent(
        node.credentialProviders ?? {},
        providerFiles,
        ['nodes', index, 'credentialProviders'],
        folder,
      ),
    ]),
  ];
}

const nodeFiles = ['dockerConfig', 'hostsDir', 'registriesConf', 'kubeletConfig'] as const;
const providerFiles = ['config', 'binDir'] as const;

function absent(names: object, keys: readonly string[], path: Path, folder: string): ShapeMistake[] {
  return keys.flatMap((key) => {
    const name = (names as Record<string, string | undefined>)[key];
    if (name === undefined || existsSync(resolve(folder, name))) return [];
    return [mistake([...path, key], `there is no "${name}"`)];
  });
}

function checkRegistryFiles(registry: RegistryDocument, path: Path, folder: string): ShapeMistake[] {
  const gone = absent(registry, ['htpasswd'], path, folder);
  return [
    ...(gone.length > 0 ? gone : checkHtpasswd(registry.htpasswd, [...path, 'htpasswd'], folder)),
    ...checkSigningKey(registry.signingKey, [...path, 'signingKey'], folder),
    ...checkLayout(registry.layout, [...path, 'layout'], folder),
  ];
}

function checkHtpasswd(name: string | undefined, path: Path, folder: string): ShapeMistake[] {
  if (name === undefined) return [];
  const file = resolve(folder, name);
  return problemOf(
    () => openHtpasswd(file),
    HtpasswdError,
    path,
    (message) => message.replace(file, name),
  );
}

function checkSigningKey(name: string | undefined, path: Path, folder: string): ShapeMistake[] {
  if (name === undefined || !existsSync(resolve(folder, name))) return [];
  const file = resolve(folder, name);
  // The file exists, so nothing is made and nothing random is needed.
  const open = () => openKeyFile(file, { now: new Date(0), random: (bytes) => new Uint8Array(bytes) });
  return problemOf(open, SigningKeyError, path, (message) => message.replace(`signing key ${file}: `, ''));
}

function problemOf(
  open: () => unknown,
  kind: new (...args: never[]) => Error,
  path: Path,
  says: (message: string) => string,
): ShapeMistake[] {
  try {
    open();
    return [];
  } catch (error) {
    if (error instanceof kind) return [mistake(path, says(error.message))];
    throw error;
  }
}

function checkLayout(name: string | undefined, path: Path, folder: string): ShapeMistake[] {
  if (name === undefined) return [];
  const found = statSync(resolve(folder, name), { throwIfNoEntry: false });
  return found === undefined || found.isDirectory() ? [] : [mistake(path, `"${name}" is no folder`)];
}

/** Two stores in one folder would overwrite each other's repositories, and the lock of one would stop the other. */
function sharedLayouts(registries: readonly RegistryDocument[], folder: string): ShapeMistake[] {
  const layouts = registries.flatMap(({ host, layout }, index) =>
    layout === undefined ? [] : [{ host, index, place: `${resolve(folder, layout)}${sep}` }],
  );
  return layouts.flatMap(({ index, place }, position) => {
    const other = layouts
      .slice(0, position)
      .find((earlier) => place.startsWith(earlier.place) || earlier.place.startsWith(place));
    if (other === undefined) return [];
    const says = `the folder overlaps with the "layout" of ${other.host}: give each registry its own`;
    return [mistake(['registries', index, 'layout'], says)];
  });
}

const mistake = (path: Path, says: string): ShapeMistake => ({
  path,
  atKey: false,
  message: `${printPath(path)}: ${says}`,
});
