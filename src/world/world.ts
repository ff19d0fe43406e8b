import type { ContentReader } from '../registry/content-store.js';
import type {
  authModes,
  RegistryDocument,
  runtimeNames,
  tlsStates,
  undeclaredModes,
} from './world-schema.js';

/**
 * A world after defaulting: what exists outside the manifests. Made by {@link readWorld}; nothing in it is
 * optional that has a default. File names are absolute.
 */
export interface World {
  readonly registries: readonly WorldRegistry[];
  readonly undeclared: (typeof undeclaredModes)[number];
  readonly nodes: readonly WorldNode[];
  /** Of the API server and kubectl, `1.36`. */
  readonly kubernetesVersion: string;
  readonly alwaysPullImages: boolean;
}

export interface WorldRegistry {
  /** The name in image references: `docker.io`, `myprivateregistry.com:5000`. */
  readonly host: string;
  readonly auth: (typeof authModes)[number];
  readonly tls: (typeof tlsStates)[number];
  readonly repositories: readonly WorldRepository[];
  readonly users: readonly WorldUser[];
  readonly robots: readonly (WorldUser & { readonly expires?: string })[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly htpasswd?: string;
  /** Absent: every user may do everything. */
  readonly access?: NonNullable<RegistryDocument['access']>;
  readonly delete: boolean;
  readonly catalog: boolean;
  readonly signingKey?: string;
  readonly layout?: string;
  /** Content of a registry that is being served, which then stands for what is declared; never in a world file. */
  readonly served?: ContentReader;
  readonly faults: NonNullable<RegistryDocument['faults']>;
  readonly limits: NonNullable<RegistryDocument['limits']>;
}

export interface WorldRepository {
  readonly name: string;
  readonly visibility: 'public' | 'private';
  /** Tag to its platforms. */
  readonly tags: Readonly<Record<string, { readonly platforms: readonly string[] }>>;
  readonly digests: readonly string[];
}

export interface WorldUser {
  readonly name: string;
  readonly password?: string;
  readonly passwordHash?: string;
  readonly disabled: boolean;
}

export interface WorldNode {
  readonly name: string;
  /** `linux/amd64` */
  readonly platform: string;
  /** Minor version: `1.36`. */
  readonly kubernetesVersion: string;
  readonly runtime: (typeof runtimeNames)[number];
  readonly images: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly dockerConfig?: string;
  readonly hostsDir?: string;
  readonly registriesConf?: string;
  readonly kubeletConfig?: string;
  readonly credentialProviders?: { readonly config: string; readonly binDir: string };
}
