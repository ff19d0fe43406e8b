import { goQuote } from '../image/go-quote.js';
import { type ImageName, InvalidImageName, parseImageName } from '../image/reference.js';
import {
  credentialsOf,
  type EnsureCall,
  failWithEvent,
  failWithoutPull,
  type ImageManagerParts,
  lookupFailure,
} from './ensure-call.js';
import { pullUnlessBackingOff } from './image-pull.js';
import type { EnsuredImage, ImageFailure, ImageRequest } from './image-request.js';
import { criErrorText } from './image-service.js';
import { eventReasons } from './pod-event.js';
import { imageReasons } from './pull-error.js';
import { accessProvedBy, podPullCredentials } from './pull-manager.js';

/** The node's one image manager. `ensureImageExists` is the kubelet's function of that name (kubelet.md §6.1). */
export interface ImageManager {
  ensureImageExists(request: ImageRequest): Promise<EnsuredImage>;
}

export function createImageManager(options: Omit<ImageManagerParts, 'causes'>): ImageManager {
  const parts: ImageManagerParts = { ...options, causes: new Map() };
  const names = new Map<string, ImageName>();
  return {
    async ensureImageExists(request) {
      const name = names.get(request.image) ?? readName(request, names);
      const call = newCall(parts, request, name);
      try {
        return 'outcome' in name ? name : await ensure(call);
      } catch (error) {
        return lookupFailure(error);
      } finally {
        parts.observer?.ensured?.({
          pull_policy: request.pullPolicy.toLowerCase(),
          present_locally: call.presentLocally,
          pull_required: call.pullRequired,
        });
      }
    },
  };
}

const noName: ImageName = { repository: '', tag: '', digest: '', runtimeName: '' };

const newCall = (
  parts: ImageManagerParts,
  request: ImageRequest,
  name: ImageName | ImageFailure,
): EnsureCall => ({
  parts,
  request,
  name: 'outcome' in name ? noName : name,
  presentLocally: 'unknown',
  pullRequired: 'unknown',
  found: undefined,
});

/** More different names than this on one node are read again. */
const maxNames = 10_000;

function readName(request: ImageRequest, names: Map<string, ImageName>): ImageName | ImageFailure {
  try {
    const name = parseImageName(request.image);
    if (names.size < maxNames) names.set(request.image, name);
    return name;
  } catch (error) {
    if (!(error instanceof InvalidImageName)) throw error;
    const message = `Failed to apply default image tag ${goQuote(request.image)}: ${error.message}`;
    return failWithEvent(request, eventReasons.inspectFailed, imageReasons.invalidName, message);
  }
}

/** The steps of kubelet.md §6.1 behind the name. Each one ends the call or hands on. */
async function ensure(call: EnsureCall): Promise<EnsuredImage> {
  const { keyringBuilt } = call.parts.release;
  const imageRef = await precheck(call);
  if (typeof imageRef !== 'string') return imageRef;
  if (keyringBuilt === 'always') await credentialsOf(call);
  if (imageRef !== '') {
    const decided = await usePresent(call, imageRef);
    if (decided !== undefined) return decided;
  }
  call.pullRequired = 'true';
  if (keyringBuilt !== 'inside-pull') await credentialsOf(call);
  return pullWithIntent(call);
}

/** `Always` never looks first. @returns the image ID, empty when the image must be pulled */
async function precheck(call: EnsureCall): Promise<string | ImageFailure> {
  const { parts, request } = call;
  if (request.pullPolicy === 'Always') return '';
  let imageRef: string;
  try {
    imageRef = (await parts.imageService.imageStatus(call.name.runtimeName))?.id ?? '';
  } catch (error) {
    const image = goQuote(parts.release.inspectMessageNamesImage ? request.image : '');
    const message = `Failed to inspect image ${image}: ${criErrorText(error)}`;
    return failWithEvent(request, eventReasons.inspectFailed, imageReasons.inspect, message);
  }
  call.presentLocally = imageRef === '' ? 'false' : 'true';
  return imageRef === '' && request.pullPolicy === 'Never' ? neverPull(request) : imageRef;
}

/** @returns undefined when the image is here and must be pulled all the same */
async function usePresent(call: EnsureCall, imageRef: string): Promise<EnsuredImage | undefined> {
  const { request, parts } = call;
  const { pullManager, release } = parts;
  const here = `Container image ${goQuote(request.image)} already present on machine`;
  if (pullManager === null) {
    call.pullRequired = 'false';
    request.record('Normal', eventReasons.pulled, here);
    return { outcome: 'present', imageRef };
  }
  if (release.keyringBuilt === 'unless-present-and-unverified') await credentialsOf(call);
  const mustPull = await pullManager.mustAttemptImagePull(request.image, imageRef, async () =>
    podPullCredentials(await credentialsOf(call)),
  );
  call.pullRequired = mustPull ? 'true' : 'false';
  if (!mustPull) {
    request.record('Normal', eventReasons.pulled, `${here} and can be accessed by the pod`);
    return { outcome: 'present', imageRef };
  }
  // The same words as for an absent image: they hide from the pod that it is there.
  return request.pullPolicy === 'Never' ? neverPull(request) : undefined;
}

const neverPull = (request: ImageRequest): ImageFailure =>
  failWithEvent(
    request,
    eventReasons.neverPull,
    imageReasons.neverPull,
    `Container image ${goQuote(request.image)} is not present with pull policy of Never`,
  );

/** The intent is written before every pull, also one that ends in back-off, and gone when none is in flight. */
async function pullWithIntent(call: EnsureCall): Promise<EnsuredImage> {
  const { image } = call.request;
  const { pullManager } = call.parts;
  try {
    pullManager?.recordPullIntent(image);
  } catch (error) {
    const raw = error instanceof Error ? error.message : String(error);
    const message = `Failed to record image pull intent for container image ${goQuote(image)}: ${raw}`;
    return failWithoutPull(raw, message);
  }
  const { ensured, credential } = await pullUnlessBackingOff(call);
  if (ensured.outcome === 'pulled') {
    pullManager?.recordImagePulled(image, ensured.imageRef, accessProvedBy(credential));
  } else {
    pullManager?.recordImagePullFailed(image);
  }
  return ensured;
}
