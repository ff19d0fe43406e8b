import type { AccessPolicy } from '../access/decision.js';
import type { TokenVerifier } from '../access/token-verification.js';
import type { ContentStore } from './content-store.js';
import type { FaultBoard } from './fault-board.js';
import type { Limits } from './limits.js';
import type { Warning } from './warnings.js';

/** What a token realm may depend on: how the client called this server. */
export interface RealmRequest {
  /** The host that was selected, and by what. */
  readonly registry: string;
  readonly selectedBy: 'namespace' | 'host' | 'default';
  /** The `Host` header as sent. */
  readonly hostHeader: string | undefined;
  /** Where the connection came in: `127.0.0.1:43121`. */
  readonly listeningAddress: string;
  readonly secure: boolean;
}

/** How a registry host finds out who is asking. */
export type RegistryAuth =
  | {
      /** Bearer tokens (registry.md §8). The token alone says what its bearer may do. */
      readonly kind: 'token';
      /** The `service` of the challenge. */
      readonly service: string;
      /** The address of the token endpoint, for this client. */
      readonly realm: (request: RealmRequest) => string;
      readonly verify: TokenVerifier;
      /**
       * What tokens cannot say: who may move a tag, whose repositories the catalog lists. Without it every bearer of
       * a push right moves tags.
       */
      readonly policy?: AccessPolicy;
    }
  /** User name and password on each request (registry.md §7). */
  | { readonly kind: 'basic'; readonly realm: string; readonly policy: AccessPolicy }
  /** Anyone pulls, pushes, deletes. */
  | { readonly kind: 'none' };

export type Visibility = 'public' | 'private';

/** One registry that the server plays. */
export interface RegistryHost {
  /** The name in image references, with port if it has one: `docker.io`. */
  readonly host: string;
  /** Other names of the same registry: `registry-1.docker.io`. */
  readonly aliases?: readonly string[];
  readonly auth: RegistryAuth;
  readonly store: ContentStore;
  /** Who sees a repository. Unknown ones are private: existence must not leak. Default: all private. */
  readonly visibility?: (repository: string) => Visibility;
  /** Serve `/v2/_catalog`. Default false, as large registries do. */
  readonly catalog?: boolean;
  /** Allow deletes of tags, manifests and blobs: one switch for all three (CVE-2026-41888). Default true. */
  readonly delete?: boolean;
  /** Serve the referrers API. Default true; without it clients use the fallback tag. */
  readonly referrers?: boolean;
  /** Take image manifests whose config or layers are missing. Default false: they are refused, as distribution does. */
  readonly sparseImages?: boolean;
  /** What OCI Distribution has behind 1.1. All default to true. */
  readonly extras?: Partial<Extras>;
  /** Answer blob GETs with 307 to this base address: `https://cdn.example`. */
  readonly redirectBlobsTo?: string;
  /** Entries of one page of tags, referrers or catalog, whatever `n` asks. Default: no bound but `n`. */
  readonly pageSize?: number;
  /** Announced as `OCI-Chunk-Min-Length`; shorter chunks that are not the last are refused. */
  readonly chunkMinBytes?: number;
  readonly limits?: Partial<Limits>;
  readonly faults?: FaultBoard;
  readonly warnings?: readonly Warning[];
}

/** Parts of OCI Distribution 1.1+dev, each with its switch (registry.md §0.1). */
export interface Extras {
  /** `POST …/blobs/uploads/?digest-algorithm=` */
  readonly digestAlgorithm: boolean;
  /** `PUT …/manifests/<digest>?tag=` with `OCI-Tag` */
  readonly tagParameter: boolean;
  /** `DELETE` of an upload session */
  readonly uploadCancel: boolean;
}
