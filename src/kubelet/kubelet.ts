import type { Pod } from '../cluster/objects.js';
import { type KubeletRelease, kubeletRelease } from '../versions/kubelet.js';
import { createBackOff } from './back-off.js';
import {
  type KubeletConfiguration,
  type KubeletConfigurationDocument,
  kubeletConfiguration,
} from './configuration.js';
import { type ContainerRuntime, completingInitContainers } from './container-runtime.js';
import { createEventCorrelator } from './event-correlator.js';
import { createImageManager } from './image-manager.js';
import type { ImageManagerObserver } from './image-request.js';
import type { ImageService } from './image-service.js';
import type { KeyringSource } from './keyring-source.js';
import type { PodEvent, StoredEvent } from './pod-event.js';
import { killContainers, newPodState, type PodState, type Published, replacePod } from './pod-state.js';
import { type PodStatus, podStatus } from './pod-status.js';
import {
  createPullManager,
  type PullManager,
  type RuntimeImage,
  recoverPullIntents,
} from './pull-manager.js';
import { createPullQueue } from './pull-queue.js';
import { createPullRecordMemory, type PullRecordStore } from './pull-records.js';
import { createPullThrottle } from './pull-throttle.js';
import { createPullTimes } from './pull-times.js';
import { quietUntilMs, repeatQuietSync, repeatQuietSyncs, type SyncTimes } from './quiet-sync.js';
import { createReasonCache } from './reason-cache.js';
import { type PodPullSecrets, type StartResult, type SyncParts, syncPod } from './sync-pod.js';
import { createVerificationPolicy } from './verification-policy.js';

export interface KubeletOptions {
  /** `1.36`, `v1.34.2`. */
  readonly kubernetesVersion: string;
  readonly imageService: ImageService;
  /** Of the node's credentials; may be shared by kubelets with the same ones. */
  readonly keyrings: KeyringSource;
  readonly now: () => Date;
  /** The image fields of the node's `KubeletConfiguration`. */
  readonly configuration?: KubeletConfigurationDocument;
  /** Pull records of this node; in memory by default. */
  readonly records?: PullRecordStore;
  /** What the runtime holds as the kubelet starts: intents in the records that a crash left are resolved by it. */
  readonly imagesAtStart?: readonly RuntimeImage[];
  /** What becomes of containers that start; {@link completingInitContainers} by default. */
  readonly containers?: ContainerRuntime;
  /** See {@link createPullTimes}: what a pull is taken to last on a clock that stands still. Absent: measured. */
  readonly assumedPullMs?: number;
  /** Every event as it is emitted, before counting. */
  readonly onEvent?: (pod: Pod, event: PodEvent, atMs: number) => void;
  readonly observer?: ImageManagerObserver;
}

/** One node's kubelet, as far as images are concerned. */
export interface Kubelet {
  /**
   * One sync of one pod. The pod may be edited between syncs: its UID identifies it.
   *
   * @param secrets what the API server has of the pod's pull secrets at this moment
   */
  syncPod(pod: Pod, secrets: PodPullSecrets): Promise<readonly StartResult[]>;
  /**
   * Does a sync at once, without asking the runtime, when it is known to repeat the last one: in back-off, with nothing
   * changed. For drivers that let hours pass.
   *
   * @returns false when only `syncPod` can tell, and nothing was done
   */
  repeatSync(pod: Pod, secrets: PodPullSecrets): boolean;
  /**
   * Until when, in Unix time, syncs repeat the last one as long as nothing changes; `undefined` when only `syncPod` can
   * tell what the next one does.
   */
  quietUntilMs(pod: Pod, secrets: PodPullSecrets): number | undefined;
  /** Does many syncs at once. The caller knows that they repeat the last one, and need not set the clock. */
  repeatSyncs(pod: Pod, times: SyncTimes): void;
  /** Changes whenever the node's images do: from then on no sync is known to repeat the last one. */
  imageChanges(): number;
  /** Somebody else put images on the node or took them away. */
  imagesChanged(): void;
  /** What the next sync would publish: everything that the syncs so far found out. */
  statusOf(pod: Pod): PodStatus;
  /** What the API server has: the state as the last sync began, one sync behind (kubelet.md §6.8). */
  publishedStatusOf(pod: Pod): PodStatus;
  /** The pod's Event objects, counted as the API server has them. */
  eventsOf(pod: Pod): readonly StoredEvent[];
  /** What is known of a pod, for explanations; undefined before its first sync. */
  stateOf(pod: Pod): PodState | undefined;
  /** The pod's containers are killed, all that run or those named; its next sync starts them again as its policy says. */
  killContainers(pod: Pod, names?: readonly string[]): void;
  /** The pod was deleted. */
  forget(pod: Pod): void;
}

