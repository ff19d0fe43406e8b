import { emptyWorld, resolveWorld } from './resolve-world.js';
import type { World } from './world.js';
import { worldFromObject } from './world-file.js';
import type { WorldDocument } from './world-schema.js';

/**
 * A world as library users give it: the path of a world file, `classroom` for the bundled one, or the file's content
 * as an object, in which `apiVersion` and `kind` may be left out.
 */
export type WorldInput = string | Partial<WorldDocument>;

/**
 * @param fallback the world when none is given
 * @throws {@link WorldError} with every mistake
 */
export function readWorldInput(input: WorldInput | undefined, fallback: 'none' | 'classroom'): World {
  if (typeof input === 'object') return worldFromObject(input);
  if (input === undefined && fallback === 'none') return emptyWorld();
  return resolveWorld(input ?? 'classroom', { fallback }).world;
}
