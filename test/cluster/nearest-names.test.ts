import { expect, test } from 'vitest';
import { nearestNames, nearestPaths } from '../../src/cluster/nearest-names.js';

test.each([
  ['regcerd', ['regcred', 'other'], ['regcred']],
  ['1.277', ['1.27', '1.28', 'latest'], ['1.27']],
  ['a', ['b', 'abc'], ['b']],
  ['regcred', ['regcred'], []],
  ['app', ['application'], []],
  ['latst', ['latest', 'last', 'v1'], ['latest', 'last']],
])('%s most likely means one of %j: %j', (name, known, near) => {
  expect(nearestNames(name, known)).toEqual(near);
});

test('of paths in one folder only the last part counts', () => {
  expect(nearestPaths('library/ngnix', ['library/redis', 'library/nginx', 'acme/nginx'])).toEqual([
    'library/nginx',
  ]);
  expect(nearestPaths('libary/nginx', ['library/nginx', 'library/redis'])).toEqual(['library/nginx']);
});
