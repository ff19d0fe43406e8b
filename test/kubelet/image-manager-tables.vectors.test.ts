import { beforeAll, describe, expect, test } from 'vitest';
import type { Credential } from '../../src/credentials/credential.js';
import type { PodPullCredentials } from '../../src/kubelet/access-match.js';
import { createBackOff } from '../../src/kubelet/back-off.js';
import { createImageManager } from '../../src/kubelet/image-manager.js';
import type { EnsureLabels } from '../../src/kubelet/image-request.js';
import { CriError, type ImageService } from '../../src/kubelet/image-service.js';
import { createKeyringSource } from '../../src/kubelet/keyring-source.js';
import { createKubelet } from '../../src/kubelet/kubelet.js';
import { classifyPullError } from '../../src/kubelet/pull-error.js';
import type { PullManager } from '../../src/kubelet/pull-manager.js';
import { createPullQueue } from '../../src/kubelet/pull-queue.js';
import { createPullThrottle } from '../../src/kubelet/pull-throttle.js';
import { createPullTimes } from '../../src/kubelet/pull-times.js';
import { createVirtualClock } from '../../src/kubelet/virtual-clock.js';
import { kubeletRelease } from '../../src/versions/kubelet.js';
import { caseName, vectorFile, vectorSection } from '../support/vectors.js';

const start = new Date('2026-01-01T00:00:00Z');
const release = kubeletRelease('1.36');

describe('the waiting reason of a pull that always fails follows the back-off', () => {
  const timeline = vectorFile('imagemanager')?.backoffTimeline as
    | { attempts: readonly (readonly [number, string])[] }
    | undefined;
  const attempts = timeline?.attempts ?? [];
  const seen = new Map<number, string | undefined>();

  beforeAll(async () => {
    const clock = createVirtualClock(start);
    const kubelet = createKubelet({
      kubernetesVersion: '1.36',
      imageService: alwaysFailing,
      keyrings: createKeyringSource({ release }),
      now: clock.now,
    });
    const pod = {
      metadata: { name: 'app', uid: 'uid-app' },
      spec: { containers: [{ name: 'app', image: 'reg.io/app:1', imagePullPolicy: 'IfNotPresent' }] },
    };
    for (const [t] of attempts) {
      clock.setSeconds(t);
      const [result] = await kubelet.syncPod(pod, { found: [], missing: [] });
      seen.set(t, result?.failure?.reason);
    }
  });

  test('the section was read', () => {
    expect(attempts.length > 0 || process.env.PULLSIM_VECTORS !== undefined).toBe(true);
  });

  attempts.forEach(([t, reason], index) => {
    test(caseName('backoffTimeline', index, { input: `${t} s` }), () => expect(seen.get(t)).toBe(reason));
  });
});

const alwaysFailing: ImageService = {
  imageStatus: async () => undefined,
  pullImage: async () => ({
    outcome: 'failed',
    code: 'Unknown',
    description: 'denied',
    failure: { kind: 'other' },
    exchanges: [],
  }),
};

interface PullerCase {
  readonly name: string;
  readonly gate: boolean;
  readonly image: string;
  readonly policy: string;
  readonly inspectErr: string | null;
  readonly pullErr: string | null;
  readonly qps: number;
  readonly burst: number;
  readonly allowed: Allowed | null;
  readonly podSecretUIDs: readonly string[];
  readonly serviceAccountCredentials: Readonly<Record<string, readonly NodeCredential[]>> | null;
  readonly metric: EnsureLabels;
  readonly attempts: readonly {
    readonly runtimeCalls: readonly string[];
    readonly err: string | null;
    readonly eventReasons: readonly string[];
    readonly messageContains: string | null;
    readonly startedRecorded: boolean;
    readonly finishedRecorded: boolean;
  }[];
}

interface Allowed {
  readonly allowAll?: boolean;
  readonly allowedSecrets?: Readonly<Record<string, readonly { UID: string }[]>>;
  readonly allowedServiceAccounts?: Readonly<Record<string, readonly { UID: string }[]>>;
}

interface NodeCredential {
  readonly AuthConfig: { readonly Username: string; readonly Password: string };
  readonly AuthConfigHash: string;
  readonly Source?: { readonly ServiceAccount?: { Name: string; Namespace: string; UID: string } };
}

