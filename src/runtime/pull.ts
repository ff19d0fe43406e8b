import type { Exchange } from '../wire/exchange.js';
import type { GrpcCode } from '../wire/grpc-code.js';
import type { PullFailure } from '../wire/pull-failure.js';
import type { ImageStore } from './image-store.js';

/** CRI AuthConfig, the fields that containerd and CRI-O read (runtime.md §3). The kubelet sets only the first two. */
export interface AuthConfig {
  readonly username?: string;
  readonly password?: string;
  /** base64 of `user:password`. */
  readonly auth?: string;
  readonly serverAddress?: string;
  readonly identityToken?: string;
}

export interface PullOptions {
  /** `null` or absent: anonymous. */
  readonly auth?: AuthConfig | null;
  /** Aborting it is the CRI client going away: the pull ends with `Canceled`. */
  readonly signal?: AbortSignal;
}

/** The outcome of one CRI PullImage. */
export type PullResult =
  | {
      readonly ok: true;
      /** What CRI returns: containerd's config digest, CRI-O's bare hex. */
      readonly imageRef: string;
      /** Fully qualified: `docker.io/library/nginx:latest`. */
      readonly reference: string;
      /** Digest of the manifest or index that the reference resolved to. */
      readonly digest: string;
      /** What CRI ImageStatus reports: containerd counts compressed content, CRI-O unpacked layers. */
      readonly sizeBytes: number;
      readonly exchanges: readonly Exchange[];
    }
  | {
      readonly ok: false;
      readonly code: GrpcCode;
      readonly description: string;
      readonly failure: PullFailure;
      readonly exchanges: readonly Exchange[];
    };

/**
 * A container runtime of one version on one node: its hosts configuration, its platform, its image store.
 * Made by `createContainerd` and `createCrio`.
 */
export interface Runtime {
  pull(image: string, options?: PullOptions): Promise<PullResult>;
  /** CRI ImageStatus, by reference or by image ID. */
  status(image: string): { readonly id: string; readonly sizeBytes: number } | undefined;
  readonly store: ImageStore;
  /** The same runtime over another store: connections are shared, images are not. */
  withStore(store: ImageStore): Runtime;
  /** Closes idle connections. Runtimes made by {@link Runtime.withStore} share them. */
  close(): void;
}

/**
 * Where a connection really goes. Image hosts need no DNS: `world` maps every registry and realm to the mock; tests
 * map them to a scripted server. Absent: real DNS and real ports.
 */
export type Dial = (target: DialTarget) => DialDecision;

export interface DialTarget {
  readonly protocol: 'http' | 'https';
  /** Authority of the URL, port included when written: `registry.example.com:5000`. */
  readonly host: string;
  /** The node verifies no certificate of this host (`skip_verify`, `insecure`). */
  readonly skipsVerification?: boolean;
  /** The node was given authorities for this host besides the system's (`ca`). */
  readonly hasOwnAuthorities?: boolean;
}

export type DialDecision =
  /** Connect here. `plain`: speak plain HTTP although the URL says https (the mock stands in for a TLS server). */
  | { readonly connect: { readonly address: string; readonly port: number; readonly plain: boolean } }
  /** Fail as this network would. Texts come from one table of Go's wordings. */
  | { readonly fail: NetworkFailure };

/** `address` is host and port as Go prints them: `127.0.0.1:5999`. */
export type NetworkFailure =
  /** `server`: the name server that was asked, `10.96.0.10:53`. */
  | { readonly kind: 'no-such-host'; readonly server?: string }
  | { readonly kind: 'connection-refused'; readonly address: string }
  /** Nobody answered the connection attempt. */
  | { readonly kind: 'timeout'; readonly address: string }
  /** Connected, and no answer came within the header timeout. */
  | { readonly kind: 'no-answer' }
  /** The peer closed the connection instead of answering. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'http-on-https' }
  | { readonly kind: 'unknown-authority' }
  | { readonly kind: 'expired'; readonly now: Date; readonly notAfter: Date }
  | { readonly kind: 'wrong-name'; readonly names: readonly string[]; readonly host: string };
