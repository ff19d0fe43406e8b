import type { WorldDocument } from '../world/world-schema.js';

/** A Kubernetes object as it is written. */
export interface Manifest {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: Readonly<Record<string, unknown>> & {
    readonly name?: string;
    readonly namespace?: string;
  };
}

export interface SecretManifest extends Manifest {
  readonly type?: string;
  /** base64 */
  readonly data?: Readonly<Record<string, string>>;
  /** As it is. */
  readonly stringData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

/** Any part of a world file. */
export type WorldPart = Partial<WorldDocument>;

/** How a rule's mistake is made, by what it is made in. */
export type Mutation =
  | { readonly of: 'secret'; readonly apply: (secret: SecretManifest) => SecretManifest }
  /** A secret that is applied before the right one, and stays. */
  | { readonly of: 'earlier-secret'; readonly apply: (secret: SecretManifest) => SecretManifest }
  | { readonly of: 'pod'; readonly apply: (pod: Manifest) => Manifest }
  | { readonly of: 'image'; readonly apply: (image: string) => string }
  | { readonly of: 'account'; readonly apply: (account: Manifest) => Manifest }
  | { readonly of: 'manifests'; readonly apply: (manifests: readonly Manifest[]) => readonly Manifest[] }
  | { readonly of: 'world'; readonly apply: (world: WorldPart) => WorldPart };

/** Mutations by the id of the rule that explains them. */
export type Mutations = Readonly<Record<string, Mutation>>;
