import { type FieldError, forbidden, invalid, required } from './field-error.js';
import { labelKey, labelValue } from './name-rules.js';
import type { NodeSelectorRequirement } from './objects.js';
import { breaches } from './validate-meta.js';

/** What each operator demands of the number of `values`. */
const valueRules: Readonly<Record<string, (path: string, count: number) => readonly FieldError[]>> = {
  In: someValue,
  NotIn: someValue,
  Exists: noValue,
  DoesNotExist: noValue,
  Gt: oneValue,
  Lt: oneValue,
};

/** The operators of a label selector; node affinity has `Gt` and `Lt` too. */
export const labelOperators: readonly string[] = ['In', 'NotIn', 'Exists', 'DoesNotExist'];
export const nodeOperators: readonly string[] = [...labelOperators, 'Gt', 'Lt'];

/** The API server's checks of one line of a selector (Kubernetes 1.36). */
export function validateRequirement(
  requirement: NodeSelectorRequirement,
  path: string,
  operators: readonly string[],
): readonly FieldError[] {
  const { key = '', operator = '', values = [] } = requirement;
  const rule = operators.includes(operator) ? valueRules[operator] : undefined;
  return [
    ...(rule?.(`${path}.values`, values.length) ?? [badOperator(path, operator)]),
    ...breaches(`${path}.key`, key, labelKey),
    ...values.flatMap((value, index) => breaches(`${path}.values[${index}]`, value, labelValue)),
  ];
}

export const badOperator = (path: string, operator: string): FieldError =>
  invalid(`${path}.operator`, operator, 'not a valid selector operator');

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