describe('EnsureImageExists alone does what its own unit table says', () => {
  const cases = vectorSection<PullerCase>('imagemanager', 'upstreamPuller');
  test('the section was read', () => expect(Array.isArray(cases)).toBe(true));

  cases.forEach((vector, index) => {
    test(caseName('upstreamPuller', index, { ...vector }), async () => {
      const { attempt, labels } = preparePuller(vector);
      for (const [number, expected] of vector.attempts.entries()) {
        const { message, ...got } = await attempt();
        expect(got, `attempt ${number}`).toEqual({
          runtimeCalls: expected.runtimeCalls.map((call) => (call === 'PullImage' ? call : 'ImageStatus')),
          err: expected.err,
          eventReasons: expected.eventReasons,
          startedRecorded: expected.startedRecorded,
          finishedRecorded: expected.finishedRecorded,
        });
        expect(message).toContain(expected.messageContains ?? '');
      }
      expect(new Set(labels.map((each) => JSON.stringify(sorted(each))))).toEqual(
        new Set([JSON.stringify(sorted(vector.metric))]),
      );
    });
  });
});

const sorted = ({ present_locally, pull_policy, pull_required }: EnsureLabels) => [
  present_locally,
  pull_policy,
  pull_required,
];

function preparePuller(vector: PullerCase) {
  const clock = createVirtualClock(start);
  const labels: EnsureLabels[] = [];
  const runtimeCalls: string[] = [];
  const recorded = { started: false, finished: false };
  const manager = createImageManager({
    release,
    imageService: pullerRuntime(vector, runtimeCalls),
    backOff: createBackOff({ initialMs: 1000, maxMs: 60_000 }),
    throttle: createPullThrottle({ registryPullQPS: vector.qps, registryBurst: vector.burst }),
    queue: createPullQueue(1),
    pullManager: vector.gate ? scriptedPullManager((credentials) => isAllowed(vector, credentials)) : null,
    times: createPullTimes({ now: clock.now }),
    observer: {
      ensured: (each) => void labels.push({ ...each }),
      pullStarted: () => void Object.assign(recorded, { started: true }),
      pullFinished: () => void Object.assign(recorded, { finished: true }),
    },
  });
  let seconds = 0;
  const attempt = async () => {
    seconds += 1;
    clock.setSeconds(seconds);
    runtimeCalls.length = 0;
    Object.assign(recorded, { started: false, finished: false });
    const eventReasons: string[] = [];
    const ensured = await manager.ensureImageExists({
      podUid: 'pod-uid',
      image: vector.image,
      pullPolicy: vector.policy,
      record: (_type, reason) => void eventReasons.push(reason),
      credentials: async (repository) => credentialsOf(vector, repository),
    });
    return {
      runtimeCalls: [...runtimeCalls],
      err: ensured.outcome === 'failed' ? ensured.reason : null,
      message: ensured.outcome === 'failed' ? ensured.message : '',
      eventReasons,
      startedRecorded: recorded.started,
      finishedRecorded: recorded.finished,
    };
  };
  return { attempt, labels };
}

function pullerRuntime(
  { inspectErr, pullErr }: Pick<PullerCase, 'inspectErr' | 'pullErr'>,
  calls: string[],
): ImageService {
  return {
    async imageStatus(image) {
      calls.push('ImageStatus');
      if (inspectErr !== null) throw new CriError('Unknown', inspectErr);
      return image === 'present_image:latest' ? { id: image, sizeBytes: 1 } : undefined;
    },
    async pullImage({ image }) {
      calls.push('PullImage');
      if (pullErr === null) return { outcome: 'pulled', imageRef: image, exchanges: [] };
      return {
        outcome: 'failed',
        code: 'Unknown',
        description: pullErr,
        failure: { kind: 'other' },
        exchanges: [],
      };
    },
  };
}

const scriptedPullManager = (
  answer: (credentials: PodPullCredentials) => boolean,
  calls: PodPullCredentials[] = [],
): PullManager => ({
  recordPullIntent: () => {},
  recordImagePulled: () => {},
  recordImagePullFailed: () => {},
  async mustAttemptImagePull(_image, _imageRef, credentials) {
    const shown = await credentials();
    calls.push(shown);
    return answer(shown);
  },
});

/** The scripted pull-record manager of the recording: without a list everything is allowed. */
function isAllowed({ allowed, image }: PullerCase, { secrets, serviceAccount }: PodPullCredentials): boolean {
  if (allowed === null || allowed.allowAll === true) return false;
  const knowsSecret = (allowed.allowedSecrets?.[image] ?? []).some(({ UID }) =>
    secrets.some(({ uid }) => uid === UID),
  );
  const knowsAccount = (allowed.allowedServiceAccounts?.[image] ?? []).some(
    ({ UID }) => serviceAccount?.uid === UID,
  );
  return !knowsSecret && !knowsAccount;
}

