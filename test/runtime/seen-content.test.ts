import { expect, test } from 'vitest';
import { createSeenContent } from '../../src/runtime/seen-content.js';

const document = (text: string) => () => {
  const bytes = new TextEncoder().encode(text);
  return { sizeBytes: bytes.length, bytes };
};

test('the same digest gives the same document, so that what hangs on its bytes is shared', () => {
  const seen = createSeenContent();
  const first = seen.document('sha256:a', document('{}'));
  expect(seen.document('sha256:a', document('{}'))).toBe(first);
  expect(seen.document('sha256:b', document('{}'))).not.toBe(first);
});

test('what came without a digest is not remembered: nothing was checked', () => {
  const seen = createSeenContent();
  const first = seen.document('', document('one'));
  expect(seen.document('', document('two'))).not.toBe(first);
  seen.addLayer('', { sizeBytes: 1, diffId: 'sha256:d' });
  expect(seen.layer('')).toBeUndefined();
});

test('a layer and a document of one digest do not stand for each other', () => {
  const seen = createSeenContent();
  seen.document('sha256:a', document('{}'));
  expect(seen.layer('sha256:a')).toBeUndefined();
  seen.addLayer('sha256:a', { sizeBytes: 2, diffId: 'sha256:d' });
  expect(seen.document('sha256:a', document('no')).bytes).toEqual(new TextEncoder().encode('{}'));
  expect(seen.layer('sha256:a')).toEqual({ sizeBytes: 2, diffId: 'sha256:d' });
});

test('large documents and the oldest of many are forgotten', () => {
  const seen = createSeenContent();
  const large = seen.document('sha256:large', document('x'.repeat(70_000)));
  expect(seen.document('sha256:large', document('x'.repeat(70_000)))).not.toBe(large);
  for (let i = 0; i <= 1024; i += 1) seen.addLayer(`sha256:${i}`, { sizeBytes: i });
  expect(seen.layer('sha256:0')).toBeUndefined();
  expect(seen.layer('sha256:1')).toEqual({ sizeBytes: 1 });
});
