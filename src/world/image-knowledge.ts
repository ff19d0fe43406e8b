import { InvalidReference, parseRuntimeReference, type RuntimeReference } from '../image/reference.js';
import { dockerHub } from './docker-hub.js';
import type { World } from './world.js';

/** What a world can say of an image, and where it must stay silent (DESIGN §3.2, *Unknown*). */
export interface ImageKnowledge {
  /** Why nothing can be said about pulls from this host; `undefined` when the world knows it. */
  missingHost(host: string): string | undefined;
  /**
   * What to make of a digest that the registry does not have: its content is taken on trust, nobody gave it, or there
   * is not even a repository for it.
   */
  missingDigest(reference: RuntimeReference): 'assumed' | 'unknown' | 'absent';
}

export function imageKnowledge({ registries, undeclared }: World): ImageKnowledge {
  const byHost = new Map(registries.map((registry) => [registry.host, registry]));
  return {
    missingHost: (host) =>
      undeclared !== 'error' || byHost.has(canonicalHost(host))
        ? undefined
        : `registry "${host}" is not in the world: add it to pullsim.yaml, or answer for this run with --undeclared public or --undeclared private`,
    missingDigest: ({ host, path, digest }) => {
      const registry = byHost.get(canonicalHost(host));
      if (registry === undefined) return 'assumed';
      const repository = registry.repositories.find(({ name }) => name === path);
      if (repository === undefined) return 'absent';
      return repository.digests.includes(digest) ? 'assumed' : 'unknown';
    },
  };
}

/** The registry of an image name: `registry-1.docker.io/library/nginx` is served by Docker Hub. */
export const canonicalHost = (host: string): string =>
  (dockerHub.aliases as readonly string[]).includes(host) ? dockerHub.host : host;

/** The registry hosts of image names, without those that cannot be read; sorted. */
export function hostsOf(images: Iterable<string>): readonly string[] {
  const hosts = new Set<string>();
  for (const image of images) {
    const reference = readReference(image);
    if (reference !== undefined) hosts.add(canonicalHost(reference.host));
  }
  return [...hosts].sort();
}

export function readReference(image: string): RuntimeReference | undefined {
  try {
    return parseRuntimeReference(image);
  } catch (error) {
    if (error instanceof InvalidReference) return undefined;
    throw error;
  }
}
