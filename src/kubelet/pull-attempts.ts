import type { Credential } from '../credentials/credential.js';
import { goQuote } from '../image/go-quote.js';
import { type ImageService, type PullImageResult, pullErrorText } from './image-service.js';

/** One CRI PullImage, with what it offered and what came of it. */
export interface PullAttempt {
  /** `null`: anonymous. */
  readonly credential: Credential | null;
  readonly result: PullImageResult;
}

export type PullAttemptsOutcome =
  | {
      readonly outcome: 'pulled';
      readonly imageRef: string;
      /** The credential that worked, `null` for anonymous. */
      readonly credential: Credential | null;
      readonly attempts: readonly PullAttempt[];
    }
  | {
      readonly outcome: 'failed';
      /** The aggregated text, as the `Failed to pull image` event carries it. */
      readonly text: string;
      readonly attempts: readonly PullAttempt[];
    }
  | { readonly outcome: 'unknown'; readonly because: string; readonly attempts: readonly PullAttempt[] };

/**
 * Offers each credential in order until one works (kubelet.md §5.1). With no credential there is one anonymous attempt;
 * with any there is none, even for a public image. Every failure moves on: also not found, also a timeout.
 *
 * @param image the name with its default tag, as the runtime gets it
 */
export async function attemptPulls(
  imageService: ImageService,
  image: string,
  credentials: readonly Credential[],
): Promise<PullAttemptsOutcome> {
  const attempts: PullAttempt[] = [];
  for (const credential of credentials.length === 0 ? [null] : credentials) {
    const result = await pullOnce(imageService, image, credential);
    attempts.push({ credential, result });
    if (result.outcome === 'unknown') return { outcome: 'unknown', because: result.because, attempts };
    if (result.outcome === 'pulled' && result.imageRef !== '') {
      return { outcome: 'pulled', imageRef: result.imageRef, credential, attempts };
    }
  }
  return { outcome: 'failed', text: aggregate(attempts.map((attempt) => textOf(attempt, image))), attempts };
}

/** Both fields go as they are: an empty credential is a present but empty AuthConfig (kubelet.md §2.10). */
function pullOnce(imageService: ImageService, image: string, credential: Credential | null) {
  const auth = credential && { username: credential.username, password: credential.password };
  return imageService.pullImage({ image, auth });
}

/** The text of an attempt that did not work. */
function textOf({ result }: PullAttempt, image: string): string {
  return result.outcome === 'failed'
    ? pullErrorText(result.code, result.description)
    : `imageRef of image ${goQuote(image)} is not set`;
}

/** Go's error aggregate: equal texts once, brackets only around several different ones (kubelet.md §5.3). */
function aggregate(texts: readonly string[]): string {
  const distinct = [...new Set(texts)];
  return distinct.length === 1 ? (distinct[0] ?? '') : `[${distinct.join(', ')}]`;
}
