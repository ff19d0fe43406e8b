import { newestMinor } from '../versions/api-server.js';
import { type FieldError, forbidden, invalid, notSupported, required } from './field-error.js';
import { validateGeneratedSelector, validateJobSelector } from './job-selector.js';
import { selectsLabels } from './label-selector.js';
import { dns1123Label } from './name-rules.js';
import type { LabelSelector, ObjectMeta, PodTemplate, Workload, WorkloadSpec } from './objects.js';
import { validateLabels, validateMeta } from './validate-meta.js';
import { validateTemplate } from './validate-pod.js';
import { labelOperators, validateRequirement } from './validate-requirement.js';
import { controlledTemplate, workloadSpec } from './workloads.js';

const noMatch = '`selector` does not match template `labels`';

/**
 * Why the API server refuses a workload that has been defaulted; nothing when it takes it (Kubernetes 1.36): its name,
 * its selector against its template's labels, its template, the restart policies that its kind allows.
 */
export function validateWorkload(workload: Workload, minor = newestMinor): readonly FieldError[] {
  const spec = workloadSpec(workload);
  const { kind = '' } = workload;
  const rest =
    kind === 'Job' || kind === 'CronJob'
      ? validateBatch(workload, spec, minor)
      : validateApps(workload, spec, minor);
  return [...validateNames(workload), ...rest];
}

/** A StatefulSet's name becomes a host name; that of a ReplicationController is checked without `generateName`. */
function validateNames({ kind, metadata }: Workload): readonly FieldError[] {
  if (kind === 'StatefulSet') return validateMeta(metadata, dns1123Label);
  const { generateName, ...named } = metadata;
  return validateMeta(kind === 'ReplicationController' && named.name ? named : metadata);
}

function validateBatch(workload: Workload, spec: WorkloadSpec, minor: number): readonly FieldError[] {
  const isCron = workload.kind === 'CronJob';
  const path = isCron ? 'spec.jobTemplate.spec.template' : 'spec.template';
  return [
    ...(isCron ? [] : validateGeneratedSelector(workload)),
    ...(isCron && !workload.spec?.schedule ? [required('spec.schedule')] : []),
    ...validateTemplate(spec.template ?? {}, path, minor),
    ...batchRestart(spec.template, `${path}.spec.restartPolicy`),
    ...(isCron ? nameTooLongForJobs(workload.metadata) : validateJobSelector(workload)),
  ];
}

/** The default, `Always`, would run a job for ever, so one must be chosen. */
function batchRestart(template: PodTemplate | undefined, path: string): readonly FieldError[] {
  const policy = template?.spec?.restartPolicy ?? '';
  if (policy === 'Always' || policy === '') return [required(path, 'valid values: "OnFailure", "Never"')];
  const allowed = ['OnFailure', 'Never'];
  return allowed.includes(policy) ? [] : [notSupported(path, policy, allowed)];
}

/** Eleven characters are left for the time that each job's name ends with. */
const nameTooLongForJobs = ({ name = '' }: ObjectMeta): readonly FieldError[] =>
  name.length > 52 ? [invalid('metadata.name', name, 'must be no more than 52 characters')] : [];

/** The controllers that keep pods running. Each kind words and orders its checks in its own way. */
function validateApps(workload: Workload, spec: WorkloadSpec, minor: number): readonly FieldError[] {
  const { kind = '' } = workload;
  if (kind === 'ReplicationController') return validateReplicationController(spec, minor);
  const template = controlledTemplate(workload, spec);
  const selector = spec.selector as LabelSelector | undefined;
  const selectorErrors = validateSelector(selector);
  const unreadable = selector !== undefined && selectorErrors.length > 0;
  const checked = [...validateTemplate(template, 'spec.template', minor), ...appsRestart(kind, template)];
  if (kind === 'DaemonSet') {
    const mismatch = unreadable ? [] : selectorMismatch(selector, template);
    return [...selectorErrors, ...mismatch, ...emptySelector(kind, selector), ...checked];
  }
  const presence = selector === undefined ? [required('spec.selector')] : emptySelector(kind, selector);
  if (unreadable) {
    const restart = kind === 'StatefulSet' ? appsRestart(kind, template) : [];
    return [...selectorErrors, ...presence, unreadableSelector(kind, selector), ...restart];
  }
  return [...presence, ...selectorMismatch(selector, template), ...checked];
}

function validateReplicationController(
  { selector = {}, template }: WorkloadSpec,
  minor: number,
): readonly FieldError[] {
  const matchLabels = selector as Record<string, string>;
  const isEmpty = Object.keys(matchLabels).length === 0;
  const presence = isEmpty ? [required('spec.selector')] : [];
  if (template === undefined) return [...presence, required('spec.template')];
  return [
    ...presence,
    ...(isEmpty ? [] : selectorMismatch({ matchLabels }, template)),
    ...validateTemplate(template, 'spec.template', minor),
    ...appsRestart('ReplicationController', template),
  ];
}

const validateSelector = (selector: LabelSelector | undefined): readonly FieldError[] => [
  ...validateLabels(selector?.matchLabels, 'spec.selector.matchLabels'),
  ...(selector?.matchExpressions ?? []).flatMap((requirement, index) =>
    validateRequirement(requirement, `spec.selector.matchExpressions[${index}]`, labelOperators),
  ),
];

/** An absent selector selects nothing, so it matches no template either. */
function selectorMismatch(
  selector: LabelSelector | undefined,
  { metadata }: PodTemplate,
): readonly FieldError[] {
  const matches = selector !== undefined && selectsLabels(selector, metadata?.labels ?? {});
  return matches ? [] : [invalid('spec.template.metadata.labels', metadata?.labels ?? null, noMatch)];
}

const kindInText: Readonly<Record<string, string>> = { StatefulSet: 'statefulset', DaemonSet: 'daemonset' };

function emptySelector(kind: string, selector: LabelSelector | undefined): readonly FieldError[] {
  if (selector === undefined) return [];
  const count = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length;
  const text = `empty selector is invalid for ${kindInText[kind] ?? 'deployment'}`;
  return count === 0 ? [invalid('spec.selector', {}, text)] : [];
}

const unreadableSelector = (kind: string, selector: LabelSelector): FieldError =>
  invalid('spec.selector', printed(selector), kind === 'StatefulSet' ? '' : 'invalid label selector');

/** As Go prints it: members in the order of its struct, empty ones left out. */
const printed = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): object => ({
  ...(Object.keys(matchLabels).length === 0 ? {} : { matchLabels }),
  ...(matchExpressions.length === 0
    ? {}
    : {
        matchExpressions: matchExpressions.map(({ key = '', operator = '', values = [] }) =>
          values.length === 0 ? { key, operator } : { key, operator, values },
        ),
      }),
});

/** Pods of these kinds run for ever. A Deployment's template is checked as its ReplicaSet's. */
function appsRestart(kind: string, { spec }: PodTemplate): readonly FieldError[] {
  const path = 'spec.template.spec';
  const policy = spec?.restartPolicy ?? '';
  const owner = kind === 'Deployment' ? 'ReplicaSet' : kind;
  return [
    ...(policy === 'Always' ? [] : [notSupported(`${path}.restartPolicy`, policy, ['Always'])]),
    ...(spec?.activeDeadlineSeconds === undefined
      ? []
      : [forbidden(`${path}.activeDeadlineSeconds`, `activeDeadlineSeconds in ${owner} is not Supported`)]),
  ];
}
