import { describe, expect, test } from 'vitest';
import { anonymous, credentialsFor } from '../../src/runtime/auth-config.js';
import { PullError } from '../../src/runtime/pull-error.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const alice = { username: 'alice', secret: 'secret' };

describe('credentialsFor', () => {
  test('no AuthConfig, an empty one and a registry token are anonymous', () => {
    expect(credentialsFor(null, 'registry.example.com')).toEqual(anonymous);
    expect(credentialsFor(undefined, 'registry.example.com')).toEqual(anonymous);
    expect(credentialsFor({}, 'registry.example.com')).toEqual(anonymous);
  });

  test('user and password come before an identity token, and that before auth', () => {
    const all = {
      username: 'alice',
      password: 'secret',
      identityToken: 'token',
      auth: base64('bob:hunter2'),
    };
    expect(credentialsFor(all, 'h')).toEqual(alice);
    expect(credentialsFor({ ...all, username: '' }, 'h')).toEqual({ username: '', secret: 'token' });
    expect(credentialsFor({ auth: base64('bob:hunter2') }, 'h')).toEqual({
      username: 'bob',
      secret: 'hunter2',
    });
  });

  test('a user without password keeps an empty secret', () => {
    expect(credentialsFor({ username: 'alice' }, 'h')).toEqual({ username: 'alice', secret: '' });
  });

  test.each([
    ['https://registry.example.com', 'registry.example.com', alice],
    ['https://registry.example.com/v2/', 'registry.example.com', alice],
    ['https://registry.example.com:5000', 'registry.example.com:5000', alice],
    ['https://registry.example.com:5000', 'registry.example.com', anonymous],
    ['registry.example.com', 'registry.example.com', anonymous],
    ['https://index.docker.io/v1/', 'registry-1.docker.io', anonymous],
    ['', 'registry.example.com', alice],
  ])('a server address of "%s" counts for "%s" as Go parses it', (serverAddress, host, expected) => {
    expect(credentialsFor({ username: 'alice', password: 'secret', serverAddress }, host)).toEqual(expected);
  });

  test('a server address that is no URL is an error in the words of Go', () => {
    const auth = { username: 'alice', password: 'secret', serverAddress: 'https://a b' };
    expect(() => credentialsFor(auth, 'h')).toThrow(
      'parse server address: parse "https://a b": invalid character " " in host name',
    );
  });

  test('auth is split at its first colon, and NULs around the password go', () => {
    expect(credentialsFor({ auth: base64('alice:a:b') }, 'h')).toEqual({ username: 'alice', secret: 'a:b' });
    expect(credentialsFor({ auth: base64('alice:secret\0\0') }, 'h')).toEqual(alice);
  });

  test('auth that is no base64, or no pair, is an error in the words of Go', () => {
    const failing = (auth: string) => () => credentialsFor({ auth }, 'h');
    expect(failing('%%%')).toThrow(new PullError('illegal base64 data at input byte 0', { kind: 'other' }));
    expect(failing(base64('alicesecret'))).toThrow('invalid decoded auth: "alicesecret\\x00"');
  });
});
