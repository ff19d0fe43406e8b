import { minorOf, newestMinor } from '../versions/api-server.js';
import { customPods } from './custom-pods.js';
import { type DeclaredSecret, declaredSecret, encryptedSecret } from './declared-secrets.js';
import { defaultSecret } from './defaults.js';
import { type FieldError, invalidObject } from './field-error.js';
import { fieldPathOf } from './field-path.js';
import { isJsonObject } from './json-value.js';
import { type LoadedPod, loadPod } from './load-pod.js';
import type { ManifestError, ManifestWarning } from './manifest-problem.js';
import { createObjectStore, type ObjectStore, printObject } from './object-store.js';
import type { ObjectMeta, Secret, ServiceAccount } from './objects.js';
import { type Manifest, type ManifestInput, type ReadManifests, readManifests } from './read-manifests.js';
import { type ApiObject, metadataOf, readObject } from './read-objects.js';
import type { FieldPath, Sourced, SourceLocation } from './source.js';
import { stableSuffix } from './stable-uid.js';
import { validateMeta } from './validate-meta.js';
import { validateSecret, validateSecretUpdate } from './validate-secret.js';

export interface ClusterOptions {
  /** For objects that name none; `default` by default. */
  readonly defaultNamespace?: string;
  /** Whether the AlwaysPullImages admission plugin is on. */
  readonly alwaysPullImages?: boolean;
  /** Of the API server: `1.36`. */
  readonly kubernetesVersion?: string;
}

/** What a set of manifests makes of an empty cluster. */
export interface Cluster {
  /** One entry per pod and per workload, in the order of the manifests. */
  readonly pods: readonly LoadedPod[];
  /** Stored secrets: defaulted, valid, with a UID. */
  readonly secrets: readonly Sourced<Secret>[];
  /** Those of the manifests; besides, every namespace has a `default`. */
  readonly serviceAccounts: readonly Sourced<ServiceAccount>[];
  /** Accounts of the manifests that a later one of the same name took the place of. */
  readonly replacedServiceAccounts: readonly Sourced<ServiceAccount>[];
  /** Secrets that the API server refuses, with its text: for pods they do not exist. Each is an error too. */
  readonly refusedSecrets: readonly RefusedSecret[];
  /** Secrets whose content is not in the manifests. */
  readonly declaredSecrets: readonly DeclaredSecret[];
  readonly errors: readonly ManifestError[];
  readonly warnings: readonly ManifestWarning[];
  findSecret(namespace: string, name: string): Sourced<Secret> | undefined;
}

interface RefusedSecret {
  readonly secret: Sourced<Secret>;
  readonly message: string;
}

/**
 * Applies manifests to an empty cluster as `kubectl apply` and the API server would, all secrets and accounts before all
 * pods. What is wrong is an error or a warning with its line, and hides nothing else. Throws nothing.
 */
export function loadCluster(inputs: readonly ManifestInput[], options: ClusterOptions = {}): Cluster {
  return applyManifests(readManifests(inputs), inputs, options);
}

/**
 * As {@link loadCluster}, for manifests that were read already.
 *
 * @param inputs where they come from: what was noticed is told in this order
 */
export function applyManifests(
  { manifests, errors, warnings }: ReadManifests,
  inputs: readonly Pick<ManifestInput, 'file'>[],
  options: ClusterOptions = {},
): Cluster {
  const state = createState(options);
  for (const manifest of manifests) take(manifest, state);
  const { alwaysPullImages = false } = options;
  const server = { minor: state.minor, alwaysPullImages, findServiceAccount: state.serviceAccounts.get };
  const loaded = [...state.podObjects.values()].map((object) => loadPod(object, server));
  return {
    pods: loaded.map(({ pod }) => pod),
    secrets: state.secrets.list(),
    serviceAccounts: state.serviceAccounts.list(),
    replacedServiceAccounts: state.replacedServiceAccounts,
    refusedSecrets: state.refusedSecrets,
    declaredSecrets: state.declaredSecrets,
    errors: inOrder([...errors, ...state.errors], inputs),
    warnings: inOrder([...warnings, ...state.warnings, ...loaded.flatMap((pod) => pod.warnings)], inputs),
    findSecret: state.secrets.get,
  };
}

interface State {
  readonly defaultNamespace: string;
  readonly minor: number;
  readonly secrets: ObjectStore<Secret>;
  readonly serviceAccounts: ObjectStore<ServiceAccount>;
  /** Pods and workloads by kind, namespace and name: judged when everything else is known. */
  readonly podObjects: Map<string, ApiObject>;
  readonly replacedServiceAccounts: Sourced<ServiceAccount>[];
  readonly refusedSecrets: RefusedSecret[];
  readonly declaredSecrets: DeclaredSecret[];
  readonly errors: ManifestError[];
  readonly warnings: ManifestWarning[];
}

const createState = ({ defaultNamespace = 'default', kubernetesVersion }: ClusterOptions): State => ({
  defaultNamespace,
  minor: kubernetesVersion === undefined ? newestMinor : minorOf(kubernetesVersion),
  secrets: createObjectStore(),
  serviceAccounts: createObjectStore(),
  podObjects: new Map(),
  replacedServiceAccounts: [],
  refusedSecrets: [],
  declaredSecrets: [],
  errors: [],
  warnings: [],
});

