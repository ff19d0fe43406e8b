import { describe, expect, test } from 'vitest';
import { kubectlRelease, podPrinterRelease } from '../../src/versions/kubectl.js';
import { kubeletRelease, kubeletReleases } from '../../src/versions/kubelet.js';

describe('the release of a version', () => {
  test.each([
    ['1.36', '1.36'],
    ['v1.34.2', '1.34'],
    ['1.33.5-eks-1', '1.33'],
    ['1.30+', '1.30'],
    ['1.24', '1.30'],
    ['1.99', '1.36'],
  ])('%s is read as %s', (version, minor) => {
    expect(kubeletRelease(version).minor).toBe(minor);
  });

  test.each(['', '36', 'latest', '2.0', '1.x', '1.36beta'])('%j is none', (version) => {
    expect(() => kubeletRelease(version)).toThrow(RangeError);
    expect(() => kubectlRelease(version)).toThrow(RangeError);
    expect(() => podPrinterRelease(version)).toThrow(RangeError);
  });

  test('changes with each minor version that the table has', () => {
    expect(kubeletReleases.map(({ minor }) => minor)).toEqual([
      '1.30',
      '1.31',
      '1.32',
      '1.33',
      '1.34',
      '1.35',
      '1.36',
    ]);
    const facts = kubeletReleases.map(({ minor: _, ...rest }) => JSON.stringify(rest));
    expect(new Set(facts).size).toBe(kubeletReleases.length);
  });
});
