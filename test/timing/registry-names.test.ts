import { expect, test } from 'vitest';
import { matchPath } from '../../src/registry/route-path.js';
import { routes } from '../../src/registry/routes.js';

test.each([
  ['dashes', 'a-'.repeat(50_000)],
  ['underscores', 'a_'.repeat(50_000)],
  ['dots', '.'.repeat(100_000)],
  ['components', 'a/'.repeat(50_000)],
  ['uploads', 'blobs/uploads/'.repeat(7_000)],
  ['percent signs', '%61'.repeat(33_000)],
])('S35 a name of 100 KB of %s is read within 50 ms', (_, name) => {
  const start = performance.now();
  expect(matchPath(`/v2/${name}!/tags/list`, routes).kind).toBe('bad-name');
  expect(performance.now() - start).toBeLessThan(50);
});
