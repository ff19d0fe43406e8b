import { defaultPodSpec } from './defaults.js';
import { withJobSelector } from './job-selector.js';
import type { Pod, PodSpec, PodTemplate, Volume, Workload, WorkloadSpec } from './objects.js';

/**
 * A workload with the API server's defaults, as far as they matter to its pods.
 */
export function defaultWorkload(workload: Workload): Workload {
  const { kind, spec = {} } = workload;
  // Only a ReplicationController's template may be absent; elsewhere Go's zero value is there to be defaulted.
  if (kind === 'ReplicationController' && spec.template === undefined) return workload;
  const defaulted = withTemplateSpec(workload, defaultPodSpec);
  if (kind === 'Job') return withJobSelector(defaulted);
  return kind === 'ReplicationController' ? withTemplateLabels(defaulted) : defaulted;
}

/** A ReplicationController without labels or selector takes those of its template. */
function withTemplateLabels(controller: Workload): Workload {
  const { metadata, spec = {} } = controller;
  const labels = spec.template?.metadata?.labels;
  if (labels === undefined) return controller;
  const isBare = Object.keys(metadata.labels ?? {}).length === 0;
  const selects = Object.keys(spec.selector ?? {}).length > 0;
  return {
    ...controller,
    metadata: isBare ? { ...metadata, labels } : metadata,
    spec: selects ? spec : { ...spec, selector: labels },
  };
}

/** The part of a workload that holds the pod template: one level deeper in a CronJob. */
export const workloadSpec = ({ kind, spec }: Workload): WorkloadSpec =>
  (kind === 'CronJob' ? spec?.jobTemplate?.spec : spec) ?? {};

/**
 * The template as the controller uses it: a StatefulSet names the pods' hosts itself and adds one volume for each claim
 * template, in the place of the pod's own of that name.
 */
export function controlledTemplate(
  { kind }: Workload,
  { template = {}, ...spec }: WorkloadSpec,
): PodTemplate {
  if (kind !== 'StatefulSet') return template;
  const { hostname: _, subdomain: __, ...rest } = { containers: [], ...template.spec };
  const claims = (spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name ?? '');
  if (claims.length === 0) return { ...template, spec: rest };
  const added = claims.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }) as Volume);
  const kept = (rest.volumes ?? []).filter((volume) => !claims.includes(volume.name));
  return { ...template, spec: { ...rest, volumes: [...added, ...kept] } };
}

/**
 * The pod that a workload's controller makes from the template, named like the workload (DESIGN §3.4): one stands for
 * all of them.
 */
export function podOfWorkload(workload: Workload): Pod {
  const spec = workloadSpec(workload);
  const template = controlledTemplate(workload, spec);
  const { name = '', namespace = 'default' } = workload.metadata;
  const { labels, annotations } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: { containers: [], ...template.spec },
  };
}

/** The workload with another pod spec in its template. */
export function withTemplateSpec(workload: Workload, change: (spec: PodSpec) => PodSpec): Workload {
  const spec = workloadSpec(workload);
  const template = { ...spec.template, spec: change({ containers: [], ...spec.template?.spec }) };
  const changed = { ...spec, template };
  if (workload.kind !== 'CronJob') return { ...workload, spec: changed };
  return {
    ...workload,
    spec: { ...workload.spec, jobTemplate: { ...workload.spec?.jobTemplate, spec: changed } },
  };
}
