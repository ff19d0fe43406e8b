import { setTimeout as delay } from 'node:timers/promises';
import { goQuote } from '../image/go-quote.js';
import { mediaTypes } from '../image/media-types.js';
import type { Platform } from '../image/platform.js';
import { InvalidReference, parseRuntimeReference, type RuntimeReference } from '../image/reference.js';
import {
  type ContainerdProfile,
  type ContainerdRelease,
  containerdProfiles,
} from '../versions/containerd.js';
import type { Exchange } from '../wire/exchange.js';
import { credentialsFor } from './auth-config.js';
import { finalDescription } from './containerd-description.js';
import type { ContentDescriptor } from './descriptor.js';
import { type Download, startDownload } from './download.js';
import { createFetcher } from './fetcher.js';
import type { HostsDirectory } from './hosts-directory.js';
import { readImageConfig } from './image-document.js';
import { downloadImage } from './image-download.js';
import { chooseManifest } from './image-manifest.js';
import { createImageStore, type ImageStore } from './image-store.js';
import { unpackWithoutImages } from './local-unpack.js';
import type { AuthConfig, Dial, PullOptions, PullResult, Runtime } from './pull.js';
import { asPullError, PullError, prefixed, wrapError } from './pull-error.js';
import { type HostListOptions, registryHosts } from './registry-hosts.js';
import type { RequestContext } from './registry-request.js';
import { resolveReference, schema1Unsupported } from './resolver.js';
import { refuseSchema1 } from './schema1.js';
import { createSeenContent, type SeenContent } from './seen-content.js';
import { createTransport, type Transport } from './transport.js';