function credentialsOf(
  {
    podSecretUIDs,
    serviceAccountCredentials,
  }: Pick<PullerCase, 'podSecretUIDs' | 'serviceAccountCredentials'>,
  repository: string,
): readonly Credential[] {
  const common = { email: '', key: repository, indexKey: repository };
  const secrets = podSecretUIDs.map((uid) => ({
    ...common,
    username: 'user',
    password: 'pass',
    hash: `hash of ${uid}`,
    source: { kind: 'secret', namespace: 'testns', name: 'testname', uid } as const,
  }));
  const node = (serviceAccountCredentials?.[repository] ?? []).map(
    ({ AuthConfig, AuthConfigHash, Source }) => ({
      ...common,
      username: AuthConfig.Username,
      password: AuthConfig.Password,
      hash: AuthConfigHash,
      source: sourceOf(Source),
    }),
  );
  return [...secrets, ...node];
}

function sourceOf(source: NodeCredential['Source']): Credential['source'] {
  if (source?.ServiceAccount === undefined) return { kind: 'node' };
  const { Name, Namespace, UID } = source.ServiceAccount;
  return {
    kind: 'provider',
    provider: 'plugin',
    serviceAccount: { namespace: Namespace, name: Name, uid: UID },
  };
}

describe('a pull error is classified by the start of its text', () => {
  interface ErrorCase {
    readonly image: string;
    readonly criError: string;
    readonly reason: string;
    readonly message: string;
  }
  const cases = vectorSection<ErrorCase>('imagemanager', 'evalCRIPullErr');
  test('the section was read', () => expect(Array.isArray(cases)).toBe(true));

  cases.forEach(({ image, criError, reason, message }, index) => {
    test(caseName('evalCRIPullErr', index, { input: criError }), () => {
      expect(classifyPullError(image, criError)).toEqual({ reason, message });
    });
  });
});

describe('the service account of a credential is shown to the pull manager', () => {
  interface CoordinatesCase {
    readonly name: string;
    readonly containerImage: string;
    readonly enableEnsureSecretImages: boolean;
    readonly expectedImagePull: boolean;
    readonly expectedServiceAccounts?: readonly { Name: string; Namespace: string; UID: string }[];
    readonly mustAttemptPullReturn: boolean;
    readonly policy: string;
    readonly shouldCallMustAttemptPull: boolean;
  }
  const cases = vectorSection<CoordinatesCase>('imagemanager', 'serviceAccountCoordinates');
  test('the section was read', () => expect(Array.isArray(cases)).toBe(true));

  cases.forEach((vector, index) => {
    test(caseName('serviceAccountCoordinates', index, { ...vector }), async () => {
      const clock = createVirtualClock(start);
      const runtimeCalls: string[] = [];
      const shown: PodPullCredentials[] = [];
      const manager = createImageManager({
        release,
        imageService: pullerRuntime({ inspectErr: null, pullErr: null }, runtimeCalls),
        backOff: createBackOff(),
        throttle: createPullThrottle({ registryPullQPS: 0, registryBurst: 0 }),
        queue: createPullQueue(1),
        pullManager: vector.enableEnsureSecretImages
          ? scriptedPullManager(() => vector.mustAttemptPullReturn, shown)
          : null,
        times: createPullTimes({ now: clock.now }),
      });
      const accounts = vector.expectedServiceAccounts ?? [];
      await manager.ensureImageExists({
        podUid: 'pod-uid',
        image: vector.containerImage,
        pullPolicy: vector.policy,
        record: () => {},
        credentials: async (repository) =>
          credentialsOf(
            { podSecretUIDs: [], serviceAccountCredentials: { [repository]: accounts.map(offered) } },
            repository,
          ),
      });
      expect(runtimeCalls.includes('PullImage')).toBe(vector.expectedImagePull);
      expect(shown.length > 0).toBe(vector.shouldCallMustAttemptPull);
      expect(
        shown.flatMap(({ serviceAccount }) => (serviceAccount === null ? [] : [serviceAccount])),
      ).toEqual(accounts.map(({ Name, Namespace, UID }) => ({ name: Name, namespace: Namespace, uid: UID })));
    });
  });

  const offered = (account: { Name: string; Namespace: string; UID: string }): NodeCredential => ({
    AuthConfig: { Username: 'sa-user', Password: 'sa-token' },
    AuthConfigHash: 'sa-hash',
    Source: { ServiceAccount: account },
  });
});
