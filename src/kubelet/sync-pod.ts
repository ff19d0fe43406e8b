import type { PullSecretsOfPod } from '../cluster/pull-secrets.js';
import type { KubeletRelease } from '../versions/kubelet.js';
import type { BackOff } from './back-off.js';
import { afterExit, type ContainerRuntime } from './container-runtime.js';
import type { EventSeries } from './event-correlator.js';
import type { ImageManager } from './image-manager.js';
import type { EnsuredImage } from './image-request.js';
import { CriError, criErrorText, type ImageService } from './image-service.js';
import type { ImageUse } from './image-uses.js';
import type { KeyringSource } from './keyring-source.js';
import { podActions } from './pod-actions.js';
import { eventReasons, type PodEvent } from './pod-event.js';
import { type PodState, publishKnown, remember } from './pod-state.js';
import { quietSync } from './quiet-sync.js';
import type { ReasonCache, WaitingReason } from './reason-cache.js';

/** The parts of a node that a sync works with. */
export interface SyncParts {
  readonly release: KubeletRelease;
  readonly imageManager: ImageManager;
  readonly imageService: ImageService;
  readonly containers: ContainerRuntime;
  readonly keyrings: KeyringSource;
  readonly reasons: ReasonCache;
  readonly backOff: BackOff;
  readonly now: () => Date;
  /** How often the node's images have changed: a pull worked, or someone said so. */
  readonly changes: { count: number };
  /** False when somebody measures, or plugins answer: then every sync is a real one. */
  readonly repeatsQuietly: boolean;
  emit(state: PodState, event: PodEvent, atMs: number): EventSeries;
  /** Emits an event again. */
  repeat(state: PodState, series: EventSeries, atMs: number): void;
}

/** What a pod's sync found of its pull secrets. `unknown`: a listed secret's content is not in the input. */
export interface PodPullSecrets extends PullSecretsOfPod {
  /** What is missing, for people; then no pull of this pod can be decided. */
  readonly unknown?: string;
}

/** One container that a sync tried to start. */
export interface StartResult {
  readonly container: string;
  /** `null`: it started. */
  readonly failure: WaitingReason | null;
}

/** One sync of one pod (kubelet.md §9.1). What failed shows in the pod's status from the next sync on. */
export async function syncPod(
  parts: SyncParts,
  state: PodState,
  secrets: PodPullSecrets,
): Promise<readonly StartResult[]> {
  const sync: Sync = { parts, state, secrets, volumes: noVolumes, ensured: [], events: [], results: [] };
  publishKnown(state, parts.reasons.of(state.uid));
  if (secrets.event !== undefined) emit(sync, secrets.event);
  const { hasSandbox: hadSandbox } = state;
  const { ephemeral, init, regular } = chooseActions(sync);
  state.hasSandbox = true;
  await ensureImageVolumes(sync);
  for (const use of ephemeral) await startContainer(sync, use);
  if (await startInitContainers(sync, init)) {
    for (const use of regular) await startContainer(sync, use);
  }
  for (const result of sync.results) keepReason(sync, result);
  state.syncs += 1;
  state.quiet = quietSync(parts, state, { ...sync, hadSandbox }, state.quiet);
  return sync.results;
}

const noVolumes: ReadonlyMap<string, EnsuredImage> = new Map();

interface Sync {
  readonly parts: SyncParts;
  readonly state: PodState;
  readonly secrets: PodPullSecrets;
  /** What came of the image volumes, by volume name. */
  volumes: ReadonlyMap<string, EnsuredImage>;
  readonly ensured: { readonly use: ImageUse; readonly image: EnsuredImage }[];
  readonly events: EventSeries[];
  readonly results: StartResult[];
}

function chooseActions({ state }: Sync) {
  const { uses, containers, hasSandbox, pod, assumed } = state;
  const restartPolicy = pod.spec.restartPolicy ?? 'Always';
  return podActions({ uses, containers, restartPolicy, hadSandbox: hasSandbox, assumed });
}

/** On every sync, also when all containers run: `Always` pulls again each time (kubelet.md §9.2). */
async function ensureImageVolumes(sync: Sync): Promise<void> {
  for (const use of sync.state.uses) {
    if (use.role !== 'volume') continue;
    const image = await ensureImage(sync, use);
    sync.volumes = new Map(sync.volumes).set(use.container, image);
  }
}

