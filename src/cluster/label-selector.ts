import type { LabelSelector, NodeSelectorRequirement } from './objects.js';

type Labels = Readonly<Record<string, string>>;

/** Whether a selector, which may be empty, takes an object with these labels. */
export const selectsLabels = (selector: LabelSelector, labels: Labels): boolean =>
  Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
  (selector.matchExpressions ?? []).every((requirement) => meetsRequirement(requirement, labels));

/**
 * One line of a selector against labels (apimachinery `labels.Requirement`). `NotIn` and `DoesNotExist` are met by an
 * absent label; `Gt` and `Lt` compare whole numbers and are met by nothing else; an unknown operator is never met.
 */
export function meetsRequirement(
  { key, operator, values = [] }: NodeSelectorRequirement,
  labels: Labels,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt':
      return value !== undefined && compares(operator, value, values[0] ?? '');
    default:
      return false;
  }
}

function compares(operator: 'Gt' | 'Lt', value: string, bound: string): boolean {
  const whole = /^[-+]?\d+$/;
  if (!whole.test(value) || !whole.test(bound)) return false;
  const [left, right] = [BigInt(value.replace('+', '')), BigInt(bound.replace('+', ''))];
  return operator === 'Gt' ? left > right : left < right;
}
