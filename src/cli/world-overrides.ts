import { minorVersion } from '../world/complete-world.js';
import type { World, WorldNode } from '../world/world.js';
import { runtimeNames, supportedVersion } from '../world/world-schema.js';
import { UsageError } from './usage-error.js';

/** What the command line says against the world file, for one run. */
export interface WorldOverrides {
  readonly undeclared?: World['undeclared'];
  readonly kubernetesVersion?: string;
  readonly runtime?: string;
  readonly node?: string;
}

/** @throws {@link UsageError} for what the world does not have or pullsim does not know */
export function overrideWorld(world: World, overrides: WorldOverrides): World {
  const version = versionOf(overrides.kubernetesVersion);
  const runtime = runtimeOf(overrides.runtime);
  const nodes = nodesOf(world, overrides.node).map((node) => ({
    ...node,
    ...(version !== undefined && { kubernetesVersion: version }),
    ...(runtime !== undefined && { runtime }),
  }));
  return {
    ...world,
    nodes,
    kubernetesVersion: version ?? world.kubernetesVersion,
    undeclared: overrides.undeclared ?? world.undeclared,
  };
}

function versionOf(text: string | undefined): string | undefined {
  if (text === undefined || supportedVersion.pattern.test(text)) return minorVersion(text);
  throw new UsageError(`--kubernetes-version must be ${supportedVersion.says}, not "${text}"`);
}

function runtimeOf(name: string | undefined): WorldNode['runtime'] | undefined {
  const known = runtimeNames.find((candidate) => candidate === name);
  if (name === undefined || known !== undefined) return known;
  throw new UsageError(`there is no runtime "${name}"; there are: ${runtimeNames.join(', ')}`);
}

function nodesOf({ nodes }: World, name: string | undefined): readonly WorldNode[] {
  if (name === undefined) return nodes;
  const chosen = nodes.filter((node) => node.name === name);
  if (chosen.length > 0) return chosen;
  throw new UsageError(
    `the world has no node "${name}"; it has: ${nodes.map((node) => node.name).join(', ')}`,
  );
}
