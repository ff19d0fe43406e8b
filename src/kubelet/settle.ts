import type { Pod } from '../cluster/objects.js';
import { blockerOf } from './blocker.js';
import type { ImageUse } from './image-uses.js';
import type { Kubelet } from './kubelet.js';
import { type ImageRecord, type PodState, useKey } from './pod-state.js';
import type { PodPullSecrets } from './sync-pod.js';
import { syncSeconds } from './virtual-clock.js';

/** After so many syncs (11 virtual minutes, seven pulls) a pod whose failures never repeat is reported as it is. */
const maxSyncs = 54;

export interface SettleOptions {
  /** Sets the kubelet's clock, in seconds from the pod's creation. */
  readonly setSeconds: (seconds: number) => void;
}

/** A pod to settle, on its kubelet. */
export interface PodToSettle {
  readonly kubelet: Kubelet;
  readonly pod: Pod;
  readonly secrets: PodPullSecrets;
}

/**
 * Syncs a pod until its state says what it will stay like (DESIGN §2, *Settled*), and once more: for a pull that fails,
 * that sync shows `ImagePullBackOff`. Afterwards the clock stands at that sync.
 */
export async function settlePod(
  kubelet: Kubelet,
  pod: Pod,
  secrets: PodPullSecrets,
  { setSeconds }: SettleOptions,
): Promise<void> {
  await settlePods([{ kubelet, pod, secrets }], { setSeconds });
}

/**
 * Settles pods that were created at the same time and share one clock, each on a kubelet of its own, sync by sync
 * together.
 *
 * @param onSettled called for each pod while the clock stands at its last sync
 */
export async function settlePods<P extends PodToSettle>(
  pods: readonly P[],
  { setSeconds, onSettled }: SettleOptions & { readonly onSettled?: (pod: P) => void },
): Promise<void> {
  let open = pods.map((pod) => ({ pod, settled: false }));
  for (let sync = 0; sync < maxSyncs && open.length > 0; sync += 1) {
    setSeconds(syncSeconds(sync));
    await Promise.all(open.map(({ pod }) => pod.kubelet.syncPod(pod.pod, pod.secrets)));
    const isLast = (settled: boolean) => settled || sync === maxSyncs - 1;
    for (const { pod, settled } of open) if (isLast(settled)) onSettled?.(pod);
    open = open
      .filter(({ settled }) => !isLast(settled))
      .map(({ pod }) => ({ pod, settled: hasSettled(pod) }));
  }
}

function hasSettled({ kubelet, pod }: PodToSettle): boolean {
  const state = kubelet.stateOf(pod);
  return state !== undefined && isSettled(state);
}

/** Every image is decided, or held up by one that is. */
export function isSettled(state: PodState): boolean {
  if (state.uses.every((use) => use.role === 'volume' || state.containers.has(use.container))) return true;
  return state.uses.every((use) => {
    const record = state.images.get(useKey(use));
    return record === undefined ? blockerOf(state, use) !== undefined : isDecided(state, use, record);
  });
}

/** A failure is final when its text came twice; without back-off nothing changes after the second sync. */
function isDecided(state: PodState, use: ImageUse, { ensured }: ImageRecord): boolean {
  if (ensured.outcome !== 'failed') return true;
  if (ensured.backOff === 'none') return state.syncs >= 2;
  return state.pulls.get(use.image)?.repeated === true;
}
