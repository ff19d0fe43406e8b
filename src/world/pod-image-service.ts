import type {
  ImageService,
  LocalImage,
  PullImageRequest,
  PullImageResult,
} from '../kubelet/image-service.js';
import type { PullResult, Runtime } from '../runtime/pull.js';
import { type ImageKnowledge, readReference } from './image-knowledge.js';
import type { NodeImages, Puller } from './pull-reuse.js';

export interface PodImageServiceOptions {
  readonly runtime: Runtime;
  readonly puller: Puller;
  readonly knowledge: ImageKnowledge;
  /** The fresh node, before the pod. */
  readonly images: NodeImages;
}

/**
 * The kubelet's image service for one pod on a fresh copy of its node: the runtime's pulls, and a plain "unknown" where
 * the world does not say enough for truth.
 */
export function podImageService(options: PodImageServiceOptions): ImageService {
  const { runtime, puller, knowledge } = options;
  let { images } = options;
  const assumed = new Map<string, LocalImage>();
  return {
    imageStatus: async (image) => assumed.get(image) ?? runtime.withStore(images.store).status(image),
    pullImage: async ({ image, auth }) => {
      const reference = readReference(image);
      const missing = reference && knowledge.missingHost(reference.host);
      if (missing !== undefined) return { outcome: 'unknown', because: missing, exchanges: [] };
      const { result, after } = await puller(image, auth, images);
      images = after;
      const judged = judge(result, { image, auth }, knowledge);
      if (judged.outcome === 'pulled' && judged.contentAssumed)
        assumed.set(image, { id: judged.imageRef, sizeBytes: 0 });
      return judged;
    },
  };
}

function judge(result: PullResult, { image }: PullImageRequest, knowledge: ImageKnowledge): PullImageResult {
  const { exchanges } = result;
  if (result.ok) return { outcome: 'pulled', imageRef: result.imageRef, exchanges };
  const { code, description, failure } = result;
  const missingHost = failure.kind === 'no-such-host' ? knowledge.missingHost(failure.host) : undefined;
  if (missingHost !== undefined) return { outcome: 'unknown', because: missingHost, exchanges };
  const reference = readReference(image);
  if (reference !== undefined && reference.digest !== '' && isNotFound(failure.kind)) {
    const digest = knowledge.missingDigest(reference);
    if (digest === 'assumed')
      return { outcome: 'pulled', imageRef: reference.digest, exchanges, contentAssumed: true };
    if (digest === 'unknown')
      return {
        outcome: 'unknown',
        because: `nobody gave the content of ${reference.name}: if it exists, list it under "digests" of its repository`,
        exchanges,
      };
  }
  return { outcome: 'failed', code, description, failure, exchanges };
}

const isNotFound = (kind: string): boolean => kind === 'manifest-not-found' || kind === 'content-not-found';
