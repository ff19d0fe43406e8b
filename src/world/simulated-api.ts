import { isDeepStrictEqual } from 'node:util';
import { type DeclaredSecret, declaredSecret, encryptedSecret } from '../cluster/declared-secrets.js';
import { applyManifests, type Cluster } from '../cluster/load-cluster.js';
import type { LoadedPod } from '../cluster/load-pod.js';
import type { ManifestError, ManifestWarning } from '../cluster/manifest-problem.js';
import type { Container, Pod, Secret, ServiceAccount } from '../cluster/objects.js';
import { type Manifest, type ManifestInput, readManifests } from '../cluster/read-manifests.js';
import type { Sourced } from '../cluster/source.js';
import { stableUid } from '../cluster/stable-uid.js';
import type { AdmittedPod } from './pod-facts.js';

/** What became of the pod of one manifest. `key`: `Pod/default/web`, `Deployment/default/web`. */
export type PodChange =
  /** It came into being, or the API server refuses it. */
  | { readonly change: 'created'; readonly key: string; readonly loaded: LoadedPod }
  | { readonly change: 'edited'; readonly key: string; readonly pod: Pod }
  | { readonly change: 'deleted'; readonly key: string };

/** An API server whose objects live on from one call to the next. */
export interface SimulatedApi {
  /** As `kubectl apply -f`. */
  apply(inputs: readonly ManifestInput[]): readonly PodChange[];
  /** As `kubectl delete -f`: what an object is called decides, not what is in it. */
  delete(inputs: readonly ManifestInput[]): readonly PodChange[];
  /** What there is now. */
  cluster(): Cluster;
}

export interface SimulatedApiOptions {
  readonly defaultNamespace: string;
  readonly kubernetesVersion: string;
  readonly alwaysPullImages: boolean;
}

export function createSimulatedApi(options: SimulatedApiOptions): SimulatedApi {
  const state: State = {
    options,
    held: [],
    secrets: new Map(),
    serviceAccounts: new Map(),
    declaredSecrets: [],
    refusedSecrets: new Map(),
    pods: new Map(),
    deletions: new Map(),
    errors: [],
    warnings: new Map(),
  };
  return {
    apply: (inputs) => apply(inputs, state),
    delete: (inputs) => remove(inputs, state),
    cluster: () => clusterOf(state),
  };
}

interface State {
  readonly options: SimulatedApiOptions;
  /** The manifests behind everything but pods. */
  held: readonly Manifest[];
  secrets: ReadonlyMap<string, Sourced<Secret>>;
  serviceAccounts: ReadonlyMap<string, Sourced<ServiceAccount>>;
  declaredSecrets: readonly DeclaredSecret[];
  readonly refusedSecrets: Map<string, Cluster['refusedSecrets'][number]>;
  readonly pods: Map<string, LoadedPod>;
  /** How often the object of a name was deleted: the next one has another UID. */
  readonly deletions: Map<string, number>;
  readonly errors: ManifestError[];
  readonly warnings: Map<string, ManifestWarning>;
}

function apply(inputs: readonly ManifestInput[], state: State): readonly PodChange[] {
  const { options } = state;
  const read = readManifests(inputs);
  const heldNames = new Set(state.held.map((manifest) => nameOf(manifest, options)));
  const manifests = [...state.held, ...read.manifests];
  const cluster = applyManifests({ ...read, manifests }, inputs, options);
  keepObjects(cluster, manifests, state);
  state.errors.push(...cluster.errors);
  for (const warning of cluster.warnings) if (!isUpdate(warning, heldNames)) keepWarning(warning, state);
  return cluster.pods.flatMap((loaded) => applyPod(loaded, state));
}

/** An object of an earlier call is not written twice when this one has it again. */
const isUpdate = ({ kind, object }: ManifestWarning, heldNames: ReadonlySet<string>): boolean =>
  kind === 'replaced' &&
  object !== undefined &&
  heldNames.has(keyOf(object.kind, object.namespace, object.name));

const keepWarning = (warning: ManifestWarning, { warnings }: State) =>
  void warnings.set(JSON.stringify([warning.source, warning.message]), warning);

