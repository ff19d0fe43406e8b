import { duplicate, type FieldError, forbidden, required } from './field-error.js';
import { dns1123Label } from './name-rules.js';
import type { Volume } from './objects.js';
import { oneOf } from './validate-container.js';
import { breaches } from './validate-meta.js';

const misspelt: Readonly<Record<string, string>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' };

/**
 * The volume types in the order in which the API server looks at them, with its own spelling of two of them
 * (Kubernetes 1.36). A volume has one.
 */
const volumeTypes: readonly { readonly field: string; readonly printed: string }[] = [
  ...[
    'emptyDir',
    'hostPath',
    'gitRepo',
    'gcePersistentDisk',
    'awsElasticBlockStore',
    'secret',
    'nfs',
    'iscsi',
  ],
  ...[
    'glusterfs',
    'flocker',
    'persistentVolumeClaim',
    'rbd',
    'cinder',
    'cephfs',
    'quobyte',
    'downwardAPI',
    'fc',
  ],
  ...[
    'flexVolume',
    'configMap',
    'azureFile',
    'vsphereVolume',
    'photonPersistentDisk',
    'portworxVolume',
    'azureDisk',
  ],
  ...['storageos', 'projected', 'scaleIO', 'csi', 'ephemeral', 'image'],
].map((field) => ({ field, printed: misspelt[field] ?? field }));

/** The volumes of a pod: their errors, and the names that containers may mount, which are those of the good ones. */
export function validateVolumes(
  volumes: readonly Volume[],
  path: string,
  isPod: boolean,
): { readonly errors: readonly FieldError[]; readonly names: ReadonlySet<string> } {
  const names = new Set<string>();
  const errors = volumes.flatMap((volume, index) => {
    const at = `${path}[${index}]`;
    const { name = '' } = volume;
    const own = [
      ...validateSource(volume, at, isPod),
      ...(name === '' ? [required(`${at}.name`)] : breaches(`${at}.name`, name, dns1123Label)),
      ...(names.has(name) ? [duplicate(`${at}.name`, name)] : []),
    ];
    if (own.length === 0) names.add(name);
    return own;
  });
  return { errors, names };
}

function validateSource(volume: Volume, path: string, isPod: boolean): readonly FieldError[] {
  const [first, ...more] = volumeTypes.filter(({ field }) => Object.hasOwn(volume, field));
  if (first === undefined) return [required(path, 'must specify a volume type')];
  const others = more.map(({ printed }) =>
    forbidden(`${path}.${printed}`, 'may not specify more than 1 volume type'),
  );
  return [...(first.field === 'image' ? validateImage(volume, path, isPod) : []), ...others];
}

/** A template may leave the reference to be filled in when the pod is made (kubelet.md §9.2). */
function validateImage({ image }: Volume, path: string, isPod: boolean): readonly FieldError[] {
  const missing = isPod && !image?.reference ? [required(`${path}.image.reference`)] : [];
  return [
    ...missing,
    ...oneOf(`${path}.image.pullPolicy`, image?.pullPolicy ?? '', ['Always', 'IfNotPresent', 'Never']),
  ];
}
