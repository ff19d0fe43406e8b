import type { FieldPath, Sourced } from '../cluster/source.js';
import type { Credential } from '../credentials/credential.js';
import { pullErrorText } from '../kubelet/image-service.js';
import type { ImageOutcome } from '../kubelet/pod-outcome.js';
import type { PullAttempt } from '../kubelet/pull-attempts.js';
import type {
  ReportedAttempt,
  ReportedCredential,
  ReportedExchange,
  ReportedImage,
} from '../report/check-report.js';
import { reportSource } from '../report/report-finding.js';
import type { Exchange } from '../wire/exchange.js';
import { maskUserInfo, maskUsername } from '../wire/mask.js';

/**
 * One image of a pod as the report has it.
 *
 * @param explanation what happened in one sentence; `null` when the image is there
 */
export function reportImage(
  outcome: ImageOutcome,
  written: Sourced<unknown>,
  specPath: FieldPath,
  explanation: string | null,
): ReportedImage {
  const { container, kind, image, pullPolicy, verdict, reason, message, blockedBy, contentAssumed } = outcome;
  return {
    container,
    kind,
    image,
    reference: referenceOf(outcome),
    pullPolicy,
    verdict,
    reason,
    message,
    explanation,
    ...(blockedBy !== undefined && { blockedBy }),
    ...(contentAssumed && { contentAssumed }),
    source: reportSource(written.locate([...specPath, ...outcome.path])),
    attempts: outcome.attempts.map(reportAttempt),
  };
}

/** Tag and digest are both kept when both were written: it is what the name says, not what the runtime makes of it. */
const referenceOf = ({ repository, tag, digest }: ImageOutcome): string | null =>
  repository === null ? null : repository + (tag && `:${tag}`) + (digest && `@${digest}`);

function reportAttempt({ credential, result }: PullAttempt): ReportedAttempt {
  return {
    credential: reportCredential(credential),
    error: result.outcome === 'failed' ? pullErrorText(result.code, result.description) : null,
    exchanges: reportExchanges(result.exchanges),
  };
}

function reportCredential(credential: Credential | null): ReportedCredential {
  if (credential === null) return { source: 'anonymous' };
  const { source, key, username } = credential;
  return {
    source: source.kind,
    ...(source.kind === 'secret' && { secret: `${source.namespace}/${source.name}` }),
    key: maskUserInfo(key),
    username: maskUsername(username),
  };
}

/** Pulls that were reused share their exchanges: what one reports serves the others. */
const reported = new WeakMap<readonly Exchange[], readonly ReportedExchange[]>();

function reportExchanges(exchanges: readonly Exchange[]): readonly ReportedExchange[] {
  const known = reported.get(exchanges);
  if (known !== undefined) return known;
  const made = exchanges.map(reportExchange);
  reported.set(exchanges, made);
  return made;
}

const reportExchange = ({ method, url, status, authorization, error }: Exchange): ReportedExchange => ({
  method,
  url,
  status,
  authorization,
  ...(error !== undefined && { error }),
});
