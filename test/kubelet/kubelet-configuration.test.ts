import { describe, expect, test } from 'vitest';
import {
  KubeletConfigurationFileError,
  readKubeletConfiguration,
} from '../../src/kubelet/kubelet-configuration.js';
import { kubeletRelease } from '../../src/versions/kubelet.js';

const head = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
const read = (text: string, version = '1.36') => readKubeletConfiguration(text, kubeletRelease(version));

function refusal(text: string, version?: string) {
  try {
    read(text, version);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(KubeletConfigurationFileError);
    const { message, line } = error as KubeletConfigurationFileError;
    return { message, line };
  }
}

describe('a KubeletConfiguration file', () => {
  test('gives its image fields, as YAML 1.1 reads them, and leaves the others alone', () => {
    const text = `${head}serializeImagePulls: no
maxParallelImagePulls: 0x5
registryPullQPS: 0
featureGates: { KubeletEnsureSecretPulledImages: true, Other: off }
preloadedImagesVerificationAllowlist: []
clusterDNS: [10.0.0.10]
`;
    expect(read(text)).toEqual({
      serializeImagePulls: false,
      maxParallelImagePulls: 5,
      registryPullQPS: 0,
      featureGates: { KubeletEnsureSecretPulledImages: true, Other: false },
      preloadedImagesVerificationAllowlist: [],
    });
  });

  test('may be JSON, and fields may be null', () => {
    const text =
      '{"kind":"KubeletConfiguration","apiVersion":"kubelet.config.k8s.io/v1beta1","registryBurst":20,"registryPullQPS":null}';
    expect(read(text)).toEqual({ registryBurst: 20 });
  });

  test('with fields that the kubelet does not know still starts it', () => {
    expect(refusal(`${head}registryPullQps: 1\nregistryBurst: 5\nregistryBurst: 6\n`)).toBeUndefined();
  });

  const qps = 'invalid configuration: registryPullQPS (--registry-qps) -1 must not be a negative number';
  const gate =
    'invalid configuration: `imagePullCredentialsVerificationPolicy` must not be set if KubeletEnsureSecretPulledImages feature gate is not enabled';

  test.each<[string, string, number]>([
    ['', "Object 'Kind' is missing", 1],
    ['kind: KubeletConfiguration\n', "Object 'apiVersion' is missing", 1],
    ['kind: Pod\napiVersion: v1\n', 'no kind "Pod" is registered for version "v1"', 1],
    [
      'kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1\n',
      'no kind "KubeletConfiguration" is registered for version "kubelet.config.k8s.io/v1"',
      2,
    ],
    [
      `${head}registryPullQPS: "5"\n`,
      'json: cannot unmarshal string into Go struct field KubeletConfiguration.registryPullQPS of type int32',
      3,
    ],
    [
      `${head}registryBurst: 1.5\n`,
      'json: cannot unmarshal number 1.5 into Go struct field KubeletConfiguration.registryBurst of type int32',
      3,
    ],
    [
      `${head}featureGates:\n  A: maybe\n`,
      'json: cannot unmarshal string into Go struct field KubeletConfiguration.featureGates of type bool',
      4,
    ],
    [`${head}# why not\nregistryPullQPS: -1\n`, qps, 4],
  ])('%j is refused: %s (line %d)', (text, message, line) => {
    expect(refusal(text)).toEqual({ message, line });
  });

  test('is refused for what its version does not know yet', () => {
    const text = `${head}imagePullCredentialsVerificationPolicy: AlwaysVerify\n`;
    expect(refusal(text, '1.34')).toEqual({ message: gate, line: 3 });
    expect(refusal(text, '1.35')).toBeUndefined();
  });

  test('that is no YAML is told with its line', () => {
    expect(refusal(`${head}a: "b\n`)?.line).toBe(3);
  });
});
