import { describe, expect, test } from 'vitest';
import { kubeletConfiguration } from '../../src/kubelet/configuration.js';
import { createVerificationPolicy } from '../../src/kubelet/verification-policy.js';
import { kubeletRelease } from '../../src/versions/kubelet.js';

const release = kubeletRelease('1.36');
const refusal = (document: object, version = '1.36') => {
  try {
    kubeletConfiguration(document, kubeletRelease(version));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

describe('the kubelet’s defaults', () => {
  test('are five pulls per second, a burst of ten, one pull at a time, and verification but for preloaded images', () => {
    expect(kubeletConfiguration({}, release)).toEqual({
      registryPullQPS: 5,
      registryBurst: 10,
      parallelPulls: 1,
      ensureSecretPulledImages: true,
      imageVolumes: true,
      verificationPolicy: 'NeverVerifyPreloadedImages',
      allowlist: [],
    });
  });

  test.each([
    [{}, 1],
    [{ maxParallelImagePulls: 1 }, 1],
    [{ maxParallelImagePulls: 3 }, 3],
    [{ serializeImagePulls: false }, Number.POSITIVE_INFINITY],
    [{ serializeImagePulls: false, maxParallelImagePulls: 2 }, 2],
  ])('%j pulls %d at a time', (document, parallelPulls) => {
    expect(kubeletConfiguration(document, release).parallelPulls).toBe(parallelPulls);
  });

  test.each([
    ['1.32', false],
    ['1.34', false],
    ['1.35', true],
  ])('verify credentials on %s: %s', (version, on) => {
    expect(kubeletConfiguration({}, kubeletRelease(version)).ensureSecretPulledImages).toBe(on);
  });

  test('have image volumes since 1.35, where one may switch them off until they are locked in 1.36', () => {
    const imageVolumes = (version: string, on?: boolean) =>
      kubeletConfiguration(
        on === undefined ? {} : { featureGates: { ImageVolume: on } },
        kubeletRelease(version),
      ).imageVolumes;
    expect([imageVolumes('1.30', true), imageVolumes('1.34'), imageVolumes('1.34', true)]).toEqual([
      false,
      false,
      true,
    ]);
    expect([imageVolumes('1.35'), imageVolumes('1.35', false), imageVolumes('1.36', false)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('leave a gate alone that the version does not have', () => {
    const featureGates = { KubeletEnsureSecretPulledImages: true };
    expect(kubeletConfiguration({ featureGates }, kubeletRelease('1.32')).ensureSecretPulledImages).toBe(
      false,
    );
    expect(kubeletConfiguration({ featureGates }, kubeletRelease('1.33')).ensureSecretPulledImages).toBe(
      true,
    );
  });
});

describe('a configuration with which the kubelet would not start is refused in its words', () => {
  const list = (pattern: string) => ({
    imagePullCredentialsVerificationPolicy: 'NeverVerifyAllowlistedImages',
    preloadedImagesVerificationAllowlist: [pattern],
  });
  const pattern = 'invalid image pattern in `preloadedImagesVerificationAllowlist`: ';
  const digest = `sha256:${'a'.repeat(64)}`;

  test.each<[object, string]>([
    [{ maxParallelImagePulls: 0 }, 'maxParallelImagePulls 0 must be a positive number'],
    [
      { maxParallelImagePulls: 2, serializeImagePulls: true },
      'maxParallelImagePulls cannot be larger than 1 unless SerializeImagePulls (--serialize-image-pulls) is set to false',
    ],
    [{ registryPullQPS: -1 }, 'registryPullQPS (--registry-qps) -1 must not be a negative number'],
    [{ registryBurst: -1 }, 'registryBurst (--registry-burst) -1 must not be a negative number'],
    [
      { imagePullCredentialsVerificationPolicy: 'Sometimes' },
      'option "Sometimes" specified for imagePullCredentialsVerificationPolicy. Valid options are "NeverVerify", "NeverVerifyPreloadedImages", "NeverVerifyAllowlistedImages" or "AlwaysVerify"',
    ],
    [
      { preloadedImagesVerificationAllowlist: ['reg.io/*'] },
      'can\'t set `preloadedImagesVerificationAllowlist` if `imagePullCredentialsVertificationPolicy` is not "NeverVerifyAllowlistedImages"',
    ],
    [list(' reg.io/*'), `${pattern}leading/trailing spaces are not allowed:  reg.io/*`],
    [list(''), `${pattern}the supplied pattern is too short: `],
    [
      list('reg.io/a*'),
      `${pattern}not a valid wildcard pattern, only patterns ending with '/*' are allowed: reg.io/a*`,
    ],
    [
      list('reg.*/team/*'),
      `${pattern}not a valid wildcard pattern, only patterns ending with '/*' are allowed: reg.*/team/*`,
    ],
    [list('/*'), `${pattern}at least registry hostname is required`],
    [list('reg.io/'), `${pattern}failed to parse as an image name: invalid reference format`],
    [
      list('reg.io/app:1'),
      `${pattern}neither tag nor digest is accepted in an image reference: reg.io/app:1`,
    ],
    [
      list(`reg.io/app@${digest}`),
      `${pattern}neither tag nor digest is accepted in an image reference: reg.io/app@${digest}`,
    ],
  ])('%j', (document, problem) => {
    expect(refusal(document)).toBe(`invalid configuration: ${problem}`);
  });

  test.each(['imagePullCredentialsVerificationPolicy', 'preloadedImagesVerificationAllowlist'])(
    '%s needs the feature gate',
    (option) => {
      const value = option.startsWith('image') ? 'AlwaysVerify' : ['reg.io/*'];
      expect(refusal({ [option]: value }, '1.34')).toBe(
        `invalid configuration: \`${option}\` must not be set if KubeletEnsureSecretPulledImages feature gate is not enabled`,
      );
    },
  );

  test('up to 1.35 an exact name has to be complete', () => {
    expect(refusal(list('ubuntu'), '1.35')).toBe(
      `invalid configuration: ${pattern}neither tag nor digest is accepted in an image reference: ubuntu`,
    );
    expect(refusal(list('docker.io/library/ubuntu'), '1.35')).toBeUndefined();
    expect(refusal(list('ubuntu'))).toBeUndefined();
  });
});

describe('the allowlist exempts', () => {
  const exempt = (patterns: readonly string[], image: string, version = '1.36') => {
    const { names } = kubeletRelease(version).pullRecords;
    const { allowlist, verificationPolicy } = kubeletConfiguration(
      {
        imagePullCredentialsVerificationPolicy: 'NeverVerifyAllowlistedImages',
        preloadedImagesVerificationAllowlist: patterns,
      },
      kubeletRelease(version),
    );
    return !createVerificationPolicy(verificationPolicy, allowlist, names).requiresVerification(image, true);
  };

  test.each([
    ['reg.io/team/*', 'reg.io/team/app:1', true],
    ['reg.io/team/*', 'reg.io/team/deep/app', true],
    ['reg.io/team/*', 'reg.io/teammate/app', false],
    ['reg.io/team/*', 'reg.io/team', false],
    ['reg.io/app', 'reg.io/app:1', true],
    ['reg.io/app', 'reg.io/application', false],
    ['ubuntu', 'ubuntu:1', true],
    ['docker.io/library/ubuntu', 'ubuntu:1', false],
    ['docker.io/library/*', 'ubuntu', false],
  ])('with %s the image %s: %s', (pattern, image, exempted) => {
    expect(exempt([pattern], image)).toBe(exempted);
  });

  test('up to 1.35 only what is spelled in full, without tag for exact names', () => {
    expect(exempt(['docker.io/library/ubuntu'], 'docker.io/library/ubuntu', '1.35')).toBe(true);
    expect(exempt(['docker.io/library/ubuntu'], 'docker.io/library/ubuntu:1', '1.35')).toBe(false);
    expect(exempt(['docker.io/library/ubuntu'], 'ubuntu', '1.35')).toBe(false);
    expect(exempt(['docker.io/library/*'], 'docker.io/library/ubuntu:1', '1.35')).toBe(true);
  });
});
