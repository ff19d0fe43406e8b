import { describe, expect, test } from 'vitest';
import {
  defaultPullPolicy,
  InvalidImageName,
  InvalidReference,
  parseImageName,
  parseRuntimeReference,
  trimImageTagDigest,
} from '../../src/image/reference.js';

const hex = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const digest = `sha256:${hex}`;
const invalid = 'invalid reference format';

function reasonOf(image: string): string {
  try {
    parseImageName(image);
    return 'no error';
  } catch (error) {
    return error instanceof InvalidImageName ? error.reason : String(error);
  }
}

describe('the repository that keys are compared with', () => {
  test.each([
    ['nginx', 'docker.io/library/nginx'],
    ['docker.io/nginx', 'docker.io/library/nginx'],
    ['index.docker.io/nginx', 'docker.io/library/nginx'],
    ['index.docker.io/acme/nginx', 'docker.io/acme/nginx'],
    ['registry-1.docker.io/library/x', 'registry-1.docker.io/library/x'],
    ['localhost/app', 'localhost/app'],
    ['LOCALHOST/app', 'LOCALHOST/app'],
    ['localhost:5000/app', 'localhost:5000/app'],
    ['a/localhost/b', 'docker.io/a/localhost/b'],
    ['my-registry/a/b', 'docker.io/my-registry/a/b'],
    ['reg.io:5000/a/b:v1', 'reg.io:5000/a/b'],
    // No host by the grammar, because of the underscore, and yet not Docker Hub's, because of the dot.
    ['my_reg.io/app', 'my_reg.io/app'],
    ['[2001:db8::1]/app', '[2001:db8::1]/app'],
    ['reg.io/a__b/c--d/e.f_g', 'reg.io/a__b/c--d/e.f_g'],
  ])('of %s is %s', (image, repository) => {
    expect(parseImageName(image).repository).toBe(repository);
  });
});

describe('an image name is refused', () => {
  test.each([
    ['', invalid],
    [' nginx', invalid],
    ['nginx ', invalid],
    ['/nginx', invalid],
    ['nginx/', invalid],
    ['a//b', invalid],
    ['reg.io/', invalid],
    ['nginx:', invalid],
    ['nginx@', invalid],
    ['nginx:a:b', invalid],
    ['nginx:v1.0+build', invalid],
    ['nginx:-x', invalid],
    ['nginx:.x', invalid],
    ['a._b', invalid],
    ['a-_b', invalid],
    ['a.-b', invalid],
    ['a/.b', invalid],
    ['reg.io:/a', invalid],
    ['-reg.io/a', invalid],
    ['reg-.io/a', invalid],
    ['reg..io/a', invalid],
    ['reg_1:5000/a', invalid],
    ['https://reg.io/x', invalid],
    ['[::1]x/a', invalid],
    ['[g::]/a', invalid],
    ['naïve', invalid],
    [hex, `invalid repository name (${hex}), cannot specify 64-byte hexadecimal strings`],
    ['Nginx', `${invalid}: repository name (library/Nginx) must be lowercase`],
    ['Foo@sha256:abc', `${invalid}: repository name (library/Foo@sha256) must be lowercase`],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template variable that nobody expanded.
    ['${IMAGE}', `${invalid}: repository name (library/\${IMAGE}) must be lowercase`],
    ['reg.io/É/a', `${invalid}: repository name (É/a) must be lowercase`],
    // The capital makes a host of it, the underscore forbids that, and in lower case it would be a path.
    ['Foo_bar/x', 'repository name must be lowercase'],
    ['Foo..bar/x', invalid],
    [`reg.io/${'a'.repeat(256)}`, 'repository name must not be more than 255 characters'],
    [
      `reg.io/${'a'.repeat(256)}@sha256:${'A'.repeat(64)}`,
      'repository name must not be more than 255 characters',
    ],
    [`nginx@sha256:${'a'.repeat(31)}`, invalid],
    [`nginx@sha256:${'a'.repeat(32)}`, 'invalid checksum digest length'],
    [`nginx@sha256:${hex.toUpperCase()}`, 'invalid checksum digest format'],
    [`nginx@sha512:${hex}`, 'invalid checksum digest length'],
    [`nginx@md5:${'a'.repeat(32)}`, 'unsupported digest algorithm'],
    [`nginx:1@SHA256:${hex}`, 'invalid checksum digest format'],
    [`nginx@1sha:${hex}`, invalid],
  ])('%j: %s', (image, reason) => {
    expect(reasonOf(image)).toBe(reason);
    expect(defaultPullPolicy(image)).toBe('IfNotPresent');
  });

  test('with its own spelling quoted as Go quotes it', () => {
    expect(() => parseImageName('a\u00a0"b"\n')).toThrow(
      `couldn't parse image name "a\\u00a0\\"b\\"\\n": ${invalid}`,
    );
  });

  test('also when it is 100 KB of what nearly matches', () => {
    for (const part of ['a-', 'a/', 'a.', '-', 'A.', '@', ':', 'a@']) {
      expect(reasonOf(`${part.repeat(100_000 / part.length)}!`)).toContain(invalid);
    }
  });
});

