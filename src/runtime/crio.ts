import { setTimeout as delay } from 'node:timers/promises';
import type { Platform } from '../image/platform.js';
import type { RuntimeReference } from '../image/reference.js';
import { type CrioProfile, crioProfile } from '../versions/crio.js';
import type { Exchange } from '../wire/exchange.js';
import { decodeBase64 } from '../wire/go-base64.js';
import { anonymous, type Credentials } from './auth-config.js';
import { type PulledArtifact, pullArtifact } from './crio-artifact.js';
import { type CopiedImage, copyImage } from './crio-copy.js';
import { pullCandidates } from './crio-reference.js';
import type { CrioContext } from './crio-source.js';
import type { HostsDirectory } from './hosts-directory.js';
import { createImageStore, type ImageStore, type StoredImage } from './image-store.js';
import type { AuthConfig, Dial, PullOptions, PullResult, Runtime } from './pull.js';
import { asPullError, PullError, wrapError } from './pull-error.js';
import { defaultRegistriesConf, type RegistriesConf } from './registries-conf.js';
import { createTransport, type Transport } from './transport.js';

export interface CrioOptions {
  /** CRI-O's version is that of Kubernetes: `1.36`. Differences are data in `versions/crio.ts`. */
  readonly kubernetesVersion: string;
  /** The node's, for example linux/amd64. */
  readonly platform: Platform;
  /** Absent: no mirrors, and short names are of Docker Hub. */
  readonly registries?: RegistriesConf | undefined;
  /** `/etc/containers/certs.d`: a directory of certificates per registry. */
  readonly certificates?: HostsDirectory | undefined;
  /** Absent: real DNS, ports and TLS. */
  readonly dial?: Dial | undefined;
  readonly now: () => Date;
  /** Waits before a retry; a virtual clock need not. */
  readonly sleep?: ((milliseconds: number) => Promise<void>) | undefined;
  readonly store?: ImageStore;
  readonly timeouts?: { readonly dialMs?: number; readonly tlsHandshakeMs?: number };
}

/**
 * A CRI-O image service: pulls over HTTP with the requests, the decisions and the texts of one release (runtime.md §14.1).
 *
 * ```ts
 * const runtime = createCrio({ kubernetesVersion: '1.36', platform, dial, now });
 * await runtime.pull('nginx:latest', { auth: { username: 'alice', password: 'secret' } });
 * ```
 */
export function createCrio(options: CrioOptions): Runtime {
  const transport = createTransport({
    dial: options.dial,
    now: options.now,
    dialTimeoutMs: options.timeouts?.dialMs ?? 30_000,
    tlsHandshakeTimeoutMs: options.timeouts?.tlsHandshakeMs ?? 10_000,
  });
  const profile = crioProfile(options.kubernetesVersion);
  return runtimeOver(options.store ?? createImageStore(), { options, profile, transport });
}

interface Environment {
  readonly options: CrioOptions;
  readonly profile: CrioProfile;
  readonly transport: Transport;
}

function runtimeOver(store: ImageStore, environment: Environment): Runtime {
  return {
    store,
    pull: (image, options = {}) => pull(image, options, store, environment),
    status: (image) => imageStatus(image, store, environment),
    withStore: (other) => runtimeOver(other, environment),
    close: () => environment.transport.close(),
  };
}

function imageStatus(
  image: string,
  store: ImageStore,
  { options, profile }: Environment,
): StoredImage | undefined {
  const byId = store.image(image);
  if (byId !== undefined) return byId;
  try {
    const candidates = pullCandidates(image, options.registries ?? defaultRegistriesConf, profile);
    return candidates.map(({ name }) => store.image(name)).find((found) => found !== undefined);
  } catch (error) {
    asPullError(error);
    return undefined;
  }
}

async function pull(
  image: string,
  { auth, signal }: PullOptions,
  store: ImageStore,
  environment: Environment,
): Promise<PullResult> {
  const exchanges: Exchange[] = [];
  try {
    const credentials = credentialsOf(auth);
    const context = contextOf(credentials, exchanges, signal, environment);
    const pulled = await pullFirst(image, store, context);
    return { ok: true, exchanges, ...pulled };
  } catch (thrown) {
    const { message: description, failure } = asPullError(thrown);
    // Every error of CRI-O is Unknown; who went away sees its own cancellation.
    const code = signal?.aborted ? 'Canceled' : 'Unknown';
    return { ok: false, code, description, failure, exchanges };
  }
}

