/** What differs between releases of the API server, as far as manifests of pods, secrets and accounts can tell. */

/** `1.36`, `v1.36.2` → 36. Releases before 1.24 are treated as 1.24, those after 1.36 as 1.36. */
export function minorOf(kubernetesVersion: string): number {
  const [, minor] = /^v?1\.(\d+)/.exec(kubernetesVersion) ?? [];
  return Math.min(newestMinor, Math.max(oldestMinor, Number(minor ?? newestMinor)));
}

export const oldestMinor = 24;
export const newestMinor = 36;

/** A kind that pullsim reads, where the API server serves it. */
export interface ApiResource {
  readonly kind: string;
  readonly apiVersion: string;
  /** The Go type that it is decoded into. */
  readonly type: string;
  /** Kind with group, as refusals name it: `Deployment.apps`. */
  readonly printed: string;
  /** Path of the pod spec; absent for kinds without one. */
  readonly podSpec?: readonly string[];
  /** The last minor that serves it. */
  readonly until?: number;
}

const template = ['spec', 'template', 'spec'];
const jobTemplate = ['spec', 'jobTemplate', 'spec', 'template', 'spec'];

export const apiResources: readonly ApiResource[] = [
  { kind: 'Pod', apiVersion: 'v1', type: 'v1.Pod', printed: 'Pod', podSpec: ['spec'] },
  { kind: 'Secret', apiVersion: 'v1', type: 'v1.Secret', printed: 'Secret' },
  { kind: 'ServiceAccount', apiVersion: 'v1', type: 'v1.ServiceAccount', printed: 'ServiceAccount' },
  workload('ReplicationController', 'v1', template),
  workload('Deployment', 'apps/v1', template),
  workload('ReplicaSet', 'apps/v1', template),
  workload('StatefulSet', 'apps/v1', template),
  workload('DaemonSet', 'apps/v1', template),
  workload('Job', 'batch/v1', template),
  workload('CronJob', 'batch/v1', jobTemplate),
  // The fields of both versions are the same.
  { ...workload('CronJob', 'batch/v1beta1', jobTemplate), until: 24 },
];

function workload(kind: string, apiVersion: string, podSpec: readonly string[]): ApiResource {
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
  return { kind, apiVersion, type: `v1.${kind}`, printed: `${kind}${group}`, podSpec };
}

/** The groups whose kinds these are; a `Job` of any other group is somebody else's. */
export const ownGroups: readonly string[] = ['', 'apps', 'batch', 'extensions'];

/**
 * Fields that a release knows and drops without a word, because their feature gate is off by default; from the next one
 * on they work (kubelet.md §0.2).
 */
export const gatedFields = {
  /** `volumes[].image`: known since 1.31, on since 1.35. */
  imageVolume: { on: 35 },
  /** `initContainers[].restartPolicy`: known since 1.28, on since 1.29. */
  sidecarContainers: { on: 29 },
  /** `containers[].restartPolicy`: known since 1.28, dropped by 1.34, on since 1.35; refused before 1.34. */
  containerRestartRules: { on: 35 },
} as const;