/** Objects that stayed are the same values as before; edited ones keep their UID. */
function keepObjects(cluster: Cluster, manifests: readonly Manifest[], state: State): void {
  state.secrets = kept('Secret', cluster.secrets, state.secrets, state);
  state.serviceAccounts = kept('ServiceAccount', cluster.serviceAccounts, state.serviceAccounts, state);
  state.declaredSecrets = lastOfEachName(cluster.declaredSecrets);
  for (const refused of cluster.refusedSecrets) {
    const { namespace = '', name = '' } = refused.secret.object.metadata;
    state.refusedSecrets.set(keyOf('Secret', namespace, name), refused);
  }
  for (const key of state.secrets.keys()) state.refusedSecrets.delete(key);
  const sources = new Set(
    [...state.secrets.values(), ...state.serviceAccounts.values(), ...state.declaredSecrets].map(
      ({ source }) => source,
    ),
  );
  state.held = manifests.filter(({ source }) => sources.has(source));
}

function kept<T extends Secret | ServiceAccount>(
  kind: string,
  entries: readonly Sourced<T>[],
  before: ReadonlyMap<string, Sourced<T>>,
  { deletions }: State,
): ReadonlyMap<string, Sourced<T>> {
  return new Map(
    entries.map((entry) => {
      const { namespace = '', name = '' } = entry.object.metadata;
      const key = keyOf(kind, namespace, name);
      const known = before.get(key);
      if (known?.source === entry.source) return [key, known] as const;
      const uid = uidOf(kind, namespace, name, deletions.get(key));
      const metadata = { ...entry.object.metadata, ...(uid !== undefined && { uid }) };
      return [key, { ...entry, object: { ...entry.object, metadata } }] as const;
    }),
  );
}

const lastOfEachName = (declared: readonly DeclaredSecret[]): readonly DeclaredSecret[] => [
  ...new Map(declared.map((secret) => [keyOf('Secret', secret.namespace, secret.name), secret])).values(),
];

/** Of an object that was deleted before; the first one keeps the UID that `check` gives it. */
const uidOf = (kind: string, namespace: string, name: string, deletions = 0): string | undefined =>
  deletions === 0 ? undefined : stableUid(kind, namespace, `${name}/${deletions}`);

const keyOf = (kind: string, namespace: string, name: string): string => `${kind}/${namespace}/${name}`;

/** The object that `kubectl` would name; a promised secret goes by the secret's name. */
function nameOf(manifest: Manifest, { defaultNamespace }: SimulatedApiOptions): string {
  const promised = declaredSecret(manifest, defaultNamespace) ?? encryptedSecret(manifest, defaultNamespace);
  if (promised !== undefined) return keyOf('Secret', promised.namespace, promised.name);
  const { kind, metadata } = manifest.object as { kind?: string; metadata?: Pod['metadata'] };
  return keyOf(kind ?? '', metadata?.namespace || defaultNamespace, metadata?.name ?? '');
}

const podKey = ({ owner, namespace, name }: LoadedPod): string =>
  keyOf(owner === null ? 'Pod' : (owner.split('/')[0] ?? ''), namespace, name);

function applyPod(loaded: LoadedPod, state: State): readonly PodChange[] {
  const key = podKey(loaded);
  const before = state.pods.get(key);
  if (before === undefined || !before.admitted) return [create(key, loaded, state)];
  if (!loaded.admitted) return refuse(loaded.message, loaded, state);
  if (isDeepStrictEqual(specOf(before), specOf(loaded))) return [];
  if (loaded.owner !== null) {
    // A new template: the controller replaces the pod.
    countDeletion(key, state);
    return [{ change: 'deleted', key }, create(key, loaded, state)];
  }
  if (!isDeepStrictEqual(withoutImages(specOf(before)), withoutImages(specOf(loaded))))
    return refuse(`Pod "${loaded.name}" is invalid: spec: Forbidden: ${onlyImages}`, loaded, state);
  const pod = withImagesOf(before.pod, loaded.pod);
  state.pods.set(key, { ...loaded, pod, pullSecretsFrom: before.pullSecretsFrom });
  return [{ change: 'edited', key, pod }];
}

