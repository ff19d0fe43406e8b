import { describe, expect, test } from 'vitest';
import {
  encodeQuery,
  formatHttpUrl,
  hostName,
  hostPort,
  parseHttpUrl,
  parseQuery,
  requestTarget,
  resolveHttpUrl,
} from '../../src/runtime/http-url.js';

describe('parseHttpUrl', () => {
  test.each([
    [
      'https://h/v2/a/../b%2Fc?x=1&y=%20',
      { scheme: 'https', host: 'h', path: '/v2/a/../b%2Fc', query: 'x=1&y=%20' },
    ],
    ['HTTP://H:80', { scheme: 'http', host: 'H:80', path: '', query: '' }],
    ['//h/p', { scheme: '', host: 'h', path: '/p', query: '' }],
    ['https://user:pw@h/p#fragment', { scheme: 'https', host: 'h', path: '/p', query: '' }],
    ['registry.example.com', { scheme: '', host: '', path: 'registry.example.com', query: '' }],
    ['https://[::1]:5000/v2', { scheme: 'https', host: '[::1]:5000', path: '/v2', query: '' }],
  ])('cuts %s and leaves the parts as they were', (text, parts) => {
    expect(parseHttpUrl(text)).toEqual(parts);
  });

  test('what was cut is put together again', () => {
    for (const text of ['https://h:1/a//b?c', '/v2/a?b', 'https://h', '//h/p']) {
      expect(formatHttpUrl(parseHttpUrl(text))).toBe(text);
    }
  });

  test('an empty path is asked for as /', () => {
    expect(requestTarget(parseHttpUrl('https://h?x=1'))).toBe('/?x=1');
  });
});

describe('resolveHttpUrl', () => {
  const base = parseHttpUrl('https://h/v2/a/blobs/d?ns=x');
  test.each([
    ['https://cdn/x?sig=1', 'https://cdn/x?sig=1'],
    ['//cdn/x', 'https://cdn/x'],
    ['/v2/b', 'https://h/v2/b'],
    ['c', 'https://h/v2/a/blobs/c'],
    ['../c/./d', 'https://h/v2/a/c/d'],
    ['../../../../c', 'https://h/c'],
    ['?y=2', 'https://h/v2/a/blobs/d?y=2'],
    ['/a/..', 'https://h/'],
  ])('a Location of %s leads to %s', (location, expected) => {
    expect(formatHttpUrl(resolveHttpUrl(base, location))).toBe(expected);
  });
});

describe('hosts', () => {
  test.each([
    ['h:5000', 'h', '5000'],
    ['h', 'h', ''],
    ['[::1]:5000', '::1', '5000'],
    ['[::1]', '::1', ''],
  ])('%s is name %s and port "%s"', (host, name, port) => {
    expect([hostName(host), hostPort(host)]).toEqual([name, port]);
  });
});

describe('queries', () => {
  test('are encoded with sorted names and Go’s escapes; equal names keep their order', () => {
    const pairs = [
      ['service', "a b's (1)*"],
      ['scope', 'repository:b:pull'],
      ['scope', 'repository:a:pull'],
      ['account', 'ü~_.-'],
    ] as const;
    expect(encodeQuery(pairs)).toBe(
      'account=%C3%BC~_.-&scope=repository%3Ab%3Apull&scope=repository%3Aa%3Apull&service=a+b%27s+%281%29%2A',
    );
  });

  test('are decoded pair by pair, and what cannot be decoded is left out', () => {
    expect(parseQuery('a=1+2&&b&c=%zz&d=%20')).toEqual([
      ['a', '1 2'],
      ['b', ''],
      ['d', ' '],
    ]);
  });
});
