import { describe, expect, test } from 'vitest';
import type { Pod } from '../../src/cluster/objects.js';
import type { RuntimeContainer } from '../../src/kubelet/container-runtime.js';
import { podColumns } from '../../src/kubelet/pod-columns.js';
import { type PodStatus, podStatus } from '../../src/kubelet/pod-status.js';
import type { WaitingReason } from '../../src/kubelet/reason-cache.js';
import { podPrinterRelease } from '../../src/versions/kubectl.js';
import { caseName, vectorSection } from '../support/vectors.js';

interface RecordedContainer {
  readonly state: 'running' | 'exited';
  readonly exitCode?: number;
  readonly reason?: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly imageID: string;
}

interface StatusCase {
  readonly name: string;
  readonly kubectl: { readonly READY: string; readonly STATUS: string; readonly RESTARTS: string };
  readonly pod: Pod & { readonly status: PodStatus };
  readonly input: {
    readonly sandboxReady: boolean;
    readonly podIP: string | null;
    readonly runtimeContainers: Readonly<Record<string, RecordedContainer>>;
    readonly reasonCache: Readonly<Record<string, WaitingReason>>;
  };
}

const cases = vectorSection<StatusCase>('podstatus', 'cases');

describe('pod.status is what the kubelet generates, and its columns what kubectl prints', () => {
  test('the section was read', () => expect(Array.isArray(cases)).toBe(true));

  cases.forEach((vector, index) => {
    test(caseName('cases', index, { ...vector }), () => {
      const { pod, input, kubectl } = vector;
      const containers = new Map(
        Object.entries(input.runtimeContainers).map(([name, container]) => [name, containerOf(container)]),
      );
      const reasons = new Map(Object.entries(input.reasonCache));
      const { sandboxReady, podIP } = input;
      expect(podStatus(pod, { sandboxReady, podIP, containers, reasons })).toEqual(pod.status);
      expect(podColumns(pod, podPrinterRelease('1.36'))).toEqual(kubectl);
    });
  });
});

const containerOf = (container: RecordedContainer): RuntimeContainer => {
  const startedAtMs = Date.parse(container.startedAt);
  if (container.state === 'running') return { state: 'running', startedAtMs, imageId: container.imageID };
  return {
    state: 'exited',
    startedAtMs,
    finishedAtMs: Date.parse(container.finishedAt ?? ''),
    exitCode: container.exitCode ?? 0,
    reason: container.reason ?? '',
    imageId: container.imageID,
  };
};
