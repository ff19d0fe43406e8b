import { explainOutcome } from './explain-outcome.js';
import type { PodFacts } from './facts.js';
import type { Finding } from './finding.js';
import { type ImageCase, type PodCase, podCase } from './pod-case.js';
import type { Detection, Rule } from './rule.js';
import { lastResort } from './rules/last-resort.js';
import { rules } from './rules.js';

/** What there is to tell about one pod. */
export interface Diagnosis {
  /** In the order of the rules' table; what speaks of no container comes before what speaks of one. */
  readonly findings: readonly Finding[];
  /** What happened to each image, in one sentence; in the order of the facts, `null` where nothing failed. */
  readonly explanations: readonly (string | null)[];
}

/**
 * Explains one pod from its recorded facts: pure, and the same for the same facts. Every image that failed gets at
 * least one finding of severity `error`.
 */
export function diagnose(facts: PodFacts): Diagnosis {
  const pod = podCase(facts);
  const found = findings(pod);
  const told = withoutGeneral(found);
  const forgotten = pod.images.filter((image) => isForgotten(image, told));
  return {
    findings: [...told, ...forgotten.flatMap((image) => imageFindings(lastResort, image))],
    explanations: pod.images.map(explainOutcome),
  };
}

/** In the order of the table. Most rules have nothing to do with most images, so they are not even asked. */
function findings(pod: PodCase): Finding[] {
  const kinds = new Set(pod.images.map(({ trouble }) => trouble.kind));
  const found: Finding[] = [];
  for (const rule of rules) {
    if (rule === lastResort || rule.about === 'input') continue;
    if (rule.about === 'pod') for (const seen of rule.detect(pod)) found.push(toFinding(rule, seen));
    else if (rule.on === 'any' || rule.on.some((kind) => kinds.has(kind)))
      for (const image of pod.images) found.push(...imageFindings(rule, image));
  }
  return found;
}

function imageFindings(rule: Rule, image: ImageCase): Finding[] {
  if (rule.about !== 'image' || (rule.on !== 'any' && !rule.on.includes(image.trouble.kind))) return [];
  return rule.detect(image).map((seen) => toFinding(rule, seen, image.facts.container));
}

function toFinding(rule: Rule, { message, fix, source, severity }: Detection, container?: string): Finding {
  return {
    rule: rule.id,
    severity: severity ?? rule.severity,
    ...(container !== undefined && { container }),
    message,
    fix,
    ...(source !== undefined && { source }),
  };
}

/**
 * A general finding gives way to a specific one that speaks of the same container, or of the whole pod. Warnings
 * give way to nobody and push nobody aside: they are other news.
 */
function withoutGeneral(found: readonly Finding[]): Finding[] {
  const errors = found.filter(({ severity }) => severity === 'error');
  const refinedBy = (specific: Finding, general: Finding): boolean =>
    (refinements.get(specific.rule)?.has(general.rule) ?? false) &&
    (specific.container === undefined || specific.container === general.container);
  return found.filter(
    (finding) => finding.severity !== 'error' || !errors.some((other) => refinedBy(other, finding)),
  );
}

const refinements: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  rules.map(({ id, refines = [] }) => [id, new Set(refines)]),
);

const isForgotten = ({ facts }: ImageCase, told: readonly Finding[]): boolean =>
  facts.verdict === 'failed' &&
  !told.some(
    ({ severity, container }) =>
      severity === 'error' && (container === undefined || container === facts.container),
  );
