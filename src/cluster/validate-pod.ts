import { newestMinor } from '../versions/api-server.js';
import { duplicate, type FieldError, forbidden, invalid, required } from './field-error.js';
import { dns1123Label, dns1123Subdomain } from './name-rules.js';
import type { Container, Pod, PodSpec, PodTemplate } from './objects.js';
import { validateNodeAffinity } from './validate-affinity.js';
import { oneOf, validateContainer, validateHostPorts, validateRestart } from './validate-container.js';
import { breaches, validateAnnotations, validateLabels, validateMeta } from './validate-meta.js';
import { validateVolumes } from './validate-volumes.js';

/**
 * Why the API server refuses a pod that has been defaulted and admitted; nothing when it takes it (kubelet.md §4). The
 * checks are those of Kubernetes 1.36, in its order, of the fields that manifests about images get wrong; probes,
 * resources and security contexts are not looked at.
 *
 * Ephemeral containers count as added after creation (DESIGN §3.4), so their presence alone is no error.
 */
export const validatePod = (pod: Pod, minor = newestMinor): readonly FieldError[] => [
  ...validateMeta(pod.metadata),
  ...validatePodSpec(pod.spec, 'spec', true, minor),
  ...validateImageBlanks(pod.spec.containers ?? [], 'spec.containers'),
  ...validateImageBlanks(pod.spec.initContainers ?? [], 'spec.initContainers'),
];

/** The fields of a pod that may change after its creation, as the refusal lists them. */
const updatableFields = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

/**
 * Why the API server refuses to change a pod into another (kubelet.md §4.3): images may change, pull secrets and pull
 * policies may not. The real text ends with a diff of the two specs, which is left out here.
 */
export function validatePodUpdate(pod: Pod, old: Pod): readonly FieldError[] {
  const errors = [...validatePod(pod)];
  for (const list of ['containers', 'initContainers'] as const) {
    if ((pod.spec[list] ?? []).length !== (old.spec[list] ?? []).length) {
      return [...errors, forbidden(`spec.${list}`, 'pod updates may not add or remove containers')];
    }
  }
  if (sameValue(withImagesOf(pod.spec, old.spec), old.spec)) return errors;
  return [...errors, forbidden('spec', `pod updates may not change fields other than ${updatableFields}`)];
}

/** The template of a workload: blanks around an image pass here, and fail when the controller makes the pod. */
export function validateTemplate(
  template: PodTemplate,
  path: string,
  minor = newestMinor,
): readonly FieldError[] {
  const spec = template.spec ?? { containers: [] };
  return [
    ...validateLabels(template.metadata?.labels, `${path}.labels`),
    ...validateAnnotations(template.metadata?.annotations, `${path}.annotations`),
    ...validatePodSpec(spec, `${path}.spec`, false, minor),
    ...((spec.ephemeralContainers ?? []).length > 0
      ? [forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')]
      : []),
  ];
}

const restartPolicies = ['Always', 'OnFailure', 'Never'];
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];

function validatePodSpec(spec: PodSpec, path: string, isPod: boolean, minor: number): readonly FieldError[] {
  const volumes = validateVolumes(spec.volumes ?? [], `${path}.volumes`, isPod);
  return [
    ...volumes.errors,
    ...validateContainers(spec, `${path}.containers`, volumes.names, minor),
    ...validateInitContainers(spec, `${path}.initContainers`, volumes.names, minor),
    ...validateEphemeralContainers(spec, `${path}.ephemeralContainers`, volumes.names),
    ...oneOf(`${path}.restartPolicy`, spec.restartPolicy ?? '', restartPolicies),
    ...oneOf(`${path}.dnsPolicy`, spec.dnsPolicy ?? '', dnsPolicies),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validateNodeAffinity(spec.affinity, `${path}.affinity`),
    ...ifGiven(spec.serviceAccountName, (name) =>
      breaches(`${path}.serviceAccountName`, name, dns1123Subdomain),
    ),
    ...ifGiven(spec.nodeName, (name) => breaches(`${path}.nodeName`, name, dns1123Subdomain)),
    ...ifGiven(spec.hostname, (name) => breaches(`${path}.hostname`, name, dns1123Label)),
    ...ifGiven(spec.subdomain, (name) => breaches(`${path}.subdomain`, name, dns1123Label)),
  ];
}

