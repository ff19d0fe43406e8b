import type { Container, Pod, PodSpec } from '../../src/cluster/objects.js';
import type { PullSecret } from '../../src/credentials/credential.js';
import type { ContainerRuntime } from '../../src/kubelet/container-runtime.js';
import { createKeyringSource } from '../../src/kubelet/keyring-source.js';
import { createKubelet, type KubeletOptions } from '../../src/kubelet/kubelet.js';
import type { PodEvent } from '../../src/kubelet/pod-event.js';
import type { PodPullSecrets } from '../../src/kubelet/sync-pod.js';
import { createVirtualClock } from '../../src/kubelet/virtual-clock.js';
import { kubeletRelease } from '../../src/versions/kubelet.js';
import { createScriptedImageService, type ScriptedRegistry } from './scripted-image-service.js';

export interface NodeOptions {
  /** 1.36 by default. */
  readonly version?: string;
  readonly registry?: ScriptedRegistry;
  /** Images on the node: string to ID. */
  readonly local?: Readonly<Record<string, string>>;
  readonly configuration?: KubeletOptions['configuration'];
  readonly records?: KubeletOptions['records'];
  readonly containers?: ContainerRuntime;
}

export const nodeStart = new Date('2026-01-01T00:00:00Z');
export const noSecrets: PodPullSecrets = { found: [], missing: [] };

/** A kubelet over a scripted runtime, on a virtual clock. */
export function startNode(options: NodeOptions = {}) {
  const { version = '1.36', configuration, records, containers } = options;
  const clock = createVirtualClock(nodeStart);
  const runtime = createScriptedImageService(options.registry ?? {}, options.local);
  const emitted: PodEvent[] = [];
  const kubelet = createKubelet({
    kubernetesVersion: version,
    imageService: runtime,
    keyrings: createKeyringSource({ release: kubeletRelease(version) }),
    now: clock.now,
    onEvent: (_pod, event) => void emitted.push(event),
    ...(configuration && { configuration }),
    ...(records && { records }),
    ...(containers && { containers }),
  });
  return {
    kubelet,
    runtime,
    clock,
    /** One sync; returns `Reason: message` of what it emitted, with the container in front where there is one. */
    async sync(pod: Pod, seconds: number, secrets = noSecrets): Promise<readonly string[]> {
      clock.setSeconds(seconds);
      emitted.length = 0;
      await kubelet.syncPod(pod, secrets);
      return emitted.map(printEvent);
    },
  };
}

const printEvent = ({ reason, message, fieldPath }: PodEvent) =>
  `${fieldPath === undefined ? '' : `${fieldPath.replace(/^.*\{|\}$/g, '')} `}${reason}: ${message}`;

export const podOf = (spec: PodSpec, name = 'web'): Pod => ({
  metadata: { name, namespace: 'default', uid: `uid-${name}` },
  spec,
});

export const containerOf = (image: string, name = 'app', imagePullPolicy = 'IfNotPresent'): Container => ({
  name,
  image,
  imagePullPolicy,
});

/** A pull secret with this `.dockerconfigjson`. */
export const secretOf = (config: unknown, name = 'regcred', uid = `uid-${name}`) =>
  ({
    metadata: { name, namespace: 'default', uid },
    type: 'kubernetes.io/dockerconfigjson',
    data: {
      '.dockerconfigjson': Buffer.from(typeof config === 'string' ? config : JSON.stringify(config)).toString(
        'base64',
      ),
    },
  }) satisfies PullSecret;

export const withSecrets = (...found: readonly ReturnType<typeof secretOf>[]): PodPullSecrets => ({
  found,
  missing: [],
});
