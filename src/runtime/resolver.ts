import { createHash } from 'node:crypto';
import { digestProblem } from '../image/digest.js';
import { mediaTypes } from '../image/media-types.js';
import type { RuntimeReference } from '../image/reference.js';
import type { ClientResponse } from './http-client.js';
import { asPullError, PullError, wrapError } from './pull-error.js';
import type { RegistryHost } from './registry-hosts.js';
import { type RegistryRequest, type RequestContext, sendToHost } from './registry-request.js';
import { schema1Problem } from './schema1.js';
import { resolverStatus, unexpectedStatus } from './status-text.js';
import { headerOf, readBody } from './transport.js';

/** What a reference points to. */
export interface ResolvedDescriptor {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
}

/** containerd's `MaxManifestSize`: 4 × 1048 × 1048, a typing mistake that became the limit. */
const maxManifestBytes = 4 * 1048 * 1048;

const acceptedTypes = [
  mediaTypes.dockerManifest,
  mediaTypes.dockerManifestList,
  mediaTypes.ociManifest,
  mediaTypes.ociIndex,
  '*/*',
].join(', ');

/**
 * Finds digest, size and media type of a reference: HEAD at each host until one answers 2xx (runtime.md §7).
 *
 * @throws {@link PullError} the most telling error of all hosts
 */
export async function resolveReference(
  reference: RuntimeReference,
  allHosts: readonly RegistryHost[],
  context: RequestContext,
): Promise<ResolvedDescriptor> {
  const byDigest = reference.digest !== '';
  const hosts = allHosts.filter(
    ({ capabilities }) => capabilities.includes('pull') && (byDigest || capabilities.includes('resolve')),
  );
  if (hosts.length === 0) throw notFound('no resolve hosts', reference);
  const worst = createErrorChoice(context.profile.errorPrecedence);
  for (const content of contentPaths(reference)) {
    if (worst.rank() > rank.notFound && !context.profile.triesBlobsAfterStatusErrors) break;
    for (const [index, host] of hosts.entries()) {
      const request = { host, content, isLastHost: index === hosts.length - 1 };
      const found = await resolveAtHost(reference, request, context, worst);
      if (found !== undefined) return found;
    }
  }
  throw worst.error() ?? notFound(reference.name, reference);
}

type HostRequest = Required<Pick<RegistryRequest, 'host' | 'content' | 'isLastHost'>>;

/** Later stages of the way tell more: an answer with a status more than a 404, that more than no answer. */
const rank = { none: 0, noAnswer: 1, notFound: 2, status: 3, tooLarge: 4 } as const;
type Rank = (typeof rank)[keyof typeof rank];

interface ErrorChoice {
  add(rank: Rank, error: PullError): void;
  rank(): Rank;
  error(): PullError | undefined;
}

function createErrorChoice(precedence: 'class' | 'first-but-404'): ErrorChoice {
  let chosen: { rank: Rank; error: PullError } | undefined;
  return {
    add(newRank, error) {
      const wins =
        precedence === 'class'
          ? newRank > (chosen?.rank ?? rank.none)
          : newRank !== rank.notFound && chosen === undefined;
      if (wins) chosen = { rank: newRank, error };
    },
    rank: () => chosen?.rank ?? rank.none,
    error: () => chosen?.error,
  };
}

const contentPaths = ({ digest, tag }: RuntimeReference): (readonly ['manifests' | 'blobs', string])[] =>
  digest === ''
    ? [['manifests', tag]]
    : [
        ['manifests', digest],
        ['blobs', digest],
      ];

async function resolveAtHost(
  reference: RuntimeReference,
  request: HostRequest,
  context: RequestContext,
  worst: ErrorChoice,
): Promise<ResolvedDescriptor | undefined> {
  const response = await headContent(request, context, worst);
  if (response === undefined) return undefined;
  response.discard();
  if (response.status === 404) {
    worst.add(rank.notFound, notFound(reference.name, reference));
    return undefined;
  }
  if (response.status > 399) {
    worst.add(rank.status, await statusError(response, request, context));
    return undefined;
  }
  if (response.status > 299) throw await unexpectedStatus(response);
  const resolved = await describe(response, reference, request, context);
  if (resolved.size <= maxManifestBytes) return resolved;
  worst.add(
    rank.tooLarge,
    notFound(`rejecting ${resolved.size} byte manifest for ${reference.name}`, reference),
  );
  return undefined;
}

