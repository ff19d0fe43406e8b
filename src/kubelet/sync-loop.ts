import type { Pod } from '../cluster/objects.js';
import type { Kubelet } from './kubelet.js';
import type { PodPullSecrets, StartResult } from './sync-pod.js';

/** How long after a sync of a pod the next one comes, in milliseconds (kubelet.md §6.8). Jitter is taken at its mean. */
export const syncDelaysMs = {
  /** The runtime tells that a sandbox or container came up, or ended (PLEG), and that is looked at. */
  afterStart: 1000,
  /** 10 s × (1..1.5) */
  afterFailure: 12_500,
  /** 60 s × (1..1.5) */
  afterSuccess: 75_000,
} as const;

/** A pod on its kubelet, to be kept in sync. Kubelets may have several. */
export interface SyncedPod {
  readonly kubelet: Kubelet;
  /** As the API server has it now. */
  readonly pod: Pod;
  /** As the API server has them now; equal secrets are the same objects. */
  readonly secrets: PodPullSecrets;
}

/** The pod workers of one or several nodes on one clock. */
export interface SyncLoop<P extends SyncedPod> {
  /** The first sync comes at `atMs`, Unix time. */
  add(pod: P, atMs: number): void;
  /**
   * The pod's next sync comes then, if none is due earlier.
   *
   * @param ends that sync ends containers, of which the runtime tells a moment later
   */
  wake(pod: P, atMs: number, ends?: boolean): void;
  remove(pod: P): void;
  /** Pods or secrets will be edited now: what the syncs after that do is open again. */
  edited(): void;
  /** Does every sync that is due up to `untilMs`, which is included. Afterwards the clock stands there. */
  runUntil(untilMs: number): Promise<void>;
  /** Does what is known of the syncs up to `untilMs`, for somebody who looks between two runs. */
  catchUp(untilMs: number): void;
  /** When a sync is due that only the kubelet knows; `Infinity` without pods. */
  nextMs(): number;
}

export interface SyncLoopOptions {
  /** Told the time before each round of syncs. */
  readonly setMs: (unixMs: number) => void;
  readonly now: () => Date;
  /** Kubelets that are due at the same time work together. Without it one waits for the other, in the order of the pods. */
  readonly together?: boolean;
}

/**
 * Syncs pods when their kubelets would. Hours of back-off pass quickly: syncs that are known to repeat the one before are
 * done many at a time, when somebody looks or something changes.
 */
export function createSyncLoop<P extends SyncedPod>(options: SyncLoopOptions): SyncLoop<P> {
  const { setMs, now } = options;
  let workers: Worker<P>[] = [];
  let added = 0;

  const nextMs = () =>
    workers.reduce((least, worker) => Math.min(least, dueMs(worker)), Number.POSITIVE_INFINITY);

  const syncOnKubelet = async (due: readonly Worker<P>[], atMs: number) => {
    for (const worker of due) {
      const { kubelet } = worker.pod;
      const before = kubelet.imageChanges();
      await syncWorker(worker, atMs);
      if (kubelet.imageChanges() !== before) wakeNeighbours(workers, worker, atMs);
    }
  };

  const round = async (atMs: number) => {
    setMs(atMs);
    const due = workers.filter((worker) => dueMs(worker) <= atMs);
    if (!options.together) return syncOnKubelet(due, atMs);
    await Promise.all(groupByKubelet(due).map((group) => syncOnKubelet(group, atMs)));
  };

  const catchUp = (untilMs: number) => {
    for (const worker of workers) repeatUntil(worker, untilMs);
  };

  return {
    add(pod, atMs) {
      workers.push({ pod, order: added++, nextMs: atMs, ends: false, everyMs: 0, quietUntilMs: undefined });
    },
    wake(pod, atMs, ends = false) {
      for (const worker of workers.filter((candidate) => candidate.pod === pod)) {
        endQuiet(worker, now().getTime());
        worker.nextMs = Math.min(worker.nextMs, atMs);
        worker.ends ||= ends;
      }
    },
    remove(pod) {
      workers = workers.filter((worker) => worker.pod !== pod);
    },
    edited() {
      for (const worker of workers) endQuiet(worker, now().getTime());
    },
    async runUntil(untilMs) {
      for (let atMs = nextMs(); atMs <= untilMs; atMs = nextMs()) await round(atMs);
      setMs(untilMs);
      catchUp(untilMs);
    },
    catchUp,
    nextMs,
  };
}

