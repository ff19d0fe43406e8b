import type { ImageStore } from '../runtime/image-store.js';
import type { AuthConfig, PullResult, Runtime } from '../runtime/pull.js';

/** The images of one node as one pod sees them, with a name for their state. */
export interface NodeImages {
  readonly store: ImageStore;
  /** Equal names mean equal images. */
  readonly state: string;
}

/** What a pull did: its result, and the node's images after it. */
export interface RecordedPull {
  readonly result: PullResult;
  readonly after: NodeImages;
}

/** Pulls an image onto a node. */
export type Puller = (image: string, auth: AuthConfig | null, before: NodeImages) => Promise<RecordedPull>;

/**
 * Pulls, and reuses the record of an equal pull (DESIGN §3.7): same reference, credential and images on the node, and
 * nothing changed at the registry since.
 *
 * @param registryState names what may change at the registry while the clock runs; `undefined` when every request
 *   changes it (faults to order, limits): then nothing is reused
 */
export function createPuller(runtime: Runtime, registryState: () => string | undefined): Puller {
  const records = new Map<string, Promise<RecordedPull>>();
  return (image, auth, before) => {
    const state = registryState();
    if (state === undefined) return pullOnto(runtime, image, auth, before);
    const key = JSON.stringify([image, auth, before.state, state]);
    const record = records.get(key) ?? pullOnto(runtime, image, auth, before);
    remember(records, key, record);
    return record;
  };
}

/** More records than this are forgotten, the longest unused first: each keeps its exchanges and manifests. */
const maxRecords = 2048;

function remember(
  records: Map<string, Promise<RecordedPull>>,
  key: string,
  record: Promise<RecordedPull>,
): void {
  records.delete(key);
  records.set(key, record);
  const [oldest] = records.keys();
  if (records.size > maxRecords && oldest !== undefined) records.delete(oldest);
}

async function pullOnto(
  runtime: Runtime,
  image: string,
  auth: AuthConfig | null,
  before: NodeImages,
): Promise<RecordedPull> {
  const store = before.store.fork();
  const result = await runtime.withStore(store).pull(image, { auth });
  // A failed pull leaves nothing behind: the runtime drops what it fetched.
  if (!result.ok) return { result, after: before };
  return { result, after: { store, state: `${before.state} ${result.reference}@${result.digest}` } };
}
