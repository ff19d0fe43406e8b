import { repositoryPattern } from '../access/repository-pattern.js';

/** A text that clients may show with a successful answer (OCI 1.1 `Warning`). */
export interface Warning {
  readonly text: string;
  /** Pattern of an access rule: `team/*`, `**`. Default every repository. */
  readonly repository?: string;
  /** Only on manifests asked for or pushed by this tag. */
  readonly tag?: string;
}

/** The `Warning` header values for one answer; empty when there is nothing to say. */
export type Warner = (repository: string, reference: string) => readonly string[];

/** All texts of one answer together (registry.md §2.1). */
const maxTotalBytes = 4096;

export function createWarner(warnings: readonly Warning[] = []): Warner {
  const compiled = warnings.map(({ text, repository = '**', tag }) => ({
    matches: repositoryPattern(repository),
    tag,
    value: `299 - "${quotable(text)}"`,
  }));
  return (repository, reference) => {
    let room = maxTotalBytes;
    return compiled
      .filter(({ matches, tag }) => matches(repository) && (tag === undefined || tag === reference))
      .map(({ value }) => value)
      .filter((value) => {
        room -= value.length;
        return room >= 0;
      });
  };
}

/** Printable ASCII as a quoted string; anything else would be a broken or a second header (S28). */
const quotable = (text: string) => text.replace(/[^ -~]/g, '?').replace(/["\\]/g, '\\$&');