describe('limits', () => {
  test('a path has 255 characters at most, without the host', () => {
    const path = 'a'.repeat(255);
    expect(parseImageName(`registry.example.com/${path}`).repository).toHaveLength(21 + 255);
  });

  test('a tag has 128 characters at most', () => {
    expect(parseImageName(`a:${'t'.repeat(128)}`).tag).toHaveLength(128);
    expect(reasonOf(`a:${'t'.repeat(129)}`)).toBe(invalid);
  });
});

describe('the name that goes to the runtime', () => {
  test.each([
    ['nginx', 'nginx:latest'],
    ['reg:5000/a', 'reg:5000/a:latest'],
    ['reg.io/a:latest', 'reg.io/a:latest'],
    [`a@${digest}`, `a@${digest}`],
    [`a:1@${digest}`, `a:1@${digest}`],
  ])('for %s is %s: as written, never completed', (image, runtimeName) => {
    expect(parseImageName(image).runtimeName).toBe(runtimeName);
  });
});

describe('the reference that containerd makes of it', () => {
  test.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/acme/app:1', 'docker.io/acme/app:1'],
    ['reg.io:5000/a/b', 'reg.io:5000/a/b:latest'],
    [`a/b:v1@${digest}`, `docker.io/a/b@${digest}`],
    ['my_reg.io/app:1', 'my_reg.io/app:1'],
  ])('%s is %s', (image, name) => {
    expect(parseRuntimeReference(image).name).toBe(name);
  });

  test('names host, path and only the digest where there is one', () => {
    expect(parseRuntimeReference(`reg.io:5000/a/b:v1@${digest}`)).toEqual({
      host: 'reg.io:5000',
      path: 'a/b',
      tag: '',
      digest,
      name: `reg.io:5000/a/b@${digest}`,
    });
  });

  test('carries the library’s text alone', () => {
    expect(() => parseRuntimeReference('Nginx')).toThrow(InvalidReference);
    expect(() => parseRuntimeReference('a b')).toThrow(/^invalid reference format$/);
  });
});

describe('the key of a pull record', () => {
  test.each([
    ['nginx', 'nginx'],
    ['nginx:1', 'nginx'],
    ['localhost:5000', 'localhost'],
    [`a:1@${digest}`, 'a'],
    ['docker.io/library/nginx', 'docker.io/library/nginx'],
  ])('for %s is %s', (image, trimmed) => {
    expect(trimImageTagDigest(image)).toBe(trimmed);
  });

  test.each([
    ['', 'repository name must have at least one component'],
    ['Nginx', 'repository name must be lowercase'],
    ['a b', invalid],
  ])('for %j there is none: %s', (image, message) => {
    expect(() => trimImageTagDigest(image)).toThrow(message);
  });
});

describe('the default pull policy', () => {
  test.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    [`nginx:latest@${digest}`, 'Always'],
    [`nginx@${digest}`, 'IfNotPresent'],
    ['nginx:LATEST', 'IfNotPresent'],
    ['registry.local:5000', 'IfNotPresent'],
  ])('of %s is %s', (image, policy) => {
    expect(defaultPullPolicy(image)).toBe(policy);
  });
});
