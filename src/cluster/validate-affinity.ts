import { type FieldError, forbidden, invalid, required } from './field-error.js';
import { dns1123Subdomain, labelKey, labelValue } from './name-rules.js';
import type { NodeSelectorRequirement, NodeSelectorTerm, PodSpec } from './objects.js';
import { breaches } from './validate-meta.js';

/** The API server's checks of a required node affinity (Kubernetes 1.36). */
export function validateNodeAffinity(affinity: PodSpec['affinity'], path: string): readonly FieldError[] {
  const needed = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (needed === undefined) return [];
  const at = `${path}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
  const terms = needed.nodeSelectorTerms ?? [];
  if (terms.length === 0) return [required(at, 'must have at least one node selector term')];
  return terms.flatMap((term, index) => validateTerm(term, `${at}[${index}]`));
}

const validateTerm = (term: NodeSelectorTerm, path: string): readonly FieldError[] => [
  ...(term.matchExpressions ?? []).flatMap((requirement, index) =>
    validateExpression(requirement, `${path}.matchExpressions[${index}]`),
  ),
  ...(term.matchFields ?? []).flatMap((requirement, index) =>
    validateField(requirement, `${path}.matchFields[${index}]`),
  ),
];

const badOperator = (path: string, operator: string) =>
  invalid(`${path}.operator`, operator, 'not a valid selector operator');

/** What each operator demands of `values`. */
const valueRules: Readonly<Record<string, (path: string, count: number) => readonly FieldError[]>> = {
  In: someValue,
  NotIn: someValue,
  Exists: noValue,
  DoesNotExist: noValue,
  Gt: oneValue,
  Lt: oneValue,
};

function validateExpression(requirement: NodeSelectorRequirement, path: string): readonly FieldError[] {
  const { key = '', operator = '', values = [] } = requirement;
  const rule = Object.hasOwn(valueRules, operator) ? valueRules[operator] : undefined;
  return [
    ...(rule?.(`${path}.values`, values.length) ?? [badOperator(path, operator)]),
    ...breaches(`${path}.key`, key, labelKey),
    ...values.flatMap((value, index) => breaches(`${path}.values[${index}]`, value, labelValue)),
  ];
}

function someValue(path: string, count: number): readonly FieldError[] {
  return count > 0 ? [] : [required(path, "must be specified when `operator` is 'In' or 'NotIn'")];
}

function noValue(path: string, count: number): readonly FieldError[] {
  const text = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
  return count === 0 ? [] : [forbidden(path, text)];
}

function oneValue(path: string, count: number): readonly FieldError[] {
  return count === 1
    ? []
    : [required(path, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
}

/** Of a node's fields only its name can be asked for. */
function validateField(requirement: NodeSelectorRequirement, path: string): readonly FieldError[] {
  const { key = '', operator = '', values = [] } = requirement;
  const count = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
  const isKnown = operator === 'In' || operator === 'NotIn';
  return [
    ...(!isKnown
      ? [badOperator(path, operator)]
      : values.length === 1
        ? []
        : [required(`${path}.values`, count)]),
    ...(key === 'metadata.name'
      ? values.flatMap((value, index) => breaches(`${path}.values[${index}]`, value, dns1123Subdomain))
      : [invalid(`${path}.key`, key, 'not a valid field selector key')]),
  ];
}
