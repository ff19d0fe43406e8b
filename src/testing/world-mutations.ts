import type { NodeDocument, RegistryDocument } from '../world/world-schema.js';
import type { Mutation, Mutations, WorldPart } from './mutation.js';

const world = (apply: (world: WorldPart) => WorldPart): Mutation => ({ of: 'world', apply });
const registries = (change: (registry: RegistryDocument) => RegistryDocument): Mutation =>
  world((good) => ({ ...good, registries: (good.registries ?? []).map(change) }));
const fault = (trouble: NonNullable<RegistryDocument['faults']>[number]): Mutation =>
  registries((registry) => ({ ...registry, faults: [trouble] }));
const platforms = (...names: readonly string[]): Mutation =>
  registries((registry) => ({
    ...registry,
    repositories: (registry.repositories ?? []).map((repository) => ({
      ...repository,
      tags: Object.fromEntries(
        Object.keys(repository.tags ?? {}).map((tag) => [tag, { platforms: [...names] }]),
      ),
    })),
  }));
const tls = (state: NonNullable<RegistryDocument['tls']>): Mutation =>
  registries((registry) => ({ ...registry, tls: state }));
const nodes = (change: Partial<NodeDocument>): Mutation =>
  world((good) => ({
    ...good,
    nodes: (good.nodes ?? [{ name: 'node-1' }]).map((node) => ({ ...node, ...change })),
  }));

/** Mistakes of registries and nodes, by the rule that tells them. */
export const worldMutations: Mutations = {
  CRED13: fault({ operation: 'manifest', status: 403, code: 'DENIED' }),
  IMG01: platforms('linux/arm64'),
  IMG02: platforms('unknown/unknown'),
  IMG05: fault({ operation: 'blob', kind: 'wrong-digest' }),
  IMG06: registries((registry) => ({ ...registry, limits: { pulls: { limit: 0 } } })),
  IMG07: fault({ operation: 'manifest', times: 1, status: 404, code: 'MANIFEST_UNKNOWN' }),
  NET01: tls('http'),
  NET02: tls('unknown-ca'),
  NET03: tls('http'),
  NET05: fault({ operation: 'token', status: 502 }),
  NET08: fault({ operation: 'manifest', status: 503 }),
  NODE07: nodes({ credentialProviders: { config: 'broken.provider.yaml', binDir: 'bin' } }),
  NODE06: world((good) => ({ ...good, alwaysPullImages: true })),
  NET00: nodes({ hostsDir: 'unknown-host' }),
  NET04: nodes({ hostsDir: 'mirror' }),
  NET07: nodes({ hostsDir: 'cluster-dns' }),
  PULL00: fault({ operation: 'manifest', status: 418 }),
};
