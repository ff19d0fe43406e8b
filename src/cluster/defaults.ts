import { defaultPullPolicy } from '../image/reference.js';
import { decodeBase64, encodeBase64 } from '../wire/go-base64.js';
import type { Container, ContainerPort, PodSpec, Secret, Volume } from './objects.js';
import { containerLists } from './visit-containers.js';

/**
 * What the API server writes into the empty fields of a pod spec, in pods and in templates alike (kubelet.md §4.1;
 * Kubernetes 1.36, stable for years). A volume without any type becomes an emptyDir.
 */
export function defaultPodSpec(spec: PodSpec): PodSpec {
  const defaulted: PodSpec = { ...spec };
  for (const list of containerLists) {
    if (spec[list] !== undefined) defaulted[list] = spec[list].map(defaultContainer);
  }
  if (spec.volumes !== undefined) defaulted.volumes = spec.volumes.map(defaultVolume);
  defaulted.restartPolicy ||= 'Always';
  defaulted.dnsPolicy ||= 'ClusterFirst';
  defaulted.schedulerName ||= 'default-scheduler';
  defaulted.terminationGracePeriodSeconds ??= 30;
  // The deprecated alias counts when the field itself is empty.
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account) defaulted.serviceAccountName = account;
  return defaulted;
}

/**
 * A secret as the API server stores it: `stringData` merged over `data` key by key and dropped, the type `Opaque` when
 * none is given (then the kubelet ignores it), and every value in canonical base64 (kubelet.md §4.4).
 */
export function defaultSecret(secret: Secret): Secret {
  const { stringData = {}, ...stored } = secret;
  const data: Record<string, string> = {};
  for (const [key, value] of Object.entries(secret.data ?? {})) data[key] = encodeBase64(decodeBase64(value));
  for (const [key, value] of Object.entries(stringData))
    data[key] = encodeBase64(new TextEncoder().encode(value));
  return { ...stored, data, type: secret.type || 'Opaque' };
}

/** A policy once written is never computed again, also when the image changes later (kubelet.md §4.1). */
function defaultContainer(container: Container): Container {
  const defaulted = {
    ...container,
    imagePullPolicy: container.imagePullPolicy || defaultPullPolicy(container.image ?? ''),
    terminationMessagePath: container.terminationMessagePath || '/dev/termination-log',
    terminationMessagePolicy: container.terminationMessagePolicy || 'File',
  };
  if (container.ports !== undefined) defaulted.ports = container.ports.map(defaultPort);
  return defaulted;
}

const defaultPort = (port: ContainerPort): ContainerPort => ({ ...port, protocol: port.protocol || 'TCP' });

function defaultVolume(volume: Volume): Volume {
  if (Object.keys(volume).every((field) => field === 'name')) return { ...volume, emptyDir: {} } as Volume;
  if (volume.image === undefined) return volume;
  const { reference = '', pullPolicy } = volume.image;
  return { ...volume, image: { ...volume.image, pullPolicy: pullPolicy || defaultPullPolicy(reference) } };
}
