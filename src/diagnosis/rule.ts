import type { SourceLocation } from '../cluster/source.js';
import type { Severity } from './finding.js';
import type { ImageCase, PodCase } from './pod-case.js';
import type { Trouble } from './trouble.js';

/**
 * One cause of the catalogue as data. `id` is promised to stay; ids that end in `00` are general: they speak when no
 * row of the catalogue fits.
 */
export type Rule = RuleText & (PodRule | ImageRule | InputRule);

interface RuleText {
  readonly id: string;
  /** A short noun phrase or sentence without full stop: `Secret is in another namespace`. */
  readonly title: string;
  readonly severity: Severity;
  /** Why this makes a pull fail, for the rule's own page. */
  readonly why: string;
  /** Rules that say the same in general; this one replaces them for the same container. */
  readonly refines?: readonly string[];
  /** Rules that may rightly speak beside this one. */
  readonly implies?: readonly string[];
  readonly links: readonly string[];
}

/** A rule about the pod as a whole: what it says holds for all of its images. */
interface PodRule {
  readonly about: 'pod';
  readonly detect: (pod: PodCase) => readonly Detection[];
}

/** A rule about one image; its findings name the container. */
interface ImageRule {
  readonly about: 'image';
  /** What must have become of an image for the rule to be asked. */
  readonly on: readonly Trouble['kind'][] | 'any';
  readonly detect: (image: ImageCase) => readonly Detection[];
}

/** A rule about the input; what it says is found when the input is read, see explain-warning.ts. */
interface InputRule {
  readonly about: 'input';
}

/** What a rule saw. The table adds id and container. */
export interface Detection {
  readonly message: string;
  readonly fix: string;
  readonly source?: SourceLocation | undefined;
  /** When it differs from the rule's own: the same mistake may break one pod and merely annoy another. */
  readonly severity?: Severity;
}

/** For detectors: nothing was seen. */
export const nothing: readonly Detection[] = [];