/**
 * User and password of a CRI AuthConfig; `auth` wins, and what is in it but no pair counts as nothing. Tokens and the
 * server's address are not looked at.
 */
function credentialsOf(auth: AuthConfig | null | undefined): Credentials {
  const { username = '', secret = '' } = auth?.auth
    ? decodeAuth(auth.auth)
    : { username: auth?.username ?? '', secret: auth?.password ?? '' };
  return username === '' ? anonymous : { username, secret };
}

function decodeAuth(text: string): Credentials {
  let decoded: string;
  try {
    decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(decodeBase64(text));
  } catch (error) {
    throw new PullError((error as Error).message, { kind: 'other' });
  }
  const colon = decoded.indexOf(':');
  if (colon < 0) return anonymous;
  return { username: decoded.slice(0, colon), secret: decoded.slice(colon + 1).replace(/^\0+|\0+$/g, '') };
}

function contextOf(
  credentials: Credentials,
  exchanges: Exchange[],
  signal: AbortSignal | undefined,
  { options, profile, transport }: Environment,
): CrioContext {
  return {
    profile,
    platform: options.platform,
    registries: options.registries ?? defaultRegistriesConf,
    certificates: options.certificates,
    credentials,
    client: {
      transport,
      exchanges,
      responseHeaderTimeoutMs: null,
      tlsPrefix: 'tls: failed to verify certificate: ',
      signal,
    },
    now: options.now,
    sleep: options.sleep ?? ((milliseconds) => delay(milliseconds)),
  };
}

interface Pulled {
  readonly imageRef: string;
  readonly reference: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

/** The candidates of a short name in turn; the last one's error counts. */
async function pullFirst(image: string, store: ImageStore, context: CrioContext): Promise<Pulled> {
  const candidates = pullCandidates(image, context.registries, context.profile);
  let lastError: PullError | undefined;
  for (const candidate of candidates) {
    try {
      return await pullCandidate(candidate, store, context);
    } catch (error) {
      lastError = asPullError(error);
    }
  }
  if (lastError === undefined) throw new Error('a name has at least one candidate');
  throw lastError.marks.refused ? wrapError('RegistryUnavailable: ', lastError) : lastError;
}

async function pullCandidate(
  reference: RuntimeReference,
  store: ImageStore,
  context: CrioContext,
): Promise<Pulled> {
  try {
    return storeImage(await copyImage(reference, store, context), reference, store);
  } catch (thrown) {
    const error = asPullError(thrown);
    const { artifactAttempt } = context.profile;
    if (artifactAttempt === 'never') throw error;
    if (artifactAttempt === 'unless-network-error' && isNetworkError(error)) {
      throw wrapError('unable to pull image: ', error);
    }
    return storeArtifact(await artifactAfter(error, reference, context), reference, store);
  }
}

/** Go's `net.Error`, or a cancellation. */
const isNetworkError = ({ marks, code }: PullError) =>
  marks.transportUrl !== undefined || code === 'Canceled' || code === 'DeadlineExceeded';

async function artifactAfter(
  error: PullError,
  reference: RuntimeReference,
  context: CrioContext,
): Promise<PulledArtifact> {
  try {
    return await pullArtifact(reference, context);
  } catch (thrown) {
    const second = asPullError(thrown);
    const text = `unable to pull image or OCI artifact: pull image err: ${error.message}; artifact err: ${second.message}`;
    throw new PullError(text, error.failure, 'Unknown', { ...second.marks, ...error.marks });
  }
}

function storeImage(image: CopiedImage, reference: RuntimeReference, store: ImageStore): Pulled {
  const { id, digest, instanceDigest, sizeBytes } = image;
  const { host, path, name } = reference;
  const names = new Set([name, `${host}/${path}@${digest}`, `${host}/${path}@${instanceDigest}`]);
  store.add(image.change);
  store.add({ images: [...names].map((each) => [each, { id, sizeBytes }] as const) });
  return { imageRef: id, reference: name, digest, sizeBytes };
}

function storeArtifact(artifact: PulledArtifact, { name }: RuntimeReference, store: ImageStore): Pulled {
  const { digest, sizeBytes } = artifact;
  const id = digest.replace(/^sha256:/, '');
  store.add({ ...artifact.change, images: [[name, { id, sizeBytes }]] });
  return { imageRef: id, reference: name, digest, sizeBytes };
}