interface Worker<P extends SyncedPod> {
  readonly pod: P;
  readonly order: number;
  /** Of the next sync. */
  nextMs: number;
  /** It ends containers. */
  ends: boolean;
  /** Between further ones, as long as they go like the last one. */
  everyMs: number;
  /** Syncs before this time repeat the last one. */
  quietUntilMs: number | undefined;
}

/** When only a real sync can tell what happens. */
const dueMs = <P extends SyncedPod>({ nextMs, everyMs, quietUntilMs = nextMs }: Worker<P>): number =>
  quietUntilMs <= nextMs ? nextMs : nextMs + Math.ceil((quietUntilMs - nextMs) / everyMs) * everyMs;

async function syncWorker<P extends SyncedPod>(worker: Worker<P>, atMs: number): Promise<void> {
  const { kubelet, pod, secrets } = worker.pod;
  repeatUntil(worker, atMs - 1);
  const changes = worker.ends || kubelet.stateOf(pod) === undefined;
  worker.ends = false;
  const results = await kubelet.syncPod(pod, secrets);
  worker.everyMs = nextDelayMs(results, changes);
  worker.nextMs = atMs + worker.everyMs;
  worker.quietUntilMs = kubelet.quietUntilMs(pod, secrets);
}

/** The first sync makes the sandbox, others start or end containers. Image volumes that nobody mounts fail without an error of the sync. */
function nextDelayMs(results: readonly StartResult[], changes: boolean): number {
  if (changes || results.some(({ failure }) => failure === null)) return syncDelaysMs.afterStart;
  return results.length > 0 ? syncDelaysMs.afterFailure : syncDelaysMs.afterSuccess;
}

/** Does the quiet syncs up to a time. */
function repeatUntil<P extends SyncedPod>(worker: Worker<P>, untilMs: number): void {
  const { pod, nextMs, everyMs, quietUntilMs } = worker;
  if (quietUntilMs === undefined) return;
  const lastMs = Math.min(untilMs, dueMs(worker) - everyMs);
  const count = Math.floor((lastMs - nextMs) / everyMs) + 1;
  if (count <= 0) return;
  pod.kubelet.repeatSyncs(pod.pod, { firstMs: nextMs, everyMs, count });
  worker.nextMs = nextMs + count * everyMs;
}

function endQuiet<P extends SyncedPod>(worker: Worker<P>, nowMs: number): void {
  repeatUntil(worker, nowMs);
  worker.quietUntilMs = undefined;
}

/** A pull worked: what a pod of the same node failed at may be there now. Pods added earlier had their turn before it. */
function wakeNeighbours<P extends SyncedPod>(
  workers: readonly Worker<P>[],
  { pod, order }: Worker<P>,
  atMs: number,
): void {
  for (const worker of workers) {
    const isNeighbour = worker.order !== order && worker.pod.kubelet === pod.kubelet;
    if (isNeighbour) endQuiet(worker, worker.order < order ? atMs : atMs - 1);
  }
}

function groupByKubelet<P extends SyncedPod>(
  workers: readonly Worker<P>[],
): readonly (readonly Worker<P>[])[] {
  const groups = new Map<Kubelet, Worker<P>[]>();
  for (const worker of workers) {
    const group = groups.get(worker.pod.kubelet) ?? [];
    group.push(worker);
    groups.set(worker.pod.kubelet, group);
  }
  return [...groups.values()];
}