/**
 * @throws KubeletConfigurationError with the kubelet's text when it would not start
 * @throws RangeError when the version is no Kubernetes version
 */
export function createKubelet(options: KubeletOptions): Kubelet {
  const release = kubeletRelease(options.kubernetesVersion);
  const configuration = kubeletConfiguration(options.configuration ?? {}, release);
  const parts = assemble(options, release, configuration);
  const { spamFilterPerType } = release;
  const { imageVolumes } = configuration;
  const pods = new Map<string, PodState>();

  const tracked = (pod: Pod) => {
    const uid = uidOf(pod);
    const known = pods.get(uid);
    if (known !== undefined) return replacePod(known, pod);
    const events = createEventCorrelator({ from: 'kubelet', spamFilterPerType });
    const created = newPodState(uid, pod, { events, imageVolumes });
    pods.set(uid, created);
    return created;
  };

  return {
    syncPod: (pod, secrets) => syncPod(parts, tracked(pod), secrets),
    repeatSync: (pod, secrets) => repeatQuietSync(parts, tracked(pod), secrets) !== undefined,
    quietUntilMs: (pod, secrets) => quietUntilMs(parts, tracked(pod), secrets),
    repeatSyncs: (pod, times) => repeatQuietSyncs(parts, tracked(pod), times),
    imageChanges: () => parts.changes.count,
    imagesChanged() {
      parts.changes.count += 1;
    },
    statusOf: (pod) =>
      statusFrom(pods.get(uidOf(pod)), pod, (state) => ({
        hasSandbox: state.hasSandbox,
        containers: state.containers,
        reasons: parts.reasons.of(state.uid),
      })),
    publishedStatusOf: (pod) =>
      statusFrom(pods.get(uidOf(pod)), pod, (state) => ({
        ...state.published,
        hasSandbox: parts.release.publishesSandboxAtOnce ? state.hasSandbox : state.published.hasSandbox,
      })),
    eventsOf: (pod) => pods.get(uidOf(pod))?.events.stored(options.now().getTime()) ?? [],
    stateOf: (pod) => pods.get(uidOf(pod)),
    killContainers(pod, names) {
      const state = tracked(pod);
      killContainers(state, options.now().getTime(), names);
    },
    forget(pod) {
      pods.delete(uidOf(pod));
      parts.reasons.forget(uidOf(pod));
    },
  };
}

const uidOf = ({ metadata }: Pod) =>
  metadata.uid ?? `${metadata.namespace ?? 'default'}/${metadata.name ?? ''}`;

function assemble(
  options: KubeletOptions,
  release: KubeletRelease,
  configuration: KubeletConfiguration,
): SyncParts {
  const { imageService, keyrings, now } = options;
  const pullManager = configuration.ensureSecretPulledImages
    ? pullManagerOf(options, release, configuration)
    : null;
  const backOff = createBackOff();
  const imageManager = createImageManager({
    release,
    imageService,
    backOff,
    throttle: createPullThrottle(configuration),
    queue: createPullQueue(configuration.parallelPulls),
    pullManager,
    times: createPullTimes({ now, assumedPullMs: options.assumedPullMs }),
    ...(options.observer && { observer: options.observer }),
  });
  return {
    release,
    imageManager,
    imageService,
    keyrings,
    now,
    backOff,
    changes: { count: 0 },
    repeatsQuietly: options.observer === undefined && !keyrings.asksPlugins,
    containers: options.containers ?? completingInitContainers,
    reasons: createReasonCache(),
    emit(state, event, atMs) {
      options.onEvent?.(state.pod, event, atMs);
      return state.events.observe(event, atMs);
    },
    repeat(state, series, atMs) {
      options.onEvent?.(state.pod, series.event, atMs);
      state.events.repeat(series, atMs);
    },
  };
}

function pullManagerOf(
  { records, now, imagesAtStart = [] }: KubeletOptions,
  { pullRecords: { names } }: KubeletRelease,
  { verificationPolicy, allowlist }: KubeletConfiguration,
): PullManager {
  const options = {
    store: records ?? createPullRecordMemory(),
    policy: createVerificationPolicy(verificationPolicy, allowlist, names),
    names,
    now,
  };
  recoverPullIntents(options, imagesAtStart);
  return createPullManager(options);
}

/** Pod networks are not simulated: every sandbox has the same address. */
const podIP = '10.0.0.5';

function statusFrom(state: PodState | undefined, pod: Pod, known: (state: PodState) => Published): PodStatus {
  const { hasSandbox, containers, reasons } = state === undefined ? nothing : known(state);
  const input = { sandboxReady: hasSandbox, podIP: hasSandbox ? podIP : null, containers, reasons };
  return podStatus(pod, input, state?.uses);
}

const nothing: Published = { hasSandbox: false, containers: new Map(), reasons: new Map() };
