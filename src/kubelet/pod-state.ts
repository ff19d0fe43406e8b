import type { Pod } from '../cluster/objects.js';
import { killed, type RuntimeContainer } from './container-runtime.js';
import type { EventCorrelator } from './event-correlator.js';
import type { EnsuredImage, ImageFailure } from './image-request.js';
import { type ImageUse, imageUsesOf } from './image-uses.js';

import type { QuietSync } from './quiet-sync.js';
import type { WaitingReason } from './reason-cache.js';

/** What the kubelet knows of one pod of its node, from sync to sync. */
export interface PodState {
  readonly uid: string;
  pod: Pod;
  readonly imageVolumes: boolean;
  uses: readonly ImageUse[];
  hasSandbox: boolean;
  /** Replaced when a container starts: what was published stays as it was. */
  containers: ReadonlyMap<string, RuntimeContainer>;
  /** Init containers that nobody can decide: taken as done, so that what comes after them is decided all the same. */
  readonly assumed: Set<string>;
  readonly events: EventCorrelator;
  /** What came of each image, by {@link useKey}. */
  readonly images: Map<string, ImageRecord>;
  /** What came of the pulls of each image string. */
  readonly pulls: Map<string, PullRecord>;
  syncs: number;
  /** What the kubelet knew as its last sync began: that is what the API server was told. */
  published: Published;
  /** The last sync, when the next ones repeat it. */
  quiet: QuietSync | undefined;
}

/** What a pod's status is computed from. */
export interface Published {
  readonly hasSandbox: boolean;
  readonly containers: ReadonlyMap<string, RuntimeContainer>;
  readonly reasons: ReadonlyMap<string, WaitingReason>;
}

/** What came of one image of a pod, back-offs left out. */
export interface ImageRecord {
  readonly ensured: EnsuredImage;
  /** The last sync found the image in back-off: `ensured` is older. */
  readonly backingOff: boolean;
}

/** The pulls of one image string by one pod: its containers share their back-off, and so their failures. */
export interface PullRecord {
  readonly last: ImageFailure;
  /** Texts of the failures so far; bounded by the different answers that registries give. */
  readonly messages: Set<string>;
  /** Some text came twice. */
  readonly repeated: boolean;
}

export interface PodStateOptions {
  readonly events: EventCorrelator;
  /** The kubelet's ImageVolume gate. */
  readonly imageVolumes: boolean;
}

export function newPodState(uid: string, pod: Pod, { events, imageVolumes }: PodStateOptions): PodState {
  return {
    uid,
    pod,
    imageVolumes,
    uses: imageUsesOf(pod, imageVolumes),
    hasSandbox: false,
    containers: new Map(),
    assumed: new Set(),
    events,
    images: new Map(),
    pulls: new Map(),
    syncs: 0,
    published: { hasSandbox: false, containers: new Map(), reasons: new Map() },
    quiet: undefined,
  };
}

/** The pod was edited: only its images can change, so what ran goes on and everything else is kept. */
export function replacePod(state: PodState, pod: Pod): PodState {
  if (state.pod === pod) return state;
  state.pod = pod;
  state.uses = imageUsesOf(pod, state.imageVolumes);
  return state;
}

/** Running containers end; those that had ended stay as they are. */
export function killContainers(state: PodState, nowMs: number, names?: readonly string[]): void {
  const after = new Map(state.containers);
  for (const [name, container] of after) {
    const isMeant = container.state === 'running' && (names?.includes(name) ?? true);
    if (isMeant) after.set(name, killed(container, nowMs));
  }
  state.containers = after;
  state.quiet = undefined;
}

/** A sync begins: it tells the API server what the earlier ones found out. */
export function publishKnown(state: PodState, reasons: ReadonlyMap<string, WaitingReason>): void {
  const { hasSandbox, containers, published } = state;
  const isNews =
    published.hasSandbox !== hasSandbox ||
    published.containers !== containers ||
    published.reasons !== reasons;
  if (isNews) state.published = { hasSandbox, containers, reasons };
}

/** Container names are unique among all containers of a pod, volume names among volumes. */
export const useKey = ({ role, container }: ImageUse) =>
  role === 'volume' ? `volume ${container}` : container;

/** Remembers what a sync found out about an image. */
export function remember(state: PodState, use: ImageUse, ensured: EnsuredImage): void {
  const key = useKey(use);
  const before = state.images.get(key)?.ensured;
  if (ensured.outcome === 'failed' && ensured.backOff === 'holds') {
    const shared = before ?? state.pulls.get(use.image)?.last;
    if (shared !== undefined) state.images.set(key, { ensured: shared, backingOff: true });
    return;
  }
  // What was pulled stays pulled when later syncs find it present.
  const keep = ensured.outcome === 'present' && before?.outcome === 'pulled';
  state.images.set(key, { ensured: keep ? before : ensured, backingOff: false });
  if (ensured.outcome === 'failed' && ensured.backOff === 'starts')
    rememberFailure(state, use.image, ensured);
}

function rememberFailure({ pulls }: PodState, image: string, last: ImageFailure): void {
  const before = pulls.get(image);
  const messages = before?.messages ?? new Set();
  const repeated = before?.repeated === true || messages.has(last.message);
  messages.add(last.message);
  pulls.set(image, { last, messages, repeated });
}
