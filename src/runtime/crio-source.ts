import { digestProblem } from '../image/digest.js';
import { mediaTypes } from '../image/media-types.js';
import type { Platform } from '../image/platform.js';
import type { RuntimeReference } from '../image/reference.js';
import type { CrioProfile } from '../versions/crio.js';
import { anonymous, type Credentials } from './auth-config.js';
import { readBlob } from './crio-blob-reader.js';
import { certificatesFor } from './crio-certificates.js';
import { type CrioClient, createCrioClient } from './crio-client.js';
import { registryError } from './crio-registry-error.js';
import type { ContentDescriptor } from './descriptor.js';
import type { HostsDirectory } from './hosts-directory.js';
import type { ClientContext, ClientResponse } from './http-client.js';
import { parseHttpUrl } from './http-url.js';
import { asPullError, PullError, type PullErrorMarks, wrapError } from './pull-error.js';
import { readLimited } from './read-limited.js';
import { findRegistry, type PullSource, pullSourcesOf, type RegistriesConf } from './registries-conf.js';
import { headerOf } from './transport.js';

/** What all requests of one CRI-O pull share. */
export interface CrioContext {
  readonly profile: CrioProfile;
  readonly platform: Platform;
  readonly registries: RegistriesConf;
  readonly certificates: HostsDirectory | undefined;
  /** For the registry of the reference; mirrors elsewhere never see them. */
  readonly credentials: Credentials;
  readonly client: Omit<ClientContext, 'keptHosts' | 'anonymous'>;
  readonly now: () => Date;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

export interface FetchedManifest {
  readonly bytes: Buffer;
  /** `Content-Type` without parameters; empty when absent or malformed. */
  readonly mediaType: string;
}

/** The mirror or registry that had the manifest: all else comes from there too. */
export interface ImageSource {
  /** What the reference points to. */
  readonly manifest: FetchedManifest;
  /** A manifest of the index. */
  getManifest(digest: string): Promise<FetchedManifest>;
  /** Starts reading a blob; `fetching blob: …` when it cannot be had. */
  openBlob(descriptor: ContentDescriptor): Promise<AsyncIterable<Buffer>>;
}

/**
 * Asks mirrors and registry in order for the manifest (containers/image `newImageSource`). Every call starts anew: new
 * pings, new tokens.
 *
 * @throws {@link PullError} the registry's error, with those of the mirrors before it
 */
export async function openImageSource(
  reference: RuntimeReference,
  context: CrioContext,
): Promise<ImageSource> {
  const failures: { readonly name: string; readonly error: PullError }[] = [];
  for (const source of pullSourcesOf(reference, context.registries)) {
    try {
      return await openAt(source, reference, context);
    } catch (error) {
      failures.push({ name: source.reference.name, error: asPullError(error) });
    }
  }
  const last = failures.pop();
  if (last === undefined) throw new Error('an image has at least one source');
  if (failures.length === 0) throw last.error;
  const others = failures.map(({ name, error }) => `[${name}: ${error.message}]`).join('\n');
  throw wrapError(`(Mirrors also failed: ${others}): ${last.name}: `, last.error);
}

async function openAt(
  source: PullSource,
  logical: RuntimeReference,
  context: CrioContext,
): Promise<ImageSource> {
  const { reference } = source;
  const client = clientOf(source, logical, context);
  const fetchManifest = (name: string) => getManifest(name, reference, client);
  return {
    manifest: await fetchManifest(reference.digest || reference.tag),
    async getManifest(digest) {
      checkDigest(digest);
      return fetchManifest(digest);
    },
    openBlob: (descriptor) => openBlob(descriptor, reference, client, context),
  };
}

function clientOf(
  { reference, insecure }: PullSource,
  logical: RuntimeReference,
  context: CrioContext,
): CrioClient {
  const { host, path } = reference;
  const registry = findRegistry(context.registries, `${host}/${path}`);
  if (registry?.blocked) {
    const { path: file } = context.registries;
    throw new PullError(`registry ${registry.prefix} is blocked in ${file} or ${file}.d`, { kind: 'other' });
  }
  const credentials = host === logical.host ? context.credentials : anonymous;
  return createCrioClient({
    host,
    repository: path,
    credentials,
    tls: certificatesFor(host, context.certificates, insecure),
    userAgent: `${context.profile.userAgent} arch/${context.platform.architecture}`,
    context: { ...context.client, anonymous: isAnonymous(credentials), keptHosts: new Set() },
    now: context.now,
    sleep: context.sleep,
  });
}

/** A token is asked for with both or with neither (runtime.md §14.1). */
const isAnonymous = ({ username, secret }: Credentials): boolean => username === '' || secret === '';

const acceptedTypes = [
  mediaTypes.ociManifest,
  mediaTypes.dockerManifest,
  mediaTypes.dockerSchema1Signed,
  mediaTypes.dockerSchema1,
  mediaTypes.dockerManifestList,
  mediaTypes.ociIndex,
];

const maxManifestBytes = 4 * 1024 * 1024;

async function getManifest(
  name: string,
  { host, path, name: referenceName }: RuntimeReference,
  client: CrioClient,
): Promise<FetchedManifest> {
  const response = await client.get(`/v2/${path}/manifests/${name}`, { accept: acceptedTypes });
  if (response.status !== 200) {
    const error = await registryError(response, { kind: 'manifest-not-found', reference: referenceName });
    throw wrapError(`reading manifest ${name} in ${host}/${path}: `, error);
  }
  const bytes = await readLimited(response.body, maxManifestBytes);
  return { bytes, mediaType: mediaTypeOf(headerOf(response, 'content-type')) };
}

const contentTypePattern =
  /^\s*([\w!#$%&'*+.^`|~-]+(?:\/[\w!#$%&'*+.^`|~-]+)?)(?:\s*;\s*[\w!#$%&'*+.^`|~-]+\s*=\s*(?:[\w!#$%&'*+.^`|~-]+|"(?:[^"\\]|\\.)*"))*\s*;?\s*$/;

/** Go's `mime.ParseMediaType`: one bad parameter and nothing counts. */
const mediaTypeOf = (contentType: string) => contentTypePattern.exec(contentType)?.[1]?.toLowerCase() ?? '';

async function openBlob(
  descriptor: ContentDescriptor,
  { path: repository }: RuntimeReference,
  client: CrioClient,
  { now, sleep }: CrioContext,
): Promise<AsyncIterable<Buffer>> {
  const { digest } = descriptor;
  const foreign = await openForeign(descriptor, client);
  if (foreign !== undefined) return foreign.body;
  checkDigest(digest);
  const path = `/v2/${repository}/blobs/${digest}`;
  const response = await client.get(path);
  if (response.status !== 200) {
    const error = await registryError(response, { kind: 'content-not-found', digest });
    throw wrapError('fetching blob: ', error);
  }
  return readBlob(response, { client, path, digest, now, sleep });
}

function checkDigest(digest: string): void {
  const problem = digestProblem(digest);
  if (problem !== undefined) throw new PullError(problem, { kind: 'content-mismatch', digest });
}

/** Foreign layers name their own addresses; only when none of them is http(s) the registry is asked. */
async function openForeign(
  { urls = [], digest }: ContentDescriptor,
  client: CrioClient,
): Promise<ClientResponse | undefined> {
  const failures: { readonly text: string; readonly marks: PullErrorMarks }[] = [];
  for (const address of urls) {
    const url = parseHttpUrl(address);
    if (url.scheme !== 'http' && url.scheme !== 'https') continue;
    try {
      const response = await client.getForeign(url);
      if (response.status === 200) return response;
      response.discard();
      const text = `error fetching external blob from "${address}": received unexpected HTTP status: ${response.statusLine}`;
      failures.push({ text, marks: {} });
    } catch (error) {
      const { message, marks } = asPullError(error);
      failures.push({ text: message, marks });
    }
  }
  if (failures.length === 0) return undefined;
  throw new PullError(
    `failed fetching external blob from all urls: ${failures.map(({ text }) => text).join(', ')}`,
    { kind: 'content-not-found', digest },
    'Unknown',
    Object.assign({}, ...failures.map(({ marks }) => marks)),
  );
}
