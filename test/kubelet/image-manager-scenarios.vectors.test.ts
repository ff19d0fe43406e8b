import { describe, expect, test } from 'vitest';
import type { Container, Pod } from '../../src/cluster/objects.js';
import type { PullSecret } from '../../src/credentials/credential.js';
import { endlessContainers } from '../../src/kubelet/container-runtime.js';
import { createKeyringSource } from '../../src/kubelet/keyring-source.js';
import { createKubelet } from '../../src/kubelet/kubelet.js';
import type { PodEvent } from '../../src/kubelet/pod-event.js';
import { writeRecord } from '../../src/kubelet/pull-record-format.js';
import { createPullRecordMemory, type PullRecordStore } from '../../src/kubelet/pull-records.js';
import { createVirtualClock } from '../../src/kubelet/virtual-clock.js';
import { kubeletRelease } from '../../src/versions/kubelet.js';
import {
  type CriImageCall,
  createScriptedImageService,
  type ScriptedRegistry,
} from '../support/scripted-image-service.js';
import { caseName, vectorSection } from '../support/vectors.js';

interface ScenarioSecret {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
}

interface ScenarioContainer {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly sidecar?: boolean;
  readonly mountImageVolumes?: readonly string[];
}

interface ScenarioPod {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly containers: readonly ScenarioContainer[];
  readonly initContainers?: readonly ScenarioContainer[];
  readonly imageVolumes?: readonly { name: string; reference: string; pullPolicy: string }[];
  readonly resolvedPullSecrets?: readonly ScenarioSecret[];
}

interface Step {
  readonly t: number;
  readonly pod: string;
  readonly setSecrets?: readonly ScenarioSecret[];
  readonly setRegistry?: ScriptedRegistry;
  readonly removeLocalImages?: readonly string[];
  readonly events: readonly PodEvent[];
  readonly criImageCalls: readonly CriImageCall[];
  readonly startResults: readonly unknown[];
  readonly pulledRecords?: Readonly<Record<string, unknown>>;
}

interface Scenario {
  readonly name: string;
  readonly config: {
    readonly ensureSecretPulledImages: boolean;
    readonly verificationPolicy?: string;
    readonly allowlist?: readonly string[];
    readonly registryPullQPS?: number;
    readonly registryBurst?: number;
  };
  readonly registry: ScriptedRegistry;
  readonly localImages?: Readonly<Record<string, string>>;
  readonly nodeConfig?: Readonly<Record<string, object>>;
  readonly pods: readonly ScenarioPod[];
  readonly steps: readonly Step[];
}

const release = kubeletRelease('1.36');
const scenarios = vectorSection<Scenario>('imagemanager', 'scenarios');

describe('the kubelet does at every sync what the recorded one did', () => {
  test('the section was read', () => expect(Array.isArray(scenarios)).toBe(true));

  scenarios.forEach((scenario, index) => {
    test(caseName('scenarios', index, { ...scenario }), async () => {
      const run = prepare(scenario);
      for (const [number, step] of scenario.steps.entries()) {
        expect(await run(step), `step ${number} at ${step.t} s`).toEqual(expectedOf(step));
      }
    });
  });
});

function prepare(scenario: Scenario) {
  const clock = createVirtualClock(new Date('2026-01-01T00:00:00Z'));
  const runtime = createScriptedImageService(scenario.registry, scenario.localImages);
  const records = createPullRecordMemory();
  let events: PodEvent[] = [];
  const kubelet = createKubelet({
    kubernetesVersion: '1.36',
    imageService: runtime,
    keyrings: createKeyringSource({
      release,
      ...(scenario.nodeConfig && { node: { auths: scenario.nodeConfig } }),
    }),
    now: clock.now,
    configuration: configurationOf(scenario.config),
    records,
    containers: endlessContainers,
    onEvent: (_pod, event) => void events.push(withoutDurations(event)),
  });
  const pods = new Map(scenario.pods.map((pod) => [pod.name, { pod: podOf(pod), secrets: secretsOf(pod) }]));

  return async (step: Step) => {
    const entry = pods.get(step.pod);
    const declared = scenario.pods.find(({ name }) => name === step.pod);
    if (entry === undefined || declared === undefined) throw new Error(`no pod ${step.pod}`);
    if (step.setSecrets) entry.secrets = secretsOf({ ...declared, resolvedPullSecrets: step.setSecrets });
    if (step.setRegistry) runtime.registry = step.setRegistry;
    for (const image of step.removeLocalImages ?? []) runtime.local.delete(image);
    events = [];
    runtime.calls.length = 0;
    clock.setSeconds(step.t);
    const results = await kubelet.syncPod(entry.pod, { found: entry.secrets, missing: [] });
    return {
      events,
      criImageCalls: [...runtime.calls],
      startResults: results.map(({ container, failure }) =>
        failure === null
          ? { container, started: true }
          : { container, waitingReason: failure.reason, waitingMessage: failure.message },
      ),
      pulledRecords: recordsOf(records),
    };
  };
}

const expectedOf = ({ events, criImageCalls, startResults, pulledRecords }: Step) => ({
  events,
  criImageCalls,
  startResults,
  pulledRecords: pulledRecords ?? {},
});

const configurationOf = (config: Scenario['config']) => ({
  featureGates: { KubeletEnsureSecretPulledImages: config.ensureSecretPulledImages },
  ...(config.verificationPolicy && { imagePullCredentialsVerificationPolicy: config.verificationPolicy }),
  ...(config.allowlist && { preloadedImagesVerificationAllowlist: config.allowlist }),
  ...(config.registryPullQPS !== undefined && { registryPullQPS: config.registryPullQPS }),
  ...(config.registryBurst !== undefined && { registryBurst: config.registryBurst }),
});

const podOf = (pod: ScenarioPod): Pod => ({
  metadata: { name: pod.name, namespace: pod.namespace ?? 'default', uid: pod.uid },
  spec: {
    containers: pod.containers.map(containerOf),
    initContainers: (pod.initContainers ?? []).map(containerOf),
    volumes: (pod.imageVolumes ?? []).map(({ name, reference, pullPolicy }) => ({
      name,
      image: { reference, pullPolicy },
    })),
  },
});

const containerOf = (container: ScenarioContainer): Container => ({
  name: container.name,
  image: container.image,
  imagePullPolicy: container.imagePullPolicy,
  ...(container.sidecar && { restartPolicy: 'Always' }),
  volumeMounts: (container.mountImageVolumes ?? []).map((name) => ({ name })),
});

const secretsOf = ({
  resolvedPullSecrets = [],
}: ScenarioPod): readonly (PullSecret & { metadata: object })[] =>
  resolvedPullSecrets.map(({ name, namespace = 'default', uid = `uid-${name}`, type, data }) => ({
    metadata: { name, namespace, uid },
    type,
    data: Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  }));

const withoutDurations = (event: PodEvent): PodEvent => ({
  ...event,
  message: event.message.replace(
    /^(Successfully pulled image .*) in \S+ \(\S+ including waiting\)/,
    '$1 in <DUR> (<DUR> including waiting)',
  ),
});

const recordsOf = (store: PullRecordStore) =>
  Object.fromEntries(
    store.records().map((record) => {
      const { lastUpdatedTime: _, ...document } = writeRecord(record, release.pullRecords.apiVersion);
      return [record.imageRef, document];
    }),
  );
