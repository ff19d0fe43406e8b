import type { FieldPath, SourceLocation } from './source.js';
import type { FieldSuggestion } from './suggest-field.js';

/** Input that could not be read, or an object that the API server refuses. */
export interface ManifestError {
  /** What happened, to what, what to do: one sentence. */
  readonly message: string;
  readonly kind: 'unreadable' | 'refused';
  readonly source: SourceLocation;
  /** For a value of the wrong type: where it is, what it is (`string`) and what it should be (`v1.LocalObjectReference`). */
  readonly mismatch?: { readonly path: FieldPath; readonly found: string; readonly wanted: string };
}

/** Something that a person should know and that stops nothing. */
export type ManifestWarning = {
  readonly message: string;
  readonly source: SourceLocation;
  /** The object that it is about: `default/web`, kind `Deployment`. */
  readonly object?: ObjectName;
} & WarningKind;

export interface ObjectName {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

type WarningKind =
  /** The API server drops it. `suggestion` is what it may have been meant as. */
  | {
      readonly kind: 'unknown-field';
      readonly field: string;
      readonly path: FieldPath;
      readonly suggestion?: FieldSuggestion;
    }
  /** The last one counts. */
  | { readonly kind: 'duplicate-field'; readonly path: FieldPath }
  /** The API server's own warning. */
  | { readonly kind: 'api-warning' }
  /** A later object of the same name took its place. */
  | { readonly kind: 'replaced' }
  /** A file in a folder holds something else than Kubernetes objects. */
  | { readonly kind: 'not-an-object' };
