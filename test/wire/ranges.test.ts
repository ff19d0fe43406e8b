import { describe, expect, test } from 'vitest';
import { formatContentRange, formatUnsatisfiedRange, parseByteRange } from '../../src/wire/byte-range.js';
import { formatUploadRange, judgeChunk, parseChunkRange } from '../../src/wire/content-range.js';

const whole = { kind: 'whole' };
const refused = { kind: 'unsatisfiable' };
const part = (start: number, end: number) => ({ kind: 'part', start, end });

describe('Range on a blob of 2048 bytes', () => {
  test.each([
    [undefined, whole],
    ['bytes=500-1499', part(500, 1499)],
    ['Bytes=500-1499', part(500, 1499)],
    ['bytes=500-', part(500, 2047)],
    ['bytes=-500', part(1548, 2047)],
    ['bytes=-5000', part(0, 2047)],
    ['bytes=0-0', part(0, 0)],
    ['bytes=2000-5000', part(2000, 2047)],
    ['bytes=2047-2047', part(2047, 2047)],
    ['bytes=500-0', refused],
    ['bytes=5000-10000', refused],
    ['bytes=2048-', refused],
    ['bytes=-0', refused],
    ['bytes=-', refused],
    ['bytes=', refused],
    ['bytes=abc', refused],
    ['bytes=0-0,x', refused],
    ['bytes=99999999999999999999-', refused],
    ['bytes=0-0,5-9', whole],
    ['items=0-5', whole],
    ['500-1499', whole],
  ])('%s', (header, expected) => {
    expect(parseByteRange(header, 2048)).toEqual(expected);
  });

  test('an empty blob is answered whole', () => {
    expect(parseByteRange('bytes=0-', 0)).toEqual(whole);
  });

  test('the answer names the part and the size', () => {
    expect(formatContentRange({ start: 500, end: 1499 }, 2048)).toBe('bytes 500-1499/2048');
    expect(formatUnsatisfiedRange(2048)).toBe('bytes */2048');
  });
});

describe('Content-Range of an upload', () => {
  test.each([
    'bytes 0-9/10',
    'bytes 0-9',
    '0-9/10',
    'a-b',
    '-1-3',
    '9-3',
    '',
    '0-',
    ' 0-9',
    '0-99999999999999999999',
  ])('%j is malformed', (header) => {
    expect(parseChunkRange(header)).toBeUndefined();
    expect(judgeChunk(header, undefined, 0).kind).toBe('out-of-range');
  });

  test.each([
    [undefined, undefined, 0, { kind: 'accept' }],
    [undefined, 7, 100, { kind: 'accept', lengthBytes: 7 }],
    ['0-9', 10, 0, { kind: 'accept', lengthBytes: 10 }],
    ['10-10', undefined, 10, { kind: 'accept', lengthBytes: 1 }],
  ])('%s with Content-Length %s after %s bytes is taken', (range, length, received, verdict) => {
    expect(judgeChunk(range, length, received)).toEqual(verdict);
  });

  test.each([
    ['0-9', 10, 10, 'out-of-range'],
    ['11-20', 10, 10, 'out-of-range'],
    ['11-20', 3, 10, 'out-of-range'],
    ['10-19', 9, 10, 'size-differs'],
  ])('%s with Content-Length %s after %s bytes is %s', (range, length, received, kind) => {
    expect(judgeChunk(range, length, received).kind).toBe(kind);
  });

  test('a session tells its last byte', () => {
    expect([0, 1, 2, 1024].map(formatUploadRange)).toEqual(['0-0', '0-0', '0-1', '0-1023']);
  });
});
