import { describe, expect, test } from 'vitest';
import { matchPath } from '../../src/registry/route-path.js';
import { endpoints, routes } from '../../src/registry/routes.js';

const read = (path: string) => {
  const match = matchPath(path, routes);
  if (match.kind !== 'route') return [match.kind];
  return [match.route.path.tail.join('/'), match.repository, match.reference];
};

describe('a path', () => {
  test.each([
    ['/v2/', ['', '', '']],
    ['/v2', ['', '', '']],
    ['/v2/_catalog', ['_catalog', '', '']],
    ['/v2/_oci/ext/discover', ['_oci/ext/discover', '', '']],
    ['/v2/a/tags/list', ['tags/list', 'a', '']],
    ['/v2/team/app/manifests/v1', ['manifests/<reference>', 'team/app', 'v1']],
    ['/v2/team/app/manifests/sha256%3Aabc', ['manifests/<reference>', 'team/app', 'sha256:abc']],
    ['/v2/team/app/blobs/sha256:abc', ['blobs/<digest>', 'team/app', 'sha256:abc']],
    ['/v2/team/app/blobs/uploads/', ['blobs/uploads', 'team/app', '']],
    ['/v2/team/app/blobs/uploads', ['blobs/uploads', 'team/app', '']],
    ['/v2/team/app/blobs/uploads/x', ['blobs/uploads/<session>', 'team/app', 'x']],
    ['/v2/team/app/referrers/sha256:abc', ['referrers/<digest>', 'team/app', 'sha256:abc']],
  ])('%s is read from its end', (path, expected) => expect(read(path)).toEqual(expected));

  test.each([
    ['/v2/foo/manifests/blobs/uploads/', ['blobs/uploads', 'foo/manifests', '']],
    ['/v2/blobs/uploads/blobs/uploads/', ['blobs/uploads', 'blobs/uploads', '']],
    ['/v2/blobs/uploads/blobs/uploads/x', ['blobs/uploads/<session>', 'blobs/uploads', 'x']],
    ['/v2/a/tags/list/tags/list', ['tags/list', 'a/tags/list', '']],
    ['/v2/a/tags/list/manifests/list', ['manifests/<reference>', 'a/tags/list', 'list']],
    ['/v2/a/manifests/manifests/manifests', ['manifests/<reference>', 'a/manifests', 'manifests']],
    ['/v2/manifests/blobs/sha256:abc', ['blobs/<digest>', 'manifests', 'sha256:abc']],
    ['/v2/a/referrers/tags/list', ['tags/list', 'a/referrers', '']],
  ])('%s is a repository that is called like a route', (path, expected) =>
    expect(read(path)).toEqual(expected),
  );

  test.each([
    ...['/', '/v1/', '/v2x', '/v3/', '/v2/nonsense', '/v2/a/nonsense', '/v2/a/tags', '/v2/a/tags/list/'],
    ...[
      '/v2/tags/list',
      '/v2/manifests/v1',
      '/v2/blobs/uploads/x',
      '/v2/a/manifests/',
      '/v2/a/blobs/',
      '/V2/',
    ],
    ...['/v2/_catalog/', '/v2/a/Tags/list', '/v2/a/manifests/v1/', '/token', ''],
  ])('%s is nothing', (path) => expect(read(path)).toEqual(['unknown']));

  test.each([
    ...[
      'Team/app',
      'a/../b',
      '..',
      '.',
      'a//b',
      '/a',
      'a_',
      '-a',
      'a___b',
      'a..b',
      'a.-b',
      '_catalog',
      'é',
      'a b',
    ],
    ...['a%2fb', 'a%2Fb', 'a%00b', '%2e%2e', '%252e', 'a%zz', '%ff', 'a%0d%0a', `${'a/'.repeat(130)}a`],
  ])('%s is no name', (name) => expect(read(`/v2/${name}/tags/list`)).toEqual(['bad-name']));

  test.each(['a', '1', 'a.b', 'a_b', 'a__b', 'a--b', 'a-b.c_d/e', 'a%2Eb', '%61', `${'a/'.repeat(127)}a`])(
    '%s is a name',
    (name) => expect(read(`/v2/${name}/tags/list`)[1]).toBe(decodeURIComponent(name)),
  );

  test('a reference is decoded once and not judged here', () => {
    expect(read('/v2/a/manifests/..%2f..%2fetc')).toEqual(['manifests/<reference>', 'a', '../../etc']);
    expect(read('/v2/a/manifests/%252e')).toEqual(['manifests/<reference>', 'a', '%2e']);
  });
});

describe('the table of endpoints', () => {
  test('has HEAD wherever it has GET, and lists its methods for 405', () => {
    expect(routes).toHaveLength(9);
    for (const { actions, allow } of routes) {
      expect(actions.has('HEAD')).toBe(actions.has('GET'));
      expect(allow.split(', ')).toEqual([...actions.keys()].sort());
    }
  });

  test('asks for a right everywhere but at the ping and at what describes the registry itself', () => {
    const open = endpoints.filter(([, , , , need]) => need === 'login').map(([id]) => id);
    expect(open).toEqual(['end-1', 'discover']);
  });
});
