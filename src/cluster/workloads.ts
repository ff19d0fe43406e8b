import { defaultPodSpec } from './defaults.js';
import type { Pod, PodSpec, PodTemplate, Volume, Workload, WorkloadSpec } from './objects.js';

/**
 * A workload with the API server's defaults in its template, which is all of them that matters to images. A
 * ReplicationController without a selector takes its template's labels.
 */
export function defaultWorkload(workload: Workload): Workload {
  const { kind, spec = {} } = workload;
  // Only a ReplicationController's template may be absent; elsewhere Go's zero value is there to be defaulted.
  if (kind === 'ReplicationController' && spec.template === undefined) return workload;
  const defaulted = withTemplateSpec(workload, defaultPodSpec);
  const labels = spec.template?.metadata?.labels;
  const selects = Object.keys(spec.selector ?? {}).length > 0;
  if (kind !== 'ReplicationController' || selects || labels === undefined) return defaulted;
  return { ...defaulted, spec: { ...defaulted.spec, selector: labels } };
}

/** The part of a workload that holds the pod template: one level deeper in a CronJob. */
export const workloadSpec = ({ kind, spec }: Workload): WorkloadSpec =>
  (kind === 'CronJob' ? spec?.jobTemplate?.spec : spec) ?? {};

/** The volumes that a StatefulSet adds to its pods: one for each claim template, in the place of its own of that name. */
export function withClaimVolumes(template: PodTemplate, spec: WorkloadSpec): PodTemplate {
  const claims = (
    (spec as { volumeClaimTemplates?: { metadata?: { name?: string } }[] }).volumeClaimTemplates ?? []
  ).map((claim) => claim.metadata?.name ?? '');
  if (claims.length === 0) return template;
  const added = claims.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }) as Volume);
  const kept = (template.spec?.volumes ?? []).filter((volume) => !claims.includes(volume.name));
  return { ...template, spec: { containers: [], ...template.spec, volumes: [...added, ...kept] } };
}

/**
 * The pod that a workload's controller makes from the template, named like the workload (DESIGN §3.4): one stands for
 * all of them.
 */
export function podOfWorkload(workload: Workload): Pod {
  const spec = workloadSpec(workload);
  const template = withClaimVolumes(spec.template ?? {}, spec);
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
