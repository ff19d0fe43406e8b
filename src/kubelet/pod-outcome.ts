import { InvalidImageName, parseImageName } from '../image/reference.js';
import type { PodPrinterRelease } from '../versions/kubectl.js';
import { blockerOf } from './blocker.js';
import type { ImageUse } from './image-uses.js';
import { podColumns } from './pod-columns.js';
import { type PodState, useKey } from './pod-state.js';
import type { PodStatus } from './pod-status.js';
import type { PullAttempt } from './pull-attempts.js';

/** What became of a pod on a node, for reports and explanations. */
export interface PodOutcome {
  readonly phase: PodStatus['phase'];
  /** kubectl's STATUS column; `Unknown` when an image is undecidable and none failed. */
  readonly status: string;
  /** kubectl's READY column. */
  readonly ready: string;
  /** In the order in which the kubelet comes to them. */
  readonly images: readonly ImageOutcome[];
}

export interface ImageOutcome extends Pick<ImageUse, 'container' | 'kind' | 'image' | 'pullPolicy' | 'path'> {
  /** What credentials are looked up for: `docker.io/library/nginx`; `null` when the name does not parse. */
  readonly repository: string | null;
  readonly tag: string;
  readonly digest: string;
  /** The reference library's text, when the name does not parse. */
  readonly nameError?: string;
  readonly verdict: 'pulled' | 'present' | 'failed' | 'unknown' | 'blocked';
  /** Of the last sync that tried, never the back-off's; `null` when not failed. */
  readonly reason: string | null;
  /** With `reason`; for `unknown` what is missing. */
  readonly message: string | null;
  /** For `blocked`: the container or volume whose image failed first. */
  readonly blockedBy?: string;
  /** Of the last pull; empty when nothing was pulled. */
  readonly attempts: readonly PullAttempt[];
  readonly contentAssumed?: true;
}

/** Reads the outcome off a pod's state, usually a settled one. */
export function podOutcome(state: PodState, status: PodStatus, release: PodPrinterRelease): PodOutcome {
  const images = state.uses.map((use) => imageOutcome(state, use));
  const { STATUS, READY } = podColumns({ spec: state.pod.spec, status }, release);
  const undecided = new Set(images.filter(isUnknown).map(({ container }) => container));
  return {
    phase: status.phase,
    status: undecided.size === 0 ? STATUS : statusBeside(undecided, images, { state, status, release }),
    ready: READY,
    images,
  };
}

const isUnknown = ({ verdict }: ImageOutcome) => verdict === 'unknown';

/** Beside undecidable containers, which wait for ever here, the column tells of those that failed. */
function statusBeside(
  undecided: ReadonlySet<string>,
  images: readonly ImageOutcome[],
  { state, status, release }: { state: PodState; status: PodStatus; release: PodPrinterRelease },
): string {
  if (!images.some(({ verdict }) => verdict === 'failed')) return 'Unknown';
  const decided = <S extends { readonly name: string }>(statuses: readonly S[]) =>
    statuses.filter(({ name }) => !undecided.has(name));
  const { initContainerStatuses, containerStatuses } = status;
  const known = {
    ...status,
    ...(initContainerStatuses && { initContainerStatuses: decided(initContainerStatuses) }),
    containerStatuses: decided(containerStatuses),
  };
  return podColumns({ spec: state.pod.spec, status: known }, release).STATUS;
}

function imageOutcome(state: PodState, use: ImageUse): ImageOutcome {
  const { container, kind, image, pullPolicy, path } = use;
  return { container, kind, image, pullPolicy, path, ...nameParts(image), ...verdictOf(state, use) };
}

function nameParts(image: string): Pick<ImageOutcome, 'repository' | 'tag' | 'digest' | 'nameError'> {
  try {
    const { repository, tag, digest } = parseImageName(image);
    return { repository, tag, digest };
  } catch (error) {
    if (!(error instanceof InvalidImageName)) throw error;
    return { repository: null, tag: '', digest: '', nameError: error.reason };
  }
}

type Verdict = Pick<
  ImageOutcome,
  'verdict' | 'reason' | 'message' | 'blockedBy' | 'attempts' | 'contentAssumed'
>;

function verdictOf(state: PodState, use: ImageUse): Verdict {
  const ensured = state.images.get(useKey(use))?.ensured;
  if (ensured === undefined) return untried(state, use);
  switch (ensured.outcome) {
    case 'present':
      return { verdict: 'present', reason: null, message: null, attempts: [] };
    case 'pulled':
      return {
        verdict: 'pulled',
        reason: null,
        message: null,
        attempts: ensured.attempts,
        ...assumed(ensured.attempts),
      };
    case 'failed':
      return {
        verdict: 'failed',
        reason: ensured.reason,
        message: ensured.message,
        attempts: ensured.attempts,
      };
    case 'unknown':
      return { verdict: 'unknown', reason: null, message: ensured.because, attempts: ensured.attempts };
    default:
      return ensured satisfies never;
  }
}

function untried(state: PodState, use: ImageUse): Verdict {
  const blocker = blockerOf(state, use);
  if (blocker === undefined) {
    const message = 'the kubelet did not come to this image in the time that was simulated';
    return { verdict: 'unknown', reason: null, message, attempts: [] };
  }
  return { verdict: 'blocked', reason: null, message: null, blockedBy: blocker.container, attempts: [] };
}

const assumed = (attempts: readonly PullAttempt[]): { contentAssumed?: true } => {
  const result = attempts.at(-1)?.result;
  return result?.outcome === 'pulled' && result.contentAssumed ? { contentAssumed: true } : {};
};
