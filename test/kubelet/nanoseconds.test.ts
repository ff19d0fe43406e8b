import { describe, expect, test } from 'vitest';
import { parseNanoseconds, printNanoseconds } from '../../src/kubelet/nanoseconds.js';

describe('Go’s durations', () => {
  test.each([
    ['0', 0, '0s'],
    ['10m', 600e9, '10m0s'],
    ['1h30m', 5400e9, '1h30m0s'],
    ['2.3s', 2_300_000_000, '2.3s'],
    ['.5s', 500_000_000, '500ms'],
    ['1.s', 1e9, '1s'],
    ['-1.5h', -5400e9, '-1h30m0s'],
    ['+3us', 3000, '3µs'],
    ['1h1ns', 3600e9 + 1, '1h0m0.000000001s'],
    ['7ns', 7, '7ns'],
  ])('%s is %d ns and printed %s', (text, nanoseconds, printed) => {
    expect(parseNanoseconds(text)).toBe(nanoseconds);
    expect(printNanoseconds(nanoseconds)).toBe(printed);
  });

  test.each([
    ['', 'time: invalid duration ""'],
    ['-', 'time: invalid duration "-"'],
    ['abc', 'time: invalid duration "abc"'],
    ['.s', 'time: invalid duration ".s"'],
    [' 1s', 'time: invalid duration " 1s"'],
    ['1e3s', 'time: unknown unit "e" in duration "1e3s"'],
    ['5', 'time: missing unit in duration "5"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['1s.', 'time: invalid duration "1s."'],
    ['9999999h', 'time: invalid duration "9999999h"'],
  ])('%s: %s', (text, problem) => {
    expect(() => parseNanoseconds(text)).toThrow(new Error(problem));
  });
});
