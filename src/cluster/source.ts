/** Where something was written. `line` and `column` count from 1; `file` is as the user gave it, `-` for stdin. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
  /** The template that rendered it, where a stream says so: `chart/templates/deployment.yaml`. */
  readonly template?: string;
}

/** A step into an object: `['spec', 'containers', 0, 'image']`. */
export type FieldPath = readonly (string | number)[];

/** A Kubernetes object with the place it came from. */
export interface Sourced<T> {
  readonly object: T;
  /** The object's first line. */
  readonly source: SourceLocation;
  /** The object before defaulting, as its author wrote it. */
  readonly written?: unknown;
  /** The line of a field; of its nearest existing parent when the field is absent. */
  locate(path: FieldPath): SourceLocation;
}
