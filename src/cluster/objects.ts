/**
 * The Kubernetes objects that decide an image pull, in the API's own JSON shape (the one that the types of
 * `@kubernetes/client-node` describe). Fields that play no part are kept by the reader but not typed here.
 */
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

export interface ContainerPort {
  name?: string;
  containerPort?: number;
  hostPort?: number;
  hostIP?: string;
  protocol?: string;
}

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef?: LocalObjectReference } & Record<string, unknown>;
}

export interface Container {
  name: string;
  image?: string;
  imagePullPolicy?: string;
  volumeMounts?: VolumeMount[];
  ports?: ContainerPort[];
  env?: EnvVar[];
  envFrom?: { secretRef?: LocalObjectReference }[];
  terminationMessagePath?: string;
  terminationMessagePolicy?: string;
  /** Init containers only: `Always` makes it a sidecar. */
  restartPolicy?: string;
}

/** Beside `name` exactly one of the volume types, each a field of its own. */
export interface Volume {
  name: string;
  image?: { reference?: string; pullPolicy?: string };
  secret?: { secretName?: string };
  projected?: { sources?: { serviceAccountToken?: object; secret?: LocalObjectReference }[] };
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
  dnsPolicy?: string;
  schedulerName?: string;
  terminationGracePeriodSeconds?: number;
  activeDeadlineSeconds?: number;
  enableServiceLinks?: boolean;
  hostname?: string;
  subdomain?: string;
  hostNetwork?: boolean;
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
  /** Secrets that pods may mount: no pull secrets. */
  secrets?: LocalObjectReference[];
}

/** What a controller makes pods from. */
export interface PodTemplate {
  metadata?: ObjectMeta;
  spec?: PodSpec;
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: NodeSelectorRequirement[];
}

/** A controller's object; CronJobs hold the template one level deeper. */
export interface Workload {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec?: WorkloadSpec & { schedule?: string; jobTemplate?: { metadata?: ObjectMeta; spec?: WorkloadSpec } };
}

export interface WorkloadSpec {
  template?: PodTemplate;
  /** Plain labels in a ReplicationController. */
  selector?: LabelSelector | Record<string, string>;
  /** Jobs: the author, not the API server, makes selector and labels. */
  manualSelector?: boolean;
  /** StatefulSets. */
  volumeClaimTemplates?: { metadata?: ObjectMeta }[];
  replicas?: number;
}
