import type { ImageUse } from './image-uses.js';
import { type PodState, useKey } from './pod-state.js';

/**
 * The image that keeps the kubelet from trying this one: an image volume that it mounts, or an init container before it.
 *
 * @returns undefined when nothing does, so that a later sync will try it
 */
export function blockerOf(state: PodState, use: ImageUse): ImageUse | undefined {
  const volume = failingMount(state, use);
  if (volume !== undefined) return volume;
  for (const init of initBefore(state, use)) {
    const blocker = hasFailed(state, init) ? init : failingMount(state, init);
    if (blocker !== undefined) return blocker;
  }
  return undefined;
}

const hasFailed = (state: PodState, use: ImageUse) =>
  state.images.get(useKey(use))?.ensured.outcome === 'failed';

const failingMount = (state: PodState, { mounts }: ImageUse) =>
  state.uses.find((use) => use.role === 'volume' && mounts.includes(use.container) && hasFailed(state, use));

/** Init containers that must be done first; image volumes and ephemeral containers wait for none. */
function initBefore({ uses }: PodState, use: ImageUse): readonly ImageUse[] {
  if (use.role === 'volume' || use.role === 'ephemeral') return [];
  const inits = uses.filter(({ role }) => role === 'init' || role === 'sidecar');
  return use.role === 'regular' ? inits : inits.slice(0, inits.indexOf(use));
}
