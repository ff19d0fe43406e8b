import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  digestAlgorithm,
  digestHex,
  digestOf,
  digestProblem,
  InvalidDigest,
  isDigest,
  parseDigest,
} from '../../src/image/digest.js';

const hash = (algorithm: string, content: Uint8Array) => createHash(algorithm).update(content).digest('hex');

describe('a digest', () => {
  test.each([
    [`sha256:${'a'.repeat(64)}`, undefined],
    [`sha384:${'a'.repeat(96)}`, undefined],
    [`sha512:${'0'.repeat(128)}`, undefined],
    ['', 'invalid checksum digest format'],
    [':abc', 'invalid checksum digest format'],
    ['sha256:', 'invalid checksum digest format'],
    ['sha256', 'invalid checksum digest format'],
    ['sha256:xyz', 'invalid checksum digest length'],
    [`sha256:${'a'.repeat(63)}`, 'invalid checksum digest length'],
    [`sha256:${'A'.repeat(64)}`, 'invalid checksum digest format'],
    [`sha256:${'g'.repeat(64)}`, 'invalid checksum digest format'],
    [`md5:${'a'.repeat(32)}`, 'unsupported digest algorithm'],
    [`sha256+b64:${'A'.repeat(32)}`, 'unsupported digest algorithm'],
    [`SHA256:${'a'.repeat(64)}`, 'invalid checksum digest format'],
    [`toString:${'a'.repeat(64)}`, 'invalid checksum digest format'],
    [`constructor:${'a'.repeat(64)}`, 'unsupported digest algorithm'],
  ])('%s: %s', (text, problem) => {
    expect(digestProblem(text)).toBe(problem);
    if (problem === undefined) return;
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow(new InvalidDigest(problem));
  });

  test('of a registry is sha256 or sha512; a reference may also name sha384', () => {
    const sha384 = `sha384:${'a'.repeat(96)}`;
    expect(isDigest(sha384)).toBe(false);
    expect(() => parseDigest(sha384)).toThrow('unsupported digest algorithm');
    expect(parseDigest(sha384, ['sha384'])).toBe(sha384);
  });

  test('of content names the algorithm and the hash', () => {
    const digest = digestOf(new Uint8Array(), hash);
    expect(digest).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(isDigest(digestOf(new Uint8Array(), hash, 'sha512'))).toBe(true);
    expect([digestAlgorithm(digest), digestHex(digest).length]).toEqual(['sha256', 64]);
  });
});
