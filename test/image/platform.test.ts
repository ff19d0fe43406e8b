import { describe, expect, test } from 'vitest';
import {
  formatPlatform,
  InvalidPlatform,
  matchesPlatform,
  parsePlatform,
  platformsByPreference,
} from '../../src/image/platform.js';

describe('a platform', () => {
  test.each([
    ['linux/amd64', 'linux/amd64'],
    ['Linux/x86_64', 'linux/amd64'],
    ['linux/x86-64/v1', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['linux/i386', 'linux/386'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm64/8', 'linux/arm64'],
    ['linux/arm64/9', 'linux/arm64/v9'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/6', 'linux/arm/v6'],
    ['linux/armhf', 'linux/arm/v7'],
    ['linux/armel', 'linux/arm/v6'],
    ['linux/s390x', 'linux/s390x'],
    ['macos/arm64', 'darwin/arm64'],
  ])('%s is %s', (written, normal) => {
    expect(formatPlatform(parsePlatform(written))).toBe(normal);
  });

  test.each(['', 'linux', 'linux/', '/amd64', 'linux/amd64/v1/x', 'linux/amd 64', 'linux//v8'])(
    '%j is refused',
    (text) => {
      expect(() => parsePlatform(text)).toThrow(InvalidPlatform);
    },
  );

  test('without an operating system prints unknown', () => {
    expect(formatPlatform({ os: '', architecture: 'amd64' })).toBe('unknown');
  });
});

describe('the transfer service matches exactly', () => {
  test.each([
    ['linux/amd64', 'linux/amd64', true],
    ['linux/amd64', 'linux/x86_64', true],
    ['linux/amd64', 'linux/386', false],
    ['linux/amd64', 'linux/amd64/v2', false],
    ['linux/arm64', 'linux/arm64/v8', true],
    ['linux/arm64', 'linux/arm/v7', false],
    ['linux/arm64', 'windows/arm64', false],
  ])('a %s node takes %s: %s', (node, offered, matches) => {
    expect(matchesPlatform(parsePlatform(node), parsePlatform(offered))).toBe(matches);
  });

  test('attestations are for no node', () => {
    const unknown = { os: 'unknown', architecture: 'unknown' };
    expect(matchesPlatform(parsePlatform('linux/amd64'), unknown)).toBe(false);
  });
});

describe('the local pull prefers', () => {
  test.each([
    ['linux/amd64', 'linux/amd64 linux/386'],
    ['linux/amd64/v3', 'linux/amd64/v3 linux/amd64/v2 linux/amd64 linux/386'],
    ['linux/arm64', 'linux/arm64 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5'],
    ['linux/arm64/v8.1', 'linux/arm64/v8.1 linux/arm64 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5'],
    [
      'linux/arm64/v9',
      'linux/arm64/v9 linux/arm64/v8.5 linux/arm64/v8.4 linux/arm64/v8.3 linux/arm64/v8.2 linux/arm64/v8.1 linux/arm64 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5',
    ],
    ['linux/arm/v6', 'linux/arm/v6 linux/arm/v5'],
    ['linux/s390x', 'linux/s390x'],
  ])('on %s: %s', (node, preferred) => {
    expect(platformsByPreference(parsePlatform(node)).map(formatPlatform).join(' ')).toBe(preferred);
  });
});
