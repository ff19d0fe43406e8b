import type { LoadedPod } from '../cluster/load-pod.js';

/** On a pod, a workload or its pod template: rules whose findings are set aside for it, `KEY03,REF02`. */
const annotation = 'pullsim/ignore';

/** The rules that the author of a pod or workload wants ignored. */
export function ignoredRulesOf(loaded: LoadedPod): readonly string[] {
  const { specPath, written } = loaded;
  const template = specPath.slice(0, -1).reduce<unknown>(memberOf, written.object);
  return [...new Set([written.object, template].flatMap(annotated))];
}

const memberOf = (value: unknown, step: string | number): unknown =>
  typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string | number, unknown>>)[step]
    : undefined;

function annotated(object: unknown): readonly string[] {
  const value = ['metadata', 'annotations', annotation].reduce<unknown>(memberOf, object);
  return typeof value === 'string' ? splitRules(value) : [];
}

/** Rule ids between commas and blanks. */
export const splitRules = (text: string): readonly string[] =>
  text.split(/[\s,]+/).filter((rule) => rule !== '');