/** @returns false when an init container could not start, which ends the sync; a sidecar does not end it by itself */
async function startInitContainers(sync: Sync, init: readonly ImageUse[]): Promise<boolean> {
  for (const use of init) {
    const started = await startContainer(sync, use);
    if (!started && use.role === 'init') return false;
  }
  return true;
}

async function startContainer(sync: Sync, use: ImageUse): Promise<boolean> {
  const failure = mountImageVolumes(sync, use) ?? (await pullAndCreate(sync, use));
  if (failure === 'undecided') return assume(sync, use);
  sync.results.push({ container: use.container, failure });
  return failure === null;
}

type StartFailure = WaitingReason | 'undecided' | null;

/** Each failing volume that the container mounts leaves its event; the last one's reason stays. */
function mountImageVolumes(sync: Sync, use: ImageUse): WaitingReason | null {
  let failure: WaitingReason | null = null;
  for (const name of use.mounts) {
    const ensured = sync.volumes.get(name);
    if (ensured?.outcome === 'failed') failure = failToStart(sync, use, ensured, ensured.reason);
  }
  return failure;
}

async function pullAndCreate(sync: Sync, use: ImageUse): Promise<StartFailure> {
  const ensured = await ensureImage(sync, use);
  if (ensured.outcome === 'failed') return failToStart(sync, use, ensured, ensured.reason);
  if (ensured.outcome === 'unknown' || use.mounts.some((name) => isUndecided(sync, name))) return 'undecided';
  return create(sync, use, ensured.imageRef);
}

const isUndecided = ({ volumes }: Sync, name: string) => volumes.get(name)?.outcome === 'unknown';

async function ensureImage(sync: Sync, use: ImageUse): Promise<EnsuredImage> {
  const { parts, state, secrets } = sync;
  const image = await parts.imageManager.ensureImageExists({
    podUid: state.uid,
    image: use.image,
    pullPolicy: use.pullPolicy,
    record: (type, reason, message, atMs) => emit(sync, containerEvent(use, type, reason, message), atMs),
    credentials: (repository) => parts.keyrings.credentials(repository, state.pod, secrets),
  });
  if (image.outcome === 'pulled') parts.changes.count += 1;
  remember(state, use, image);
  sync.ensured.push({ use, image });
  return image;
}

/** Creation asks for the image's user, by the name as the pod spells it. */
async function create(sync: Sync, use: ImageUse, imageRef: string): Promise<StartFailure> {
  const { parts, state } = sync;
  try {
    await parts.imageService.imageStatus(use.image);
  } catch (error) {
    const message = criErrorText(error);
    const said = error instanceof CriError ? error.message : message;
    return failToStart(sync, use, { reason: 'CreateContainerConfigError', message }, said);
  }
  const { release } = parts;
  const made = parts.containers.start(containerRole(use), imageRef, parts.now().getTime());
  const started = afterExit(made, state.containers.get(use.container));
  state.containers = new Map(state.containers).set(use.container, started);
  emit(sync, containerEvent(use, 'Normal', eventReasons.created, release.containerCreated(use.container)));
  emit(sync, containerEvent(use, 'Normal', eventReasons.started, release.containerStarted(use.container)));
  return null;
}

function failToStart(
  sync: Sync,
  use: ImageUse,
  { reason, message }: WaitingReason,
  said: string,
): WaitingReason {
  emit(sync, containerEvent(use, 'Warning', eventReasons.failed, `Error: ${said}`));
  return { reason, message };
}

/** Nobody knows whether this one starts. An init container is passed over, so that the images after it are decided. */
function assume({ state }: Sync, { role, container }: ImageUse): false {
  if (role === 'init' || role === 'sidecar') state.assumed.add(container);
  return false;
}

function keepReason({ parts, state }: Sync, { container, failure }: StartResult): void {
  if (failure === null) parts.reasons.clear(state.uid, container);
  else parts.reasons.set(state.uid, container, failure);
}

const containerRole = ({ role }: ImageUse) => (role === 'volume' ? 'regular' : role);

const containerEvent = (
  { fieldPath }: ImageUse,
  type: PodEvent['type'],
  reason: string,
  message: string,
): PodEvent => (fieldPath === undefined ? { type, reason, message } : { type, reason, message, fieldPath });

function emit({ parts, state, events }: Sync, event: PodEvent, atMs = parts.now().getTime()): void {
  events.push(parts.emit(state, event, atMs));
}
