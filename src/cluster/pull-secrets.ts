import type { Pod, Secret } from './objects.js';

/** The pull secrets that the kubelet found for a pod, in the order of the pod's list. */
export interface PullSecretsOfPod {
  readonly found: readonly Secret[];
  /** Names for which it found none, in order, repeated as often as they are listed. */
  readonly missing: readonly string[];
  /** The warning event that each sync leaves when one is missing (since 1.28); it belongs to the pod itself. */
  readonly event?: { readonly type: 'Warning'; readonly reason: string; readonly message: string };
}

/**
 * The kubelet's `getPullSecretsForPod` (kubelet.md §3.1): looks up each name of the pod's list in the pod's own
 * namespace. An empty name is skipped without a word, a missing secret gives an event and no failure, and type and
 * content are not looked at here.
 */
export function pullSecretsOfPod(
  pod: Pod,
  find: (namespace: string, name: string) => Secret | undefined,
): PullSecretsOfPod {
  const namespace = pod.metadata.namespace ?? 'default';
  const found: Secret[] = [];
  const missing: string[] = [];
  for (const { name = '' } of pod.spec.imagePullSecrets ?? []) {
    const secret = name === '' ? undefined : find(namespace, name);
    if (secret !== undefined) found.push(secret);
    else if (name !== '') missing.push(name);
  }
  return missing.length === 0 ? { found, missing } : { found, missing, event: retrievalEvent(missing) };
}

const retrievalEvent = (missing: readonly string[]) =>
  ({
    type: 'Warning',
    reason: 'FailedToRetrieveImagePullSecret',
    message: `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`,
  }) as const;
