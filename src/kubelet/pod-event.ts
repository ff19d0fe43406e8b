/** One event that a component emits on a pod, before any counting. */
export interface PodEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** `spec.containers{app}`; absent for events of the pod itself. */
  readonly fieldPath?: string;
}

/** An Event object as the API server keeps it: equal events counted, times with a resolution of one second. */
export interface StoredEvent extends PodEvent {
  readonly from: string;
  readonly count: number;
  /** Unix time. */
  readonly firstSeconds: number;
  /** Unix time. */
  readonly lastSeconds: number;
}

/** Every reason that the kubelet's image path gives an event. */
export const eventReasons = {
  pulling: 'Pulling',
  pulled: 'Pulled',
  backOff: 'BackOff',
  failed: 'Failed',
  inspectFailed: 'InspectFailed',
  neverPull: 'ErrImageNeverPull',
  created: 'Created',
  started: 'Started',
  missingPullSecret: 'FailedToRetrieveImagePullSecret',
} as const;

/**
 * The scheduler's event for a pod that it placed (kubelet.md §10.1). Pods that name their node themselves have none.
 */
export const scheduledEvent = (namespace: string, pod: string, node: string): PodEvent => ({
  type: 'Normal',
  reason: 'Scheduled',
  message: `Successfully assigned ${namespace}/${pod} to ${node}`,
});
