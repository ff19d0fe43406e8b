import { resolve } from 'node:path';
import type { World, WorldNode, WorldRegistry } from './world.js';
import {
  defaultPlatforms,
  type NodeDocument,
  type RegistryDocument,
  type WorldDocument,
} from './world-schema.js';

/**
 * Fills in what a world file leaves out (DESIGN §3.2).
 *
 * @param folder where relative file names start: the world file's folder
 */
export function completeWorld(document: WorldDocument, folder: string): World {
  const nodes = document.nodes?.length ? document.nodes : [{ name: 'node-1' }];
  const completed = nodes.map((node) => completeNode(node, folder));
  return {
    registries: (document.registries ?? []).map((registry) => completeRegistry(registry, folder)),
    undeclared: document.undeclared ?? 'error',
    nodes: completed,
    kubernetesVersion: minorVersion(document.kubernetesVersion) ?? highest(completed),
    alwaysPullImages: document.alwaysPullImages ?? false,
  };
}

/** `v1.36.2` → `1.36`: what differs between releases differs between minor releases. */
export function minorVersion(version: string | undefined): string | undefined {
  return version === undefined ? undefined : /^v?(\d+\.\d+)/.exec(version)?.[1];
}

function completeRegistry(registry: RegistryDocument, folder: string): WorldRegistry {
  const auth = registry.auth ?? 'token';
  // Nobody asks for credentials under "auth: none": what is there is public.
  const visibility = auth === 'none' ? 'public' : 'private';
  const accounts = registry.users ?? [];
  return {
    host: registry.host,
    auth,
    tls: registry.tls ?? 'trusted',
    repositories: (registry.repositories ?? []).map((repository) => ({
      name: repository.name,
      visibility: repository.visibility ?? visibility,
      tags: mapValues(repository.tags ?? {}, (tag) => ({ platforms: tag?.platforms ?? defaultPlatforms })),
      digests: repository.digests ?? [],
    })),
    users: accounts.map((user) => ({ ...user, disabled: user.disabled ?? false })),
    robots: (registry.robots ?? []).map((robot) => ({ ...robot, disabled: false })),
    groups: registry.groups ?? {},
    ...(registry.access && { access: registry.access }),
    delete: registry.delete ?? true,
    catalog: registry.catalog ?? false,
    faults: registry.faults ?? [],
    limits: registry.limits ?? {},
    ...absolute(registry, ['htpasswd', 'signingKey', 'layout'], folder),
  };
}

function completeNode(node: NodeDocument, folder: string): WorldNode {
  const { credentialProviders } = node;
  return {
    name: node.name,
    platform: node.platform ?? 'linux/amd64',
    kubernetesVersion: minorVersion(node.kubernetesVersion) ?? '1.36',
    runtime: node.runtime ?? 'containerd-2.3',
    images: node.images ?? [],
    labels: node.labels ?? {},
    ...absolute(node, ['dockerConfig', 'hostsDir', 'registriesConf', 'kubeletConfig'], folder),
    ...(credentialProviders && {
      credentialProviders: {
        config: resolve(folder, credentialProviders.config),
        binDir: resolve(folder, credentialProviders.binDir),
      },
    }),
  };
}

const minorNumber = (version: string): number => Number(version.split('.')[1]);

const highest = (nodes: readonly WorldNode[]): string =>
  nodes.map((node) => node.kubernetesVersion).reduce((a, b) => (minorNumber(b) > minorNumber(a) ? b : a));

/** The named file names among the keys, absolute; absent ones stay absent. */
function absolute<K extends string>(
  from: { readonly [P in K]?: string },
  keys: readonly K[],
  folder: string,
): { [P in K]?: string } {
  return Object.fromEntries(
    keys.flatMap((key) => (from[key] === undefined ? [] : [[key, resolve(folder, from[key])]])),
  ) as { [P in K]?: string };
}

const mapValues = <A, B>(from: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(from).map(([key, value]) => [key, change(value)]));