export interface ContainerdOptions {
  /** Which release; its differences are data in `versions/containerd.ts`. */
  readonly release: ContainerdRelease;
  /** The node's, for example linux/amd64. */
  readonly platform: Platform;
  /** containerd's `config_path`; absent: no hosts files. */
  readonly hosts?: HostsDirectory | undefined;
  /** CRI `registry.headers`, sent with every registry request. */
  readonly headers?: Readonly<Record<string, readonly string[]>>;
  /** Forces `client.Pull` where the transfer service is the default (`use_local_image_pull`, runtime.md §1.1). */
  readonly useLocalImagePull?: boolean;
  /** Absent: real DNS, ports and TLS. */
  readonly dial?: Dial | undefined;
  readonly now: () => Date;
  /** Waits before a retry; a virtual clock need not. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
  readonly store?: ImageStore;
  readonly timeouts?: Partial<Timeouts>;
}

/** Go's limits, in milliseconds. The header time-out is the release's own unless given. */
export interface Timeouts {
  readonly dialMs: number;
  readonly tlsHandshakeMs: number;
  readonly responseHeaderMs: number | null;
}

/**
 * A containerd CRI image service: pulls over HTTP with the requests, the decisions and the texts of one release
 * (runtime.md §1–§11).
 *
 * ```ts
 * const runtime = createContainerd({ release: 'containerd-2.3', platform, dial, now });
 * await runtime.pull('nginx:latest', { auth: { username: 'alice', password: 'secret' } });
 * ```
 */
export function createContainerd(options: ContainerdOptions): Runtime {
  const transport = createTransport({
    dial: options.dial,
    now: options.now,
    dialTimeoutMs: options.timeouts?.dialMs ?? 30_000,
    tlsHandshakeTimeoutMs: options.timeouts?.tlsHandshakeMs ?? 10_000,
  });
  return runtimeOver({ transport, seen: createSeenContent() }, options.store ?? createImageStore(), options);
}

/** What the runtime keeps whatever store it pulls into. */
interface Lasting {
  readonly transport: Transport;
  readonly seen: SeenContent;
}

function runtimeOver(lasting: Lasting, store: ImageStore, options: ContainerdOptions): Runtime {
  const release: ContainerdProfile = containerdProfiles[options.release];
  const profile: ContainerdProfile = options.useLocalImagePull ? { ...release, pull: 'local' } : release;
  return {
    store,
    pull: (image, pullOptions = {}) => pull(image, pullOptions, { options, profile, ...lasting, store }),
    status: (image) => imageStatus(image, store),
    withStore: (other) => runtimeOver(lasting, other, options),
    close: () => lasting.transport.close(),
  };
}

function imageStatus(image: string, store: ImageStore) {
  const byId = store.image(image) ?? store.image(`sha256:${image}`);
  if (byId !== undefined) return byId;
  try {
    return store.image(parseRuntimeReference(image).name);
  } catch (error) {
    if (error instanceof InvalidReference) return undefined;
    throw error;
  }
}

interface Environment extends Lasting {
  readonly options: ContainerdOptions;
  readonly profile: ContainerdProfile;
  readonly store: ImageStore;
}

async function pull(image: string, options: PullOptions, environment: Environment): Promise<PullResult> {
  const exchanges: Exchange[] = [];
  try {
    const reference = parseReference(image, environment.profile);
    const pulled = await pullReference(reference, options, exchanges, environment);
    return { ok: true, reference: reference.name, exchanges, ...pulled };
  } catch (thrown) {
    const error = asPullError(thrown);
    const description = finalDescription(error, environment.profile);
    return { ok: false, code: error.code, description, failure: error.failure, exchanges };
  }
}

function parseReference(image: string, profile: ContainerdProfile): RuntimeReference {
  try {
    return parseRuntimeReference(image);
  } catch (error) {
    if (!(error instanceof InvalidReference)) throw error;
    const reason = profile.namesUppercaseRepository
      ? error.message
      : error.message.replace(
          /^invalid reference format: repository name \(.*\) must/,
          'invalid reference format: repository name must',
        );
    throw new PullError(`failed to parse image reference ${goQuote(image)}: ${reason}`, {
      kind: 'invalid-reference',
    });
  }
}

async function pullReference(
  reference: RuntimeReference,
  options: PullOptions,
  exchanges: Exchange[],
  environment: Environment,
): Promise<{ imageRef: string; digest: string; sizeBytes: number }> {
  const { options: own, store } = environment;
  const context = requestContext(reference, options, exchanges, environment);
  const { root, download } = await prefixed(`failed to pull and unpack image "${reference.name}": `, () =>
    downloadReference(reference, options.auth, context, environment),
  );
  const { config, sizeBytes } = await prefixed('get image config descriptor: ', async () =>
    chooseManifest(root, download.content, own.platform),
  );
  const storing = `failed to update image store "${config.digest}": get image info from containerd: get image diffIDs: `;
  await prefixed(storing, async () =>
    readImageConfig(download.content(config.digest)?.bytes ?? new Uint8Array()),
  );
  const image = { id: config.digest, sizeBytes };
  store.add(download.change());
  store.add({ images: referencesOf(reference, root).map((name) => [name, image] as const) });
  return { imageRef: config.digest, digest: root.digest, sizeBytes };
}

/** The tag and the digest both name the image afterwards (CRI `RepoTags` and `RepoDigests`). */
const referencesOf = ({ host, path, name }: RuntimeReference, { digest }: ContentDescriptor) => [
  ...new Set([name, `${host}/${path}@${digest}`]),
];

function requestContext(
  reference: RuntimeReference,
  { auth, signal }: PullOptions,
  exchanges: Exchange[],
  { options, profile, transport }: Environment,
): RequestContext {
  const configured = options.timeouts?.responseHeaderMs;
  return {
    profile,
    client: {
      transport,
      exchanges,
      responseHeaderTimeoutMs: configured === undefined ? profile.responseHeaderTimeoutMs : configured,
      tlsPrefix: profile.tlsPrefix,
      anonymous: isAnonymous(auth),
      keptHosts: new Set(),
      signal,
    },
    referenceHost: reference.host,
    repository: reference.path,
    headers: options.headers ?? {},
    sleep: options.sleep ?? ((milliseconds) => delay(milliseconds)),
  };
}

/** A user name without a password is not sent: nobody logs in (runtime.md §3). */
const isAnonymous = (auth: AuthConfig | null | undefined) =>
  auth?.username ? !auth.password : !auth?.identityToken && !auth?.auth;

async function downloadReference(
  reference: RuntimeReference,
  auth: AuthConfig | null | undefined,
  context: RequestContext,
  { options, profile, store, seen }: Environment,
): Promise<{ root: ContentDescriptor; download: Download }> {
  const hostOptions: HostListOptions = {
    profile,
    hosts: options.hosts,
    credentials: credentialLookup(auth, profile),
    context: context.client,
    now: options.now,
  };
  const resolving =
    profile.pull === 'transfer'
      ? 'failed to resolve image: '
      : `failed to resolve reference "${reference.name}": `;
  const root = await prefixed(resolving, async () =>
    resolveReference(reference, registryHosts(reference.host, hostOptions), context),
  );
  const isSchema1 = root.mediaType === mediaTypes.dockerSchema1Signed;
  if (isSchema1 && profile.schema1 === 'refused') throw schema1Refusal(profile);
  // A second list of hosts: fetching starts anonymous again.
  const fetchContext = { ...context, client: { ...context.client, keptHosts: new Set<string>() } };
  const fetchHosts = registryHosts(reference.host, { ...hostOptions, context: fetchContext.client });
  const fetcher = createFetcher(fetchHosts, fetchContext);
  if (isSchema1) await refuseSchema1(root, fetcher);
  const download = startDownload(fetcher, store, { profile, seen });
  const { platform } = options;
  const unpacked = await downloadImage(root, download, { profile, platform });
  if (profile.pull === 'local' && unpacked === 0) unpackWithoutImages(root, download, { profile, platform });
  return { root, download };
}

/** The transfer service asks for credentials by a call that names the host in its errors. */
function credentialLookup(auth: AuthConfig | null | undefined, { pull: path }: ContainerdProfile) {
  return (host: string) => {
    if (path === 'local') return credentialsFor(auth, host);
    try {
      return credentialsFor(auth, host);
    } catch (error) {
      throw wrapError(`failed to get credentials for "${host}": `, error);
    }
  };
}

const schema1Refusal = ({ pull: path }: ContainerdProfile) =>
  path === 'local'
    ? schema1Unsupported('v2.1')
    : new PullError(
        'schema 1 image manifests are no longer supported: invalid argument',
        { kind: 'unsupported-manifest', mediaType: mediaTypes.dockerSchema1Signed },
        'InvalidArgument',
      );
