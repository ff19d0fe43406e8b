import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { completeWorld } from './complete-world.js';
import type { World } from './world.js';
import { readWorldFile } from './world-file.js';

/** The world file that is looked for where a command runs. */
export const worldFileName = 'pullsim.yaml';

/** Worlds that come with the package, by the name that `--config` takes. */
const bundledWorlds = { classroom: '../../fixtures/worlds/classroom.yaml' } as const;

export interface ResolvedWorld {
  readonly world: World;
  /** Where it came from: a file as the user knows it, or `none` for a world without registries. */
  readonly from: { readonly kind: 'file' | 'bundled'; readonly name: string } | { readonly kind: 'none' };
}

/**
 * Which world a command works on (DESIGN §3.2): the file that `--config` names, a bundled world of that name, or else
 * `pullsim.yaml` in the folder, or else `fallback`: the bundled world for `serve`, none for `check`.
 *
 * @throws {@link WorldError}
 */
export function resolveWorld(
  config: string | undefined,
  { folder = '.', fallback }: { folder?: string; fallback: 'none' | 'classroom' },
): ResolvedWorld {
  if (config !== undefined) return named(config);
  const here = join(folder, worldFileName);
  if (existsSync(here)) return { world: readWorldFile(here), from: { kind: 'file', name: here } };
  return fallback === 'none' ? { world: emptyWorld(), from: { kind: 'none' } } : named(fallback);
}

/** One node-1, and no registry at all. */
export const emptyWorld = (): World => completeWorld({ apiVersion: 'pullsim/v1', kind: 'World' }, '.');

/** A bundled name means the bundled world, whatever the folder holds; `./classroom` means a file. */
function named(config: string): ResolvedWorld {
  if (Object.hasOwn(bundledWorlds, config)) {
    const file = fileURLToPath(new URL(bundledWorlds[config as keyof typeof bundledWorlds], import.meta.url));
    return { world: readWorldFile(file), from: { kind: 'bundled', name: config } };
  }
  return { world: readWorldFile(config), from: { kind: 'file', name: config } };
}
