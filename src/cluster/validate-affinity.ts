import { type FieldError, invalid, required } from './field-error.js';
import { dns1123Subdomain } from './name-rules.js';
import type { NodeSelectorRequirement, NodeSelectorTerm, PodSpec } from './objects.js';
import { breaches } from './validate-meta.js';
import { badOperator, nodeOperators, validateRequirement } from './validate-requirement.js';

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
    validateRequirement(requirement, `${path}.matchExpressions[${index}]`, nodeOperators),
  ),
  ...(term.matchFields ?? []).flatMap((requirement, index) =>
    validateField(requirement, `${path}.matchFields[${index}]`),
  ),
];

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
