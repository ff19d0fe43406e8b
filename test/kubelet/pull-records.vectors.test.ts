import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PodPullCredentials } from '../../src/kubelet/access-match.js';
import { KubeletConfigurationError, kubeletConfiguration } from '../../src/kubelet/configuration.js';
import {
  createPullManager,
  pruneUnknownRecords,
  recoverPullIntents,
} from '../../src/kubelet/pull-manager.js';
import { openPullRecordFiles, pullRecordFilename } from '../../src/kubelet/pull-record-files.js';
import { readRecord } from '../../src/kubelet/pull-record-format.js';
import { type CredentialMapping, mergeAccess } from '../../src/kubelet/pull-record-merge.js';
import type {
  ImagePulledRecord,
  PullRecordStore,
  RecordedAccess,
  RecordedSecret,
  RecordedServiceAccount,
} from '../../src/kubelet/pull-records.js';
import { createVerificationPolicy } from '../../src/kubelet/verification-policy.js';
import { kubeletRelease } from '../../src/versions/kubelet.js';
import { caseName, vectorFile, vectorSection } from '../support/vectors.js';

const release = kubeletRelease('1.36');
const { apiVersion } = release.pullRecords;
const now = () => new Date('2026-01-01T00:00:00Z');

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pullsim-records-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A store over real files that also notes which records were written. */
function openStore(records: readonly object[], intents: readonly string[]) {
  const files = openPullRecordFiles({ directory, apiVersion });
  for (const record of records) files.writeRecord(readRecord(JSON.stringify(record), apiVersion));
  for (const intent of intents) files.writeIntent(intent);
  const written: string[] = [];
  const store: PullRecordStore = {
    ...files,
    writeRecord(record) {
      written.push(record.imageRef);
      files.writeRecord(record);
    },
  };
  return { store, written };
}

const managerOptions = (store: PullRecordStore, policyName: string, allowlist: readonly string[] = []) => {
  const configuration = kubeletConfiguration(
    { imagePullCredentialsVerificationPolicy: policyName, preloadedImagesVerificationAllowlist: allowlist },
    release,
  );
  const { names } = release.pullRecords;
  const policy = createVerificationPolicy(configuration.verificationPolicy, configuration.allowlist, names);
  return { store, policy, names, now };
};

describe('MustAttemptImagePull decides by records, policy and the pod’s credentials', () => {
  interface AttemptCase {
    readonly name: string;
    readonly policy: string;
    readonly image: string;
    readonly imageRef: string;
    readonly pulledRecords: readonly object[];
    readonly pullIntents: readonly string[];
    readonly podSecrets: readonly RecordedSecret[];
    readonly podServiceAccount: RecordedServiceAccount | null;
    readonly mustPull: boolean;
    readonly credentialsLookedUp: boolean;
    readonly recordWritten: boolean;
    readonly recordAfter: CredentialMapping | null;
  }
  const cases = vectorSection<AttemptCase>('imagemanager', 'mustAttemptImagePull');
  test('the section was read', () => expect(Array.isArray(cases)).toBe(true));

  cases.forEach((vector, index) => {
    test(caseName('mustAttemptImagePull', index, { ...vector }), async () => {
      const { store, written } = openStore(vector.pulledRecords, vector.pullIntents);
      const manager = createPullManager(managerOptions(store, vector.policy));
      let credentialsLookedUp = false;
      const credentials = async (): Promise<PodPullCredentials> => {
        credentialsLookedUp = true;
        return { secrets: vector.podSecrets, serviceAccount: vector.podServiceAccount };
      };
      const mustPull = await manager.mustAttemptImagePull(vector.image, vector.imageRef, credentials);
      expect({ mustPull, credentialsLookedUp, recordWritten: written.length > 0 }).toEqual({
        mustPull: vector.mustPull,
        credentialsLookedUp: vector.credentialsLookedUp,
        recordWritten: vector.recordWritten,
      });
      if (vector.recordAfter !== null) {
        expect(store.record(vector.imageRef)?.credentialMapping).toEqual(vector.recordAfter);
      }
    });
  });
});