const ifGiven = (value: string | undefined, check: (value: string) => readonly FieldError[]) =>
  value ? check(value) : [];

function validateContainers(
  spec: PodSpec,
  path: string,
  volumes: ReadonlySet<string>,
  minor: number,
): readonly FieldError[] {
  const containers = spec.containers ?? [];
  if (containers.length === 0) return [required(path)];
  const names = new Set<string>();
  const placed = containers.map((container, index) => ({ container, path: `${path}[${index}]` }));
  return [
    ...placed.flatMap(({ container, path: at }) => [
      ...validateContainer(container, at, volumes),
      ...takeName(container, at, names, true),
      ...validateRestart(container, at, 'container', minor),
    ]),
    ...validateHostPorts(placed),
  ];
}

function validateInitContainers(
  spec: PodSpec,
  path: string,
  volumes: ReadonlySet<string>,
  minor: number,
): readonly FieldError[] {
  const names = new Set((spec.containers ?? []).map(({ name = '' }) => name));
  return (spec.initContainers ?? []).flatMap((container, index) => {
    const at = `${path}[${index}]`;
    return [
      ...validateContainer(container, at, volumes),
      ...validateRestart(container, at, 'initContainer', minor),
      ...takeName(container, at, names, false),
      ...validateHostPorts([{ container, path: at }]),
    ];
  });
}

function validateEphemeralContainers(
  spec: PodSpec,
  path: string,
  volumes: ReadonlySet<string>,
): readonly FieldError[] {
  const others = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const names = new Set(others.map(({ name = '' }) => name));
  return (spec.ephemeralContainers ?? []).flatMap((container, index) => [
    ...validateContainer(container, `${path}[${index}]`, volumes),
    ...validateImageBlank(container, `${path}[${index}]`),
    ...takeName(container, `${path}[${index}]`, names, true),
  ]);
}

/** Names of containers of all kinds differ; the empty name is told once by the check of the name itself. */
function takeName(
  { name = '' }: Container,
  path: string,
  names: Set<string>,
  countsEmpty: boolean,
): readonly FieldError[] {
  if (names.has(name)) return [duplicate(`${path}.name`, name)];
  if (name !== '' || countsEmpty) names.add(name);
  return [];
}

const validateImageBlanks = (containers: readonly Container[], path: string): readonly FieldError[] =>
  containers.flatMap((container, index) => validateImageBlank(container, `${path}[${index}]`));

/** Of pods only (kubelet.md §4.2): templates with a blank image were once a way to say "fill me in". */
const validateImageBlank = ({ image = '' }: Container, path: string): readonly FieldError[] =>
  outerSpace.test(image)
    ? [invalid(`${path}.image`, image, 'must not have leading or trailing whitespace')]
    : [];

/** Go's white space: JavaScript's with U+0085 and without U+FEFF. */
const goSpace = '[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const outerSpace = new RegExp(`^${goSpace}|${goSpace}$`);

function withImagesOf(spec: PodSpec, old: PodSpec): PodSpec {
  const images: PodSpec = { ...spec };
  for (const list of ['containers', 'initContainers'] as const) {
    const containers = spec[list]?.map((container, index) => {
      const { image, ...rest } = container;
      const before = old[list]?.[index]?.image;
      return before === undefined ? rest : { ...rest, image: before };
    });
    if (containers !== undefined) images[list] = containers;
  }
  for (const field of ['activeDeadlineSeconds', 'tolerations'] as const) {
    const before = (old as unknown as Record<string, unknown>)[field];
    if (before === undefined) delete (images as unknown as Record<string, unknown>)[field];
    else (images as unknown as Record<string, unknown>)[field] = before;
  }
  return images;
}

/** Equal as Kubernetes compares: an absent list is an empty list. */
function sameValue(one: unknown, other: unknown): boolean {
  if (isEmpty(one) && isEmpty(other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return one === other;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) =>
    sameValue((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]),
  );
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);