/** The API server's words (1.36, `ValidatePodUpdate`), without the difference that it prints below them. */
const onlyImages =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

function create(key: string, loaded: LoadedPod, state: State): PodChange {
  const made = loaded.admitted ? withUid(key, loaded, state) : loaded;
  state.pods.set(key, made);
  return { change: 'created', key, loaded: made };
}

function withUid(key: string, loaded: AdmittedPod, { deletions }: State): AdmittedPod {
  const uid = uidOf('Pod', loaded.namespace, loaded.owner ?? loaded.name, deletions.get(key));
  const { pod } = loaded;
  return uid === undefined ? loaded : { ...loaded, pod: { ...pod, metadata: { ...pod.metadata, uid } } };
}

function refuse(message: string, { written }: LoadedPod, { errors }: State): readonly PodChange[] {
  errors.push({ kind: 'refused', message, source: written.source });
  return [];
}

/** The pod's specification as written: a policy that was left out is not made up anew when the image changes. */
function specOf({ written, specPath }: LoadedPod): WrittenSpec {
  let value: unknown = written.object;
  for (const step of specPath) value = (value as Readonly<Record<string, unknown>> | undefined)?.[step];
  return (value ?? {}) as WrittenSpec;
}

type WrittenSpec = Partial<Pick<Pod['spec'], 'containers' | 'initContainers'>>;

const withoutImages = (spec: WrittenSpec): WrittenSpec => ({
  ...spec,
  ...(spec.containers && { containers: spec.containers.map(withoutImage) }),
  ...(spec.initContainers && { initContainers: spec.initContainers.map(withoutImage) }),
});

const withoutImage = ({ image: _, ...container }: Container): Container => container;

/** The stored pod with the images of another one; nothing else of it may change, not even by defaults. */
function withImagesOf(pod: Pod, { spec }: Pod): Pod {
  const { containers, initContainers } = pod.spec;
  const take = (own: readonly Container[], others: readonly Container[] = []) =>
    own.map((container, index) => ({ ...container, image: others[index]?.image ?? '' }));
  return {
    ...pod,
    spec: {
      ...pod.spec,
      containers: take(containers, spec.containers),
      ...(initContainers && { initContainers: take(initContainers, spec.initContainers) }),
    },
  };
}

function remove(inputs: readonly ManifestInput[], state: State): readonly PodChange[] {
  const { manifests, errors } = readManifests(inputs);
  state.errors.push(...errors);
  const keys = new Set(manifests.map((manifest) => nameOf(manifest, state.options)));
  state.held = state.held.filter((manifest) => !keys.has(nameOf(manifest, state.options)));
  state.secrets = without(keys, state.secrets, state);
  state.serviceAccounts = without(keys, state.serviceAccounts, state);
  state.declaredSecrets = state.declaredSecrets.filter(
    ({ namespace, name }) => !keys.has(keyOf('Secret', namespace, name)),
  );
  const gone = [...keys].filter((key) => state.pods.delete(key));
  for (const key of gone) countDeletion(key, state);
  for (const key of keys) state.refusedSecrets.delete(key);
  return gone.map((key) => ({ change: 'deleted', key }));
}

function without<T>(
  keys: ReadonlySet<string>,
  entries: ReadonlyMap<string, T>,
  state: State,
): ReadonlyMap<string, T> {
  for (const key of keys) if (entries.has(key)) countDeletion(key, state);
  return new Map([...entries].filter(([key]) => !keys.has(key)));
}

const countDeletion = (key: string, { deletions }: State) =>
  void deletions.set(key, (deletions.get(key) ?? 0) + 1);

const clusterOf = (state: State): Cluster => ({
  pods: [...state.pods.values()],
  secrets: [...state.secrets.values()],
  serviceAccounts: [...state.serviceAccounts.values()],
  replacedServiceAccounts: [],
  refusedSecrets: [...state.refusedSecrets.values()],
  declaredSecrets: state.declaredSecrets,
  errors: state.errors,
  warnings: [...state.warnings.values()],
  findSecret: (namespace, name) => state.secrets.get(keyOf('Secret', namespace, name)),
});
