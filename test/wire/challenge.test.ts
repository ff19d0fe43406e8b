import { describe, expect, test } from 'vitest';
import { formatBasicChallenge, formatBearerChallenge, parseChallenge } from '../../src/wire/challenge.js';

const lines: readonly [line: string, scheme: string, parameters: Record<string, string>][] = [
  ['Bearer realm="https://a/t",service="s"', 'bearer', { realm: 'https://a/t', service: 's' }],
  ['bEARER realm="r" , Service="s"', 'bearer', { realm: 'r', service: 's' }],
  ['Bearer realm=token,error=invalid_token', 'bearer', { realm: 'token', error: 'invalid_token' }],
  [
    'Bearer scope="repository:a:pull,push registry:catalog:*"',
    'bearer',
    { scope: 'repository:a:pull,push registry:catalog:*' },
  ],
  ['Bearer realm="a\\"b\\\\c"', 'bearer', { realm: 'a"b\\c' }],
  ['Bearer realm="r",scope="",service="s"', 'bearer', { realm: 'r', scope: '', service: 's' }],
  ['Bearer realm="first",realm="second"', 'bearer', { realm: 'second' }],
  ['Bearer realm="r", Basic realm="b"', 'bearer', { realm: 'r' }],
  ['Bearer realm ="r"', 'bearer', {}],
  ['Bearer realm= "r",service="s"', 'bearer', { realm: '' }],
  ['Bearer realm="open', 'bearer', { realm: '' }],
  ['Bearer realm="r" service="s"', 'bearer', { realm: 'r' }],
  ['Bearer', 'bearer', {}],
  ['Negotiate abc', 'negotiate', {}],
];

describe('a challenge is read as containerd reads it', () => {
  test.each(lines)('%s', (line, scheme, parameters) => {
    const challenge = parseChallenge(line);
    expect(challenge?.scheme).toBe(scheme);
    expect({ ...challenge?.parameters }).toEqual(parameters);
  });

  test('a line without scheme is no challenge', () => {
    expect(parseChallenge('')).toBeUndefined();
    expect(parseChallenge(' Bearer realm="r"')).toBeUndefined();
    expect(parseChallenge('="r"')).toBeUndefined();
  });
});

describe('a challenge is written as distribution writes it', () => {
  test('realm, service, scope and error stand in this order, quoted, without blanks', () => {
    expect(
      formatBearerChallenge({
        error: 'insufficient_scope',
        scope: 'repository:team/app:pull,push',
        service: 'mock-registry',
        realm: 'https://auth.example.test/token',
      }),
    ).toBe(
      'Bearer realm="https://auth.example.test/token",service="mock-registry",scope="repository:team/app:pull,push",error="insufficient_scope"',
    );
  });

  test('the challenge of the ping has no scope', () => {
    expect(formatBearerChallenge({ realm: 'r', service: 's' })).toBe('Bearer realm="r",service="s"');
  });

  test('quotes and backslashes are escaped, so that no value ends its quotation', () => {
    expect(formatBasicChallenge('a"b\\c')).toBe('Basic realm="a\\"b\\\\c"');
    expect(parseChallenge(formatBasicChallenge('a"b\\c'))?.parameters.realm).toBe('a"b\\c');
  });
});
