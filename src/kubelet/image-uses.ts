import type { Container, Pod, Volume } from '../cluster/objects.js';
import type { FieldPath } from '../cluster/source.js';
import type { ContainerRole } from './container-runtime.js';

/** One place of a pod that names an image. */
export interface ImageUse {
  /** The container's name; for an image volume the volume's. */
  readonly container: string;
  readonly kind: 'container' | 'initContainer' | 'ephemeralContainer' | 'imageVolume';
  readonly role: ContainerRole | 'volume';
  readonly image: string;
  readonly pullPolicy: string;
  /** Path of the image field below the pod spec: `['containers', 0, 'image']`. */
  readonly path: FieldPath;
  /** What events of this image are about: `spec.containers{app}`; absent for the pod itself. */
  readonly fieldPath?: string;
  /** Names of the pod's image volumes that this container mounts, as often as it mounts them. */
  readonly mounts: readonly string[];
}

/**
 * All images of a pod in the order in which the kubelet comes to them (kubelet.md §9.1).
 *
 * @param imageVolumes the kubelet's ImageVolume gate: without it image volumes are nothing to it
 */
export function imageUsesOf({ spec }: Pod, imageVolumes = true): readonly ImageUse[] {
  const volumes = imageVolumes ? (spec.volumes ?? []) : [];
  const mountable = new Set(volumes.filter(({ image }) => image !== undefined).map(({ name }) => name));
  return [
    ...volumes.flatMap((volume, index) => (volume.image === undefined ? [] : [volumeUse(volume, index)])),
    ...(spec.ephemeralContainers ?? []).map((c, i) => containerUse('ephemeralContainers', c, i, mountable)),
    ...(spec.initContainers ?? []).map((c, i) => containerUse('initContainers', c, i, mountable)),
    ...spec.containers.map((c, i) => containerUse('containers', c, i, mountable)),
  ];
}

const volumeUse = ({ name, image }: Volume, index: number): ImageUse => ({
  container: name,
  kind: 'imageVolume',
  role: 'volume',
  image: image?.reference ?? '',
  pullPolicy: image?.pullPolicy ?? 'IfNotPresent',
  path: ['volumes', index, 'image', 'reference'],
  mounts: [],
});

const kinds = {
  containers: 'container',
  initContainers: 'initContainer',
  ephemeralContainers: 'ephemeralContainer',
} as const;

const containerUse = (
  list: keyof typeof kinds,
  container: Container,
  index: number,
  mountable: ReadonlySet<string>,
): ImageUse => ({
  container: container.name,
  kind: kinds[list],
  role: roleOf(list, container),
  image: container.image ?? '',
  pullPolicy: container.imagePullPolicy ?? 'IfNotPresent',
  path: [list, index, 'image'],
  fieldPath: `spec.${list}{${container.name}}`,
  mounts: (container.volumeMounts ?? []).map(({ name }) => name).filter((name) => mountable.has(name)),
});

function roleOf(list: keyof typeof kinds, { restartPolicy }: Container): ContainerRole {
  if (list === 'containers') return 'regular';
  if (list === 'ephemeralContainers') return 'ephemeral';
  return restartPolicy === 'Always' ? 'sidecar' : 'init';
}
