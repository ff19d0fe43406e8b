import type { PullFailure } from '../wire/pull-failure.js';
import { type DeclaredRegistry, isAbsent } from './declared-registries.js';
import type { AttemptFacts, ImageFacts } from './facts.js';

/** What stopped an image, in the terms that rules ask in. Read from recorded failures, never from messages. */
export type Trouble =
  /** Present, or pulled at the first attempt. */
  | { readonly kind: 'none' }
  /** Pulled, after credentials that did not work. */
  | { readonly kind: 'detour' }
  /** An earlier image of the pod failed first. */
  | { readonly kind: 'blocked' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'invalid-name' }
  /** `Never`, and the node does not hold it. */
  | { readonly kind: 'never' }
  /** A pull secret that cannot be decoded took the whole keyring with it. */
  | { readonly kind: 'keyring' }
  /** Refused: without a credential, because of a bad login, or although the login was good. */
  | { readonly kind: 'refused'; readonly as: Refusal; readonly attempt: AttemptFacts }
  /**
   * It does not exist. `hidden`: the registry answered as it does for private repositories, and the world knows that
   * there is nothing.
   */
  | { readonly kind: 'absent'; readonly hidden: boolean; readonly attempt: AttemptFacts }
  | { readonly kind: 'platform'; readonly offered: readonly string[] }
  | { readonly kind: 'content'; readonly problem: 'missing' | 'mismatch'; readonly digest: string }
  | { readonly kind: 'unsupported'; readonly mediaType: string }
  | { readonly kind: 'rate-limit'; readonly attempt: AttemptFacts }
  | { readonly kind: 'transport'; readonly failure: TransportFailure }
  /** The token endpoint gave no usable answer, or one of 5xx. */
  | { readonly kind: 'token-endpoint'; readonly realm: string; readonly status: number | null }
  | { readonly kind: 'server'; readonly status: number; readonly host: string }
  | { readonly kind: 'signature' }
  | { readonly kind: 'other' };

export type Refusal = 'anonymous' | 'login' | 'access';

export type TransportFailure = Extract<
  PullFailure,
  {
    readonly kind:
      | 'no-such-host'
      | 'connection-refused'
      | 'timeout'
      | 'connection-closed'
      | 'http-on-https'
      | 'tls';
  }
>;

/**
 * What stopped this image. Of several attempts the one that came furthest counts.
 *
 * @param keyringBroken a secret of the pod could not be decoded
 */
export function troubleOf(
  image: ImageFacts,
  registry: DeclaredRegistry | undefined,
  keyringBroken: boolean,
): Trouble {
  if (image.verdict !== 'failed') return { kind: withoutFailure(image) };
  if (image.nameError !== undefined || image.repository === null) return { kind: 'invalid-name' };
  if (image.reason === 'SignatureValidationFailed') return { kind: 'signature' };
  const attempt = furthest(image.attempts);
  if (attempt?.failure) return troubleOfAttempt(attempt, attempt.failure, image, registry);
  return { kind: withoutAttempt(image.reason, keyringBroken) };
}

function withoutFailure({ verdict, attempts }: ImageFacts): 'none' | 'detour' | 'blocked' | 'unknown' {
  if (verdict === 'blocked' || verdict === 'unknown') return verdict;
  return attempts.length > 1 ? 'detour' : 'none';
}

function withoutAttempt(reason: string | null, keyringBroken: boolean): 'never' | 'keyring' | 'other' {
  if (reason === 'ErrImageNeverPull') return 'never';
  // The reason alone does not tell: since Kubernetes 1.33 it is the decoder's own text (kubelet.md §6.4).
  return keyringBroken ? 'keyring' : 'other';
}

function troubleOfAttempt(
  attempt: AttemptFacts,
  failure: PullFailure,
  image: ImageFacts,
  registry: DeclaredRegistry | undefined,
): Trouble {
  const refusal = refusalOf(failure);
  if (refusal !== undefined) {
    // A bad login is refused before anybody looks at the repository.
    const hidden =
      refusal !== 'login' && registry !== undefined && isAbsent(registry, image.repository ?? '');
    return hidden ? { kind: 'absent', hidden: true, attempt } : { kind: 'refused', as: refusal, attempt };
  }
  return otherTrouble(attempt, failure);
}

function refusalOf(failure: PullFailure): Refusal | undefined {
  switch (failure.kind) {
    case 'no-basic-credentials':
      return 'anonymous';
    case 'insufficient-scope':
      return failure.anonymous ? 'anonymous' : 'access';
    case 'token-refused':
      if (failure.status !== 401 && failure.status !== 403) return undefined;
      return failure.anonymous ? 'anonymous' : 'login';
    case 'status':
      if (failure.status === 401) return failure.anonymous ? 'anonymous' : 'login';
      if (failure.status === 403) return failure.anonymous ? 'anonymous' : 'access';
      return undefined;
    default:
      return undefined;
  }
}

function otherTrouble(attempt: AttemptFacts, failure: PullFailure): Trouble {
  switch (failure.kind) {
    case 'manifest-not-found':
      return { kind: 'absent', hidden: false, attempt };
    case 'content-not-found':
      return { kind: 'content', problem: 'missing', digest: failure.digest };
    case 'content-mismatch':
      return { kind: 'content', problem: 'mismatch', digest: failure.digest };
    case 'no-platform':
      return { kind: 'platform', offered: failure.offered };
    case 'unsupported-manifest':
      return { kind: 'unsupported', mediaType: failure.mediaType };
    case 'status':
    case 'token-refused':
      return troubleOfStatus(attempt, failure);
    case 'no-such-host':
    case 'connection-refused':
    case 'timeout':
    case 'connection-closed':
    case 'http-on-https':
    case 'tls':
      return { kind: 'transport', failure };
    default:
      return { kind: 'other' };
  }
}

function troubleOfStatus(
  attempt: AttemptFacts,
  failure: Extract<PullFailure, { kind: 'status' | 'token-refused' }>,
): Trouble {
  if (failure.status === 429) return { kind: 'rate-limit', attempt };
  if (failure.kind === 'token-refused') {
    return { kind: 'token-endpoint', realm: failure.realm, status: failure.status };
  }
  if (failure.status === 404) return { kind: 'absent', hidden: false, attempt };
  return failure.status >= 500
    ? { kind: 'server', status: failure.status, host: failure.host }
    : { kind: 'other' };
}

/** The later a pull fails, the more was right before. */
const progress: Readonly<Record<PullFailure['kind'], number>> = {
  'invalid-reference': 0,
  'no-such-host': 0,
  'connection-refused': 0,
  timeout: 0,
  'connection-closed': 0,
  'http-on-https': 0,
  tls: 0,
  other: 0,
  status: 1,
  'no-basic-credentials': 1,
  'token-refused': 1,
  'insufficient-scope': 2,
  'manifest-not-found': 3,
  'unsupported-manifest': 4,
  'no-platform': 4,
  'content-not-found': 4,
  'content-mismatch': 4,
};

function furthest(attempts: readonly AttemptFacts[]): AttemptFacts | undefined {
  let best: AttemptFacts | undefined;
  for (const attempt of attempts) {
    if (attempt.failure === null) continue;
    if (!best?.failure || progress[attempt.failure.kind] > progress[best.failure.kind]) best = attempt;
  }
  return best;
}
