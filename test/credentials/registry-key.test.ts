import { describe, expect, test } from 'vitest';
import { matchesProvider } from '../../src/credentials/provider-match.js';
import { explainMatch, indexKeyOf, matchRegistryKey } from '../../src/credentials/registry-key.js';

describe('the index key', () => {
  test.each([
    ['', ''],
    ['http://', ''],
    ['http://reg.io/v2/', 'reg.io'],
    ['HTTP://reg.io', 'HTTP://reg.io'],
    ['reg.io/v1/', 'reg.io'],
    ['reg.io/v1', 'reg.io/v1'],
    ['reg.io/V1/', 'reg.io/V1/'],
    ['reg.io/v1//', 'reg.io//'],
    ['reg.io/v2/v2/x', 'reg.io/v2/x'],
    ['reg.io/v1/?x', 'reg.io'],
    ['reg.io/v10/x', 'reg.io/v10/x'],
    ['reg.io//', 'reg.io//'],
    ['https:///x', '/x'],
    ['reg.io:', 'reg.io:'],
    ['reg.io/a b', 'reg.io/a b'],
    ['reg.io/%2fx', 'reg.io//x'],
    ['reg.io?%zz', 'reg.io'],
    ['REG.io', 'REG.io'],
    ['%C3%BC.io', 'ü.io'],
    ['ü.io/é', 'ü.io/é'],
    ['user:p%20w@reg.io:5000/x', 'reg.io:5000/x'],
    ['u@v@reg.io', 'reg.io'],
    ['[::1%25eth0]:5000', '[::1%eth0]:5000'],
    ['reg]io', 'reg]io'],
    ['a..b', 'a..b'],
    [' ', undefined],
  ])('of %j is %j', (key, indexKey) => {
    if (indexKey === undefined) expect(() => indexKeyOf(key)).toThrow('in host name');
    else expect(indexKeyOf(key)).toBe(indexKey);
  });

  test.each([
    ['reg.io:abc', 'invalid port ":abc" after host'],
    ['a:b:5000', 'invalid port ":b:5000" after host'],
    ['reg .io', 'invalid character " " in host name'],
    ['reg\\io', 'invalid character "\\\\" in host name'],
    ['re{g}', 'invalid character "{" in host name'],
    ['re[g', 'invalid IP-literal'],
    ['[reg]', 'invalid host: ParseAddr("reg"): unable to parse IP'],
    ['[1.2.3.4]', 'invalid IP-literal'],
    ['[::1', "missing ']' in host"],
    ['[::1]x', 'invalid port "x" after host'],
    ['[1::2::3]', 'invalid host: ParseAddr("1::2::3"): multiple :: in address (at ":3")'],
    ['[12345::]', 'invalid host: ParseAddr("12345::"): each group must have 4 or less digits (at "12345::")'],
    ['[::1.2.3]', 'invalid host: ParseAddr("::1.2.3"): IPv4 address too short'],
    ['%41.io', 'invalid URL escape "%41"'],
    ['%invalid%', 'invalid URL escape "%in"'],
    ['reg.io/%zz', 'invalid URL escape "%zz"'],
    ['reg.io#%zz', 'invalid URL escape "%zz"'],
    ['reg\t.io', 'net/url: invalid control character in URL'],
    ['user:p w@reg.io', 'net/url: invalid userinfo'],
  ])('of %j does not exist: %s', (key, reason) => {
    const quoted = key.replace(/\\/g, '\\\\').replace(/\t/g, '\\t');
    expect(() => indexKeyOf(key)).toThrow(`parse "https://${quoted}": ${reason}`);
  });
});

describe('the step that decides a match', () => {
  test.each([
    ['reg.io', 'reg.io/app', { kind: 'matched' }],
    ['*.reg.io', 'a.reg.io/app', { kind: 'matched' }],
    ['r*g.i*', 'reg.io/app', { kind: 'matched' }],
    ['reg.io/te', 'reg.io/team/app', { kind: 'matched' }],
    ['reg.io:', 'reg.io/app', { kind: 'matched' }],
    ['reg.io', 'reg.io:5000/app', { kind: 'port-differs', want: '5000', got: '', sameHost: true }],
    ['reg.io:443', 'reg.io/app', { kind: 'port-differs', want: '', got: '443', sameHost: true }],
    ['other.io:443', 'reg.io/app', { kind: 'port-differs', want: '', got: '443', sameHost: false }],
    ['*.reg.io', 'a.b.reg.io/app', { kind: 'label-count-differs', want: 4, got: 3 }],
    ['*', 'reg.io/app', { kind: 'label-count-differs', want: 2, got: 1 }],
    ['reg.io/other', 'reg.io/team/app', { kind: 'path-differs', path: '/other', sameHost: true }],
    ['not.io/other', 'reg.io/team/app', { kind: 'path-differs', path: '/other', sameHost: false }],
    ['reg.io/team/app:v1', 'reg.io/team/app', { kind: 'path-differs', path: '/team/app:v1', sameHost: true }],
    ['REG.io', 'reg.io/app', { kind: 'host-case-differs' }],
    ['*.REG.io', 'a.reg.io/app', { kind: 'host-case-differs' }],
    ['not.io', 'reg.io/app', { kind: 'host-differs' }],
    ['[::1]', '[::1]/app', { kind: 'host-differs' }],
    ['[::1]:5000', '[::1]:5000/app', { kind: 'matched' }],
    [
      'reg .io',
      'reg.io/app',
      {
        kind: 'unreadable',
        what: 'key',
        error: 'parse "https://reg .io": invalid character " " in host name',
      },
    ],
    [
      'reg.io',
      're g.io',
      {
        kind: 'unreadable',
        what: 'image',
        error: 'parse "https://re g.io": invalid character " " in host name',
      },
    ],
    [
      '[::ffff:1.2.3.4]',
      '[::ffff:1.2.3.4]',
      { kind: 'unreadable', what: 'key', error: 'syntax error in pattern' },
    ],
  ])('between %s and %s', (indexKey, repository, outcome) => {
    expect(explainMatch(indexKey, repository)).toEqual(outcome);
    expect(matchRegistryKey(indexKey, repository)).toBe(outcome.kind === 'matched');
  });
});

describe('a credential provider', () => {
  test('is asked when one of its patterns matches', () => {
    const patterns = ['*.dkr.ecr.*.amazonaws.com', 'reg.io/team'];
    expect(matchesProvider(patterns, '1.dkr.ecr.eu-west-1.amazonaws.com/app')).toBe(true);
    expect(matchesProvider(patterns, 'reg.io/teammate/app')).toBe(true);
    expect(matchesProvider(patterns, 'reg.io:443/team')).toBe(false);
    expect(matchesProvider([], 'reg.io/team')).toBe(false);
  });

  test('with a scheme in its pattern is never asked', () => {
    expect(matchesProvider(['https://reg.io'], 'reg.io/app')).toBe(false);
  });
});