describe('credentials that a pull proved are merged into a record', () => {
  interface MergeSection {
    readonly base: readonly { image: string; entry: RecordedAccess }[];
    readonly cases: readonly MergeCase[];
  }
  interface MergeCase {
    readonly name: string;
    readonly start: string;
    readonly image: string;
    readonly newCredentials: RecordedAccess | null;
    readonly changed: boolean;
    readonly mappingDiff: CredentialMapping;
    readonly removed: readonly string[];
  }
  const section = vectorFile('imagemanager')?.recordMerge as MergeSection | undefined;
  const cases = section?.cases ?? [];
  const base = Object.fromEntries((section?.base ?? []).map(({ image, entry }) => [image, entry]));
  test('the section was read', () => {
    expect(cases.length > 0 || process.env.PULLSIM_VECTORS !== undefined).toBe(true);
  });

  cases.forEach((vector, index) => {
    test(caseName('recordMerge', index, { ...vector }), () => {
      const before = vector.start === 'base' ? base : {};
      const after = mergeAccess(before, vector.image, vector.newCredentials ?? undefined);
      expect(after !== before).toBe(vector.changed);
      const expected = { ...before, ...vector.mappingDiff };
      for (const name of vector.removed) delete expected[name];
      expect(after).toEqual(expected);
    });
  });
});

describe('the allowlist policy', () => {
  interface AllowlistCase {
    readonly name: string;
    readonly allowlist: readonly string[];
    readonly image: string;
    readonly kubeletPulled: boolean;
    readonly verify?: boolean;
    readonly configError?: boolean;
  }
  const cases = vectorSection<AllowlistCase>('imagemanager', 'allowlistPolicy');
  test('the section was read', () => expect(Array.isArray(cases)).toBe(true));

  cases.forEach((vector, index) => {
    test(caseName('allowlistPolicy', index, { ...vector }), () => {
      const options = () =>
        managerOptions(openStore([], []).store, 'NeverVerifyAllowlistedImages', vector.allowlist);
      if (vector.configError === true) return void expect(options).toThrow(KubeletConfigurationError);
      const verify = options().policy.requiresVerification(vector.image, vector.kubeletPulled);
      expect(verify).toBe(vector.verify);
    });
  });
});

describe('the preloaded-images policy', () => {
  const cases = vectorSection<{ kubeletPulled: boolean; verify: boolean }>('imagemanager', 'preloadedPolicy');
  test('the section was read', () => expect(Array.isArray(cases)).toBe(true));

  cases.forEach((vector, index) => {
    test(caseName('preloadedPolicy', index, { ...vector }), () => {
      const policy = createVerificationPolicy('NeverVerifyPreloadedImages', [], 'as-spelled');
      expect(policy.requiresVerification('reg.io/app:1', vector.kubeletPulled)).toBe(vector.verify);
    });
  });
});

interface StartupImage {
  readonly id: string;
  readonly repoTags?: readonly string[];
  readonly repoDigests?: readonly string[];
}

/** `recordFixtures` of the meta, as data. */
const fixtureRecords: Readonly<Record<string, ImagePulledRecord>> = {
  testimageref: {
    lastUpdatedTime: '2024-10-21T12:26:40Z',
    imageRef: 'testimageref',
    credentialMapping: {
      'docker.io/testing/test': {
        kubernetesSecrets: [
          {
            uid: 'testsecretuid',
            namespace: 'default',
            name: 'pull-secret',
            credentialHash: 'testsecrethash',
          },
        ],
      },
    },
  },
  'testimage-anonpull': {
    lastUpdatedTime: '2024-10-21T12:26:40Z',
    imageRef: 'testimage-anonpull',
    credentialMapping: { 'docker.io/testing/test': { nodePodsAccessible: true } },
  },
  testemptycredmapping: { lastUpdatedTime: '2024-10-21T12:26:40Z', imageRef: 'testemptycredmapping' },
};

function openFixtures(names: readonly string[], intents: readonly string[] = []) {
  const { store } = openStore([], intents);
  for (const name of names) {
    const record = fixtureRecords[name];
    if (record === undefined) throw new Error(`no record fixture ${name}`);
    store.writeRecord(record);
  }
  return store;
}

