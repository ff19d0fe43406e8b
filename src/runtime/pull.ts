import type { Exchange } from '../wire/exchange.js';
import type { GrpcCode } from '../wire/grpc-code.js';
import type { PullFailure } from '../wire/pull-failure.js';

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
  /** CRI ImageStatus. */
  status(image: string): { readonly id: string; readonly sizeBytes: number } | undefined;
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
}

export type DialDecision =
  /** Connect here. `plain`: speak plain HTTP although the URL says https (the mock stands in for a TLS server). */
  | { readonly connect: { readonly address: string; readonly port: number; readonly plain: boolean } }
  /** Fail as this network would. Texts come from one table of Go's wordings. */
  | { readonly fail: NetworkFailure };

export type NetworkFailure =
  | { readonly kind: 'no-such-host'; readonly server?: string }
  | { readonly kind: 'connection-refused'; readonly address: string }
  | { readonly kind: 'timeout'; readonly address: string }
  | { readonly kind: 'http-on-https' }
  | { readonly kind: 'unknown-authority' }
  | { readonly kind: 'expired'; readonly now: Date; readonly notAfter: Date }
  | { readonly kind: 'wrong-name'; readonly names: readonly string[]; readonly host: string };
