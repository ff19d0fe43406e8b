/**
 * The Kubernetes objects that decide an image pull, in the API's own JSON shape (the one that the types of
 * `@kubernetes/client-node` describe). Fields that play no part are kept by the reader but not typed here.
 */
export type PullPolicy = 'Always' | 'IfNotPresent' | 'Never';

export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  creationTimestamp?: string;
}

export interface LocalObjectReference {
  name?: string;
}

export interface VolumeMount {
  name: string;
  mountPath?: string;
}

export interface Container {
  name: string;
  image?: string;
  imagePullPolicy?: string;
  volumeMounts?: VolumeMount[];
  /** Init containers only: `Always` makes it a sidecar. */
  restartPolicy?: string;
}

export interface Volume {
  name: string;
  image?: { reference?: string; pullPolicy?: string };
}

export interface PodSpec {
  containers: Container[];
  initContainers?: Container[];
  ephemeralContainers?: Container[];
  volumes?: Volume[];
  imagePullSecrets?: LocalObjectReference[];
  serviceAccountName?: string;
  serviceAccount?: string;
  restartPolicy?: string;
  nodeName?: string;
  nodeSelector?: Record<string, string>;
  affinity?: {
    nodeAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector };
  };
}

export interface NodeSelector {
  nodeSelectorTerms: NodeSelectorTerm[];
}

export interface NodeSelectorTerm {
  matchExpressions?: NodeSelectorRequirement[];
  matchFields?: NodeSelectorRequirement[];
}

export interface NodeSelectorRequirement {
  key: string;
  operator: string;
  values?: string[];
}

export interface Pod {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: PodSpec;
}

/** `data` values are base64, `stringData` values plain, as in the API. */
export interface Secret {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  type?: string;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  immutable?: boolean;
}

export interface ServiceAccount {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  imagePullSecrets?: LocalObjectReference[];
  secrets?: LocalObjectReference[];
}
