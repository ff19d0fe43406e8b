import { type FieldError, invalid, required } from './field-error.js';
import { selectsLabels } from './label-selector.js';
import type { LabelSelector, Workload } from './objects.js';

/** The label that a generated selector asks for. */
const uidLabel = 'batch.kubernetes.io/controller-uid';

/** What a Job's pods are labelled with, under the names of 1.27 and under the older ones. */
const jobLabels = ({ name = '', uid = '' }: Workload['metadata']): Readonly<Record<string, string>> => ({
  [uidLabel]: uid,
  'batch.kubernetes.io/job-name': name,
  'controller-uid': uid,
  'job-name': name,
});

/** A Job with the labels and the selector that the API server gives it, unless the author asked it not to. */
export function withJobSelector(job: Workload): Workload {
  const { spec = {}, metadata } = job;
  if (spec.manualSelector === true) return job;
  const { template = {}, selector = {} } = spec;
  const labels = sorted({ ...jobLabels(metadata), ...template.metadata?.labels });
  // Defaulting gives a Job without labels its template's, as the very same map, which is then written into.
  const isBare = Object.keys(metadata.labels ?? {}).length === 0 && template.metadata?.labels !== undefined;
  const matchLabels = sorted({ [uidLabel]: metadata.uid ?? '', ...(selector as LabelSelector).matchLabels });
  return {
    ...job,
    metadata: isBare ? { ...metadata, labels } : metadata,
    spec: {
      ...spec,
      selector: { ...selector, matchLabels },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** The checks of generated labels and selector: an exported Job, applied again, still has those of its first life. */
export function validateGeneratedSelector({ spec = {}, metadata }: Workload): readonly FieldError[] {
  if (spec.manualSelector === true) return [];
  const labels = spec.template?.metadata?.labels ?? {};
  const wanted = jobLabels(metadata);
  const wrong = ['controller-uid', 'job-name', uidLabel, 'batch.kubernetes.io/job-name'].flatMap((key) =>
    labels[key] === wanted[key]
      ? []
      : [invalid(`spec.template.metadata.labels[${key}]`, labels, `must be '${wanted[key] ?? ''}'`)],
  );
  const selector = spec.selector as LabelSelector | undefined;
  const generated = selector === undefined || selectsLabels(selector, wanted);
  return generated ? wrong : [...wrong, invalid('spec.selector', selector, '`selector` not auto-generated')];
}

/** Generated or not, a Job's selector must be there and take its own pods. */
export function validateJobSelector({ spec = {} }: Workload): readonly FieldError[] {
  const labels = spec.template?.metadata?.labels;
  const selector = spec.selector as LabelSelector | undefined;
  const matches = selector !== undefined && selectsLabels(selector, labels ?? {});
  const text = '`selector` does not match template `labels`';
  return [
    ...(selector === undefined ? [required('spec.selector')] : []),
    ...(matches ? [] : [invalid('spec.template.metadata.labels', labels ?? null, text)]),
  ];
}

const sorted = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)));
