import { hostsDirectoryAt } from '../runtime/hosts-directory.js';
import { readHostConfigs } from '../runtime/hosts-file.js';
import { containerdProfiles } from '../versions/containerd.js';
import type { World, WorldNode } from './world.js';

/** The mirrors that a node's hosts.toml files name, by the registry host of image names; for explanations. */
export function nodeMirrors(
  { runtime, hostsDir }: Pick<WorldNode, 'runtime' | 'hostsDir'>,
  { registries }: Pick<World, 'registries'>,
): Readonly<Record<string, readonly string[]>> {
  if (hostsDir === undefined || runtime === 'cri-o') return {};
  const directory = hostsDirectoryAt(hostsDir);
  const profile = containerdProfiles[runtime];
  const mirrors = registries.map(({ host }) => {
    const configs = readHostConfigs(directory, host, profile) ?? [];
    return [
      host,
      configs.map((config) => config.host).filter((name) => name !== '' && name !== host),
    ] as const;
  });
  return Object.fromEntries(mirrors.filter(([, names]) => names.length > 0));
}