function take(manifest: Manifest, state: State): void {
  const promised =
    declaredSecret(manifest, state.defaultNamespace) ?? encryptedSecret(manifest, state.defaultNamespace);
  if (promised !== undefined) {
    state.declaredSecrets.push(promised);
    return;
  }
  const read = readObject(manifest, state.defaultNamespace, state.minor);
  if (read.kind === 'error') state.errors.push(read.error);
  if (read.kind === 'foreign')
    for (const pod of customPods(manifest, state.defaultNamespace, state.minor)) takeCustomPod(pod, state);
  if (read.kind !== 'object') return;
  const { object } = read;
  state.warnings.push(...object.warnings);
  if (object.refusal !== undefined) state.errors.push(object.refusal.error);
  if (object.name.kind === 'Secret') takeSecret(object, state);
  else if (object.name.kind === 'ServiceAccount') takeServiceAccount(object, state);
  else takePodObject(object, state);
}

function takeSecret(object: ApiObject, state: State): void {
  const secret = defaultSecret({ ...(object.object as Partial<Secret>), metadata: metadataOf(object) });
  const entry = sourced(object.manifest, secret);
  if (object.refusal !== undefined) {
    state.refusedSecrets.push({ secret: entry, message: object.refusal.answer });
    return;
  }
  const before = state.secrets.get(object.name.namespace, object.name.name);
  const errors = before === undefined ? validateSecret(secret) : validateSecretUpdate(secret, before.object);
  if (errors.length === 0) put(state.secrets, entry, object, state);
  else state.refusedSecrets.push({ secret: entry, message: refuse(object, errors, state) });
}

function takeServiceAccount(object: ApiObject, state: State): void {
  if (object.refusal !== undefined) return;
  const account: ServiceAccount = {
    ...(object.object as Partial<ServiceAccount>),
    metadata: metadataOf(object),
  };
  const errors = validateMeta(account.metadata);
  const before = state.serviceAccounts.get(object.name.namespace, object.name.name);
  if (errors.length === 0 && before !== undefined) state.replacedServiceAccounts.push(before);
  if (errors.length === 0) put(state.serviceAccounts, sourced(object.manifest, account), object, state);
  else refuse(object, errors, state);
}

function takeCustomPod(pod: ApiObject, state: State): void {
  if (pod.refusal !== undefined) state.errors.push(pod.refusal.error);
  takePodObject(pod, state);
}

/** An object that cannot be decoded and has no name either is told as an error only. */
function takePodObject(object: ApiObject, state: State): void {
  const named = withGeneratedName(object, state.podObjects.size);
  const { name } = named.name;
  if (name === '' && named.refusal !== undefined) return;
  const key = name === '' ? `unnamed ${state.podObjects.size}` : printObject(named.name);
  const before = state.podObjects.get(key);
  if (before !== undefined) warnReplaced(before.manifest.source, named, state);
  state.podObjects.delete(key);
  state.podObjects.set(key, named);
}

/** Random on a real server, the same in every run here. */
function withGeneratedName(object: ApiObject, index: number): ApiObject {
  const { generateName = '' } = (object.object.metadata ?? {}) as ObjectMeta;
  const { name, namespace, kind } = object.name;
  if (name !== '' || generateName === '') return object;
  const generated = `${generateName}${stableSuffix(kind, namespace, generateName, index)}`;
  return { ...object, name: { ...object.name, name: generated } };
}

function put<T extends { metadata: ObjectMeta }>(
  store: ObjectStore<T>,
  entry: Sourced<T>,
  object: ApiObject,
  state: State,
): void {
  const before = store.put(entry);
  if (before !== undefined) warnReplaced(before.source, object, state);
}

function warnReplaced(before: SourceLocation, { name, manifest }: ApiObject, { warnings }: State): void {
  const message = `${printObject(name)} is written twice: this one replaces the one in ${before.file}:${before.line}; keep one of them`;
  warnings.push({ kind: 'replaced', message, source: manifest.source, object: name });
}

function refuse(
  { resource, name, manifest }: ApiObject,
  errors: readonly FieldError[],
  state: State,
): string {
  const message = invalidObject(resource.printed, name.name, errors);
  const source = manifest.locate(asWritten(fieldPathOf(errors[0]?.path ?? ''), manifest));
  state.errors.push({ kind: 'refused', message, source });
  return message;
}

/** The API server speaks of `data`, also of what was written under `stringData`. */
function asWritten(path: FieldPath, { object }: Manifest): FieldPath {
  const [field, key = ''] = path;
  const plain = object.stringData;
  return field === 'data' && isJsonObject(plain) && Object.hasOwn(plain, key) ? ['stringData', key] : path;
}

/** By input and line: what was found early and late stands together. */
function inOrder<T extends { readonly source: SourceLocation }>(
  entries: readonly T[],
  inputs: readonly Pick<ManifestInput, 'file'>[],
): readonly T[] {
  const rank = new Map<string, number>();
  for (const { file } of inputs) if (!rank.has(file)) rank.set(file, rank.size);
  const place = ({ source }: T) => rank.get(source.file) ?? rank.size;
  return [...entries].sort((one, other) => place(one) - place(other) || one.source.line - other.source.line);
}

const sourced = <T>({ source, locate, object: written }: Manifest, object: T): Sourced<T> => ({
  object,
  source,
  written,
  locate,
});
