import type { Exchange } from '../wire/exchange.js';
import type { GrpcCode } from '../wire/grpc-code.js';
import type { PullFailure } from '../wire/pull-failure.js';

/**
 * The kubelet's view of the container runtime: the image half of the CRI. The kubelet owns this interface; `world`
 * adapts `runtime` to it, tests script it.
 */
export interface ImageService {
  /** CRI `ImageStatus` of the string the kubelet sends (with default tag). Throws {@link CriError}. */
  imageStatus(image: string): Promise<LocalImage | undefined>;
  /** CRI `PullImage`, one credential. Refusals are values, not exceptions. */
  pullImage(request: PullImageRequest): Promise<PullImageResult>;
}

export interface LocalImage {
  /** The runtime's image ID; for containerd the config digest `sha256:…`. */
  readonly id: string;
  readonly sizeBytes: number;
}

export interface PullImageRequest {
  /** The string from the pod with the default tag, for example `nginx:latest`. */
  readonly image: string;
  /** `null`: no AuthConfig (anonymous). Both fields empty: a present but empty AuthConfig (kubelet.md §2.10). */
  readonly auth: { readonly username: string; readonly password: string } | null;
}

export type PullImageResult =
  | {
      readonly outcome: 'pulled';
      readonly imageRef: string;
      readonly exchanges: readonly Exchange[];
      /** The digest was answered up to authorisation only; its content is taken on trust (DESIGN §3.2). */
      readonly contentAssumed?: true;
    }
  | {
      readonly outcome: 'failed';
      readonly code: GrpcCode;
      /** The gRPC status description: the whole text of the runtime. */
      readonly description: string;
      readonly failure: PullFailure;
      readonly exchanges: readonly Exchange[];
    }
  /** The simulation lacks a fact (an undeclared registry, a digest nobody gave): neither success nor failure. */
  | { readonly outcome: 'unknown'; readonly because: string; readonly exchanges: readonly Exchange[] };

/** An error of the CRI transport or of the runtime, for calls that have no refusal as value. */
export class CriError extends Error {
  readonly code: GrpcCode;
  constructor(code: GrpcCode, description: string) {
    super(description);
    this.name = 'CriError';
    this.code = code;
  }
}

/**
 * A CRI error as the kubelet prints it: Go's gRPC form (kubelet.md §5.3). Other errors keep their own text.
 */
export const criErrorText = (error: unknown): string => {
  if (error instanceof CriError) return `rpc error: code = ${error.code} desc = ${error.message}`;
  return error instanceof Error ? error.message : String(error);
};

/** PullImage alone drops the wrapper of code `Unknown`, since 1.28 (kubelet.md §5.3). */
export const pullErrorText = (code: GrpcCode, description: string): string =>
  code === 'Unknown' ? description : `rpc error: code = ${code} desc = ${description}`;
