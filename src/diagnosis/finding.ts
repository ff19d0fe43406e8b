import type { SourceLocation } from '../cluster/source.js';

export type Severity = 'error' | 'warning' | 'info';

/** What we tell a person: a cause from the catalogue, what was seen, and what to type. */
export interface Finding {
  /** A stable id of the catalogue of causes, for example `KEY03`. */
  readonly rule: string;
  readonly severity: Severity;
  /** The container it speaks of, when it speaks of one. */
  readonly container?: string;
  /** What was seen and why that fails, in one or two sentences. */
  readonly message: string;
  /** The command or YAML to write. */
  readonly fix: string;
  readonly source?: SourceLocation;
}