describe('at its start the kubelet resolves intents that a crash left', () => {
  interface RecoveryCase {
    readonly name: string;
    readonly intents: readonly string[];
    readonly recordsBefore: readonly string[];
    readonly intentsAfter: readonly string[];
    readonly recordFilesAfter: readonly string[];
  }
  const cases = vectorSection<RecoveryCase>('imagemanager', 'startupIntentRecovery');
  const meta = vectorFile('imagemanager')?.meta as { startupImages?: readonly StartupImage[] } | undefined;
  const images = (meta?.startupImages ?? []).map(({ id, repoTags = [], repoDigests = [] }) => ({
    id,
    names: [...repoTags, ...repoDigests],
  }));
  test('the section was read', () => expect(Array.isArray(cases)).toBe(true));

  cases.forEach((vector, index) => {
    test(caseName('startupIntentRecovery', index, { ...vector }), () => {
      const store = openFixtures(vector.recordsBefore, vector.intents);
      recoverPullIntents(managerOptions(store, 'NeverVerifyPreloadedImages'), images);
      expect([...store.intents()].sort()).toEqual([...vector.intentsAfter].sort());
      expect(readdirSync(join(directory, 'pulled')).sort()).toEqual([...vector.recordFilesAfter].sort());
    });
  });
});

describe('image garbage collection takes the records of images that are gone', () => {
  interface GarbageCase {
    readonly name: string;
    readonly gcStart: string;
    readonly imagesOnNode: readonly string[];
    readonly recordsBefore: readonly string[];
    readonly recordsAfter: readonly string[];
  }
  const cases = vectorSection<GarbageCase>('imagemanager', 'recordGarbageCollection');
  test('the section was read', () => expect(Array.isArray(cases)).toBe(true));

  cases.forEach((vector, index) => {
    test(caseName('recordGarbageCollection', index, { ...vector }), () => {
      const store = openFixtures(vector.recordsBefore);
      pruneUnknownRecords(store, vector.imagesOnNode, new Date(vector.gcStart));
      const names = store.records().map(({ imageRef }) => imageRef);
      expect(names.sort()).toEqual([...vector.recordsAfter].sort());
    });
  });
});

describe('a successful pull is recorded', () => {
  interface PulledCase {
    readonly name: string;
    readonly image: string;
    readonly imageRef: string;
    readonly credentialsUsed: RecordedAccess;
    readonly pullsInFlight: number;
    readonly recordsBefore: readonly object[];
    readonly recordRewritten: boolean;
    readonly intentRemoved: boolean;
    readonly mappingAfter: CredentialMapping;
  }
  const cases = vectorSection<PulledCase>('imagemanager', 'recordImagePulled');
  test('the section was read', () => expect(Array.isArray(cases)).toBe(true));

  cases.forEach((vector, index) => {
    test(caseName('recordImagePulled', index, { ...vector }), () => {
      const { store, written } = openStore(vector.recordsBefore, []);
      const manager = createPullManager(managerOptions(store, 'NeverVerifyPreloadedImages'));
      for (let pull = 0; pull < vector.pullsInFlight; pull += 1) manager.recordPullIntent(vector.image);
      manager.recordImagePulled(vector.image, vector.imageRef, vector.credentialsUsed);
      expect({ rewritten: written.length > 0, intentRemoved: !store.hasIntent(vector.image) }).toEqual({
        rewritten: vector.recordRewritten,
        intentRemoved: vector.intentRemoved,
      });
      expect(store.record(vector.imageRef)?.credentialMapping).toEqual(vector.mappingAfter);
    });
  });
});

test('record files are named by the SHA-256 of the image ID, intents by that of the image string', () => {
  const { store } = openStore([fixtureRecords.testimageref ?? {}].map(asDocument), ['nginx']);
  const sha = (key: string) => createHash('sha256').update(key).digest('hex');
  expect(pullRecordFilename('testimageref')).toBe(`sha256-${sha('testimageref')}`);
  expect(existsSync(join(directory, 'pulled', `sha256-${sha('testimageref')}`))).toBe(true);
  expect(existsSync(join(directory, 'pulling', `sha256-${sha('nginx')}`))).toBe(true);
  expect(store.hasIntent('nginx')).toBe(true);
});

const asDocument = (record: object) => ({ kind: 'ImagePulledRecord', apiVersion, ...record });
