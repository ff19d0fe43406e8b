import { describe, expect, test } from 'vitest';
import { formatBasicAuthorization, parseBasicAuthorization } from '../../src/wire/basic-authorization.js';
import { describeAuthorization, describeTokenForm, maskUserInfo, maskUsername } from '../../src/wire/mask.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('Basic authorization', () => {
  test.each([
    ['alice', 'secret'],
    ['alice', 'pa:ss:word'],
    ['', ''],
    ['jürgen', 'pässwörd 🐳'],
    ['\ufeffbom', ' blanks '],
  ])('%j and %j come back as they went', (username, password) => {
    const header = formatBasicAuthorization({ username, password });
    expect(header).toBe(`Basic ${base64(`${username}:${password}`)}`);
    expect(parseBasicAuthorization(header)).toEqual({ username, password });
  });

  test('the scheme may be spelled in any case', () => {
    expect(parseBasicAuthorization(`bASIC ${base64('a:b')}`)).toEqual({ username: 'a', password: 'b' });
  });

  test.each([
    'Basic !!!',
    `Basic ${base64('nocolon')}`,
    'Bearer x',
    'Basic',
    `Basic ${base64('a:bc').replace(/=/g, '')}`,
    `Basic  ${base64('a:b')}`,
  ])('%j is refused', (header) => {
    expect(parseBasicAuthorization(header)).toBeUndefined();
  });
});

describe('what a trace shows of credentials', () => {
  test.each([
    [undefined, 'none'],
    [`Basic ${base64('alice:secret')}`, 'Basic alice:***'],
    ['Basic secret', 'Basic ***'],
    ['bearer secret', 'Bearer ***'],
    ['secret', 'Other ***'],
    ['Custom secret', 'Other ***'],
  ])('%s prints %s', (header, text) => {
    expect(describeAuthorization(header)).toBe(text);
  });

  test('forms name the grant', () => {
    expect(describeTokenForm({ grantType: 'password', username: 'alice' })).toBe('password alice:***');
    expect(describeTokenForm({ grantType: 'refresh_token' })).toBe('refresh_token ***');
  });

  test('user names that are tokens are cut', () => {
    expect(maskUsername('first.middle.last')).toBe('first.middle.last');
    expect(maskUsername('eyJhbGciOi.eyJzdWIi.c2ln')).toBe('eyJhbG…');
    expect(maskUsername('x'.repeat(64))).toHaveLength(64);
    expect(maskUsername('x'.repeat(65))).toBe('xxxxxx…');
  });

  test.each([
    ['reg.io', 'reg.io'],
    ['https://reg.io:5000/v1/', 'https://reg.io:5000/v1/'],
    ['https://user:pw@reg.io/v1/', 'https://***@reg.io/v1/'],
    ['user:pw@reg.io', '***@reg.io'],
    ['user:p@ss/w@rd@reg.io/x', '***@reg.io/x'],
    ['user:1/2@reg.io', '***@reg.io'],
    ['reg.io:5000/app@sha256:abc', 'reg.io:5000/app@sha256:abc'],
    ['user:pw@reg.io/app@sha256:abc', '***@reg.io/app@sha256:abc'],
  ])('the key %s prints %s', (key, text) => {
    expect(maskUserInfo(key)).toBe(text);
  });
});
