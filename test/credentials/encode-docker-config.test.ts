import { expect, test } from 'vitest';
import { decodeDockerConfigJson } from '../../src/credentials/docker-config.js';
import { encodeDockerConfigJson } from '../../src/credentials/encode-docker-config.js';

test('kubectl writes user name, password, e-mail and auth', () => {
  const account = { username: 'u', password: 'p', email: 'e@x' };
  expect(encodeDockerConfigJson('https://index.docker.io/v1/', account)).toBe(
    '{"auths":{"https://index.docker.io/v1/":{"username":"u","password":"p","email":"e@x","auth":"dTpw"}}}',
  );
});

test('the e-mail is left out when there is none', () => {
  expect(encodeDockerConfigJson('reg.io', { username: 'u', password: 'p' })).not.toContain('email');
});

test('what HTML could misread is escaped, as Go does', () => {
  const written = encodeDockerConfigJson('reg.io', { username: '<a&b>', password: '\u2028"\\\n\x01\x7f' });
  expect(written).toContain('"username":"\\u003ca\\u0026b\\u003e","password":"\\u2028\\"\\\\\\n\\u0001\x7f"');
});

test('what was written is read again, but for a colon in the user name', () => {
  const read = (username: string, password: string) => {
    const [entry] = decodeDockerConfigJson(encodeDockerConfigJson('reg.io', { username, password })).entries;
    return [entry?.username, entry?.password];
  };
  expect(read('jürgen', 'pä:ss 🐳')).toEqual(['jürgen', 'pä:ss 🐳']);
  expect(read('a:b', 'c')).toEqual(['a', 'b:c']);
});