async function headContent(
  request: HostRequest,
  context: RequestContext,
  worst: ErrorChoice,
): Promise<ClientResponse | undefined> {
  try {
    return await sendToHost({ ...request, method: 'HEAD', headers: { accept: acceptedTypes } }, context);
  } catch (thrown) {
    const error = asPullError(thrown);
    const denied = 'pull access denied, repository does not exist or may require authorization: ';
    worst.add(rank.noAnswer, error.marks.authorizationFailed ? wrapError(denied, error) : error);
    return undefined;
  }
}

async function statusError(
  response: ClientResponse,
  request: HostRequest,
  context: RequestContext,
): Promise<PullError> {
  const { profile } = context;
  const repeats =
    profile.repeatsForbiddenAsGet && response.status === 403 && response.request.method === 'HEAD';
  if (!repeats) return resolverStatus(response, profile, request.host.host, request.content);
  const told = await getContent({ ...request, isLastHost: false }, context).catch(() => undefined);
  if (told?.status === 403) return unexpectedStatus(response, told);
  told?.discard();
  return unexpectedStatus(response);
}

const getContent = (request: HostRequest, context: RequestContext) =>
  sendToHost({ ...request, method: 'GET', headers: { accept: acceptedTypes } }, context);

async function describe(
  response: ClientResponse,
  reference: RuntimeReference,
  request: HostRequest,
  context: RequestContext,
): Promise<ResolvedDescriptor> {
  const digest = reference.digest || digestHeader(response);
  const size = response.contentLength;
  if (digest !== '' && size !== -1) return { digest, size, mediaType: manifestMediaType(response) };
  return describeByGet(digest, request, context);
}

/** The header counts only beside a length, and only for a tag: a digest in the reference is never compared with it. */
function digestHeader(response: ClientResponse): string {
  const header = headerOf(response, 'docker-content-digest');
  if (header === '' || response.contentLength === -1) return '';
  const problem = digestProblem(header);
  if (problem === undefined) return header;
  throw new PullError(`"${header}" in header not a valid digest: ${problem}`, { kind: 'other' });
}

async function describeByGet(
  digest: string,
  request: HostRequest,
  context: RequestContext,
): Promise<ResolvedDescriptor> {
  const response = await getContent({ ...request, isLastHost: true }, context);
  if (response.status >= 400 && context.profile.checksManifestGetStatus)
    throw await unexpectedStatus(response);
  const mediaType = manifestMediaType(response);
  const isSchema1 = digest === '' && mediaType === mediaTypes.dockerSchema1Signed;
  if (isSchema1 && context.profile.schema1 === 'refused') throw schema1Unsupported('v2.0');
  const body = await readBody(response);
  if (isSchema1) throw schema1Problem(body);
  const ownDigest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  return { digest: digest || ownDigest, size: body.length, mediaType };
}

/** The text of containerd's own refusal, with the release that dropped the support. */
export function schema1Unsupported(since: 'v2.0' | 'v2.1'): PullError {
  const { dockerSchema1Signed, dockerManifest, ociManifest } = mediaTypes;
  return new PullError(
    `not implemented: media type "${dockerSchema1Signed}" is no longer supported since containerd ${since}, please rebuild the image as "${dockerManifest}" or "${ociManifest}"`,
    { kind: 'unsupported-manifest', mediaType: dockerSchema1Signed },
    'Unimplemented',
  );
}

/** `text/plain` is schema 1: a registry once sent that without saying so. */
function manifestMediaType(response: ClientResponse): string {
  const [mediaType = ''] = headerOf(response, 'content-type').split(';', 1);
  return mediaType === 'text/plain' ? mediaTypes.dockerSchema1Signed : mediaType;
}

const notFound = (what: string, { name }: RuntimeReference) =>
  new PullError(`${what}: not found`, { kind: 'manifest-not-found', reference: name }, 'NotFound');
