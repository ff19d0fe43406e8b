import { expect, test } from 'vitest';
import { goQuote } from '../../src/image/go-quote.js';

test.each([
  ['reg.io/app:v1', '"reg.io/app:v1"'],
  ['a"b\\c', '"a\\"b\\\\c"'],
  ['\n\t\r\v\f\b\x07', '"\\n\\t\\r\\v\\f\\b\\a"'],
  ['\x00\x1b\x7f', '"\\x00\\x1b\\x7f"'],
  ['ünï 🐳', '"ünï 🐳"'],
  ['\u0085\u00a0\u200b\u2028\ufeff', '"\\u0085\\u00a0\\u200b\\u2028\\ufeff"'],
  ['\u{e0001}', '"\\U000e0001"'],
  ['\udcff stray', '"\\xff stray"'],
  ['\ufffd', '"\ufffd"'],
])('%j is quoted as Go quotes it: %s', (text, quoted) => {
  expect(goQuote(text)).toBe(quoted);
});
