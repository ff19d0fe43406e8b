import { goQuote } from '../image/go-quote.js';
import type { PodSpec } from './objects.js';

/** A warning that the API server sends beside its answer and kubectl prints as `Warning: …`. */
export interface ApiWarning {
  /** `spec.imagePullSecrets[1].name: duplicate name "a"` */
  readonly message: string;
  /** Below the pod spec: where to point. */
  readonly path: readonly (string | number)[];
}

/**
 * The API server's warnings about the pull secrets of a pod or a template (kubelet.md §4.3): all duplicates first, then
 * all empty names. They are no errors.
 *
 * @param specPath where the pod spec sits in the object: `spec`, `spec.template.spec`
 */
export function apiWarnings(spec: PodSpec, specPath = 'spec'): readonly ApiWarning[] {
  const names = (spec.imagePullSecrets ?? []).map(({ name = '' }) => name);
  const first = new Map<string, number>();
  for (const [index, name] of names.entries()) if (!first.has(name)) first.set(name, index);
  const warn = (index: number, text: string): ApiWarning => ({
    message: `${specPath}.imagePullSecrets[${index}].name: ${text}`,
    path: ['imagePullSecrets', index],
  });
  const duplicates = names.flatMap((name, index) =>
    first.get(name) === index ? [] : [warn(index, `duplicate name ${goQuote(name)}`)],
  );
  const empties = names.flatMap((name, index) => (name === '' ? [warn(index, 'invalid empty name ""')] : []));
  return [...duplicates, ...empties];
}
