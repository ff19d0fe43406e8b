/** Coordinates of a secret that gave access to an image, with the hash of the credential (kubelet.md §7.2). */
export interface RecordedSecret {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly credentialHash: string;
}

export interface RecordedServiceAccount {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
}

/** Who may use an image under one of its names. Members are absent when empty, as in the kubelet's files. */
export interface RecordedAccess {
  readonly kubernetesSecrets?: readonly RecordedSecret[];
  readonly kubernetesServiceAccounts?: readonly RecordedServiceAccount[];
  /** Everybody on this node: it was pulled anonymously or with the node's own credentials. */
  readonly nodePodsAccessible?: boolean;
}

/** The kubelet's `ImagePulledRecord`: how the images with one image ID came to this node. */
export interface ImagePulledRecord {
  /** RFC 3339, in seconds. */
  readonly lastUpdatedTime: string;
  /** The runtime's image ID. */
  readonly imageRef: string;
  /** By image name without tag and digest. */
  readonly credentialMapping?: Readonly<Record<string, RecordedAccess>>;
}

/** Where pull intents and pulled records are kept. Reading a record that is damaged throws. */
export interface PullRecordStore {
  hasIntent(image: string): boolean;
  intents(): readonly string[];
  writeIntent(image: string): void;
  deleteIntent(image: string): void;
  record(imageRef: string): ImagePulledRecord | undefined;
  records(): readonly ImagePulledRecord[];
  writeRecord(record: ImagePulledRecord): void;
  deleteRecord(imageRef: string): void;
}

/** Records that live as long as the process: what `check` gives each pod's fresh node. */
export function createPullRecordMemory(): PullRecordStore {
  const intents = new Set<string>();
  const records = new Map<string, ImagePulledRecord>();
  return {
    hasIntent: (image) => intents.has(image),
    intents: () => [...intents],
    writeIntent: (image) => void intents.add(image),
    deleteIntent: (image) => void intents.delete(image),
    record: (imageRef) => records.get(imageRef),
    records: () => [...records.values()],
    writeRecord: (record) => void records.set(record.imageRef, record),
    deleteRecord: (imageRef) => void records.delete(imageRef),
  };
}
