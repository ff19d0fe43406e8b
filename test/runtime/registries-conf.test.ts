import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseRuntimeReference } from '../../src/image/reference.js';
import { pullCandidates, transportName } from '../../src/runtime/crio-reference.js';
import {
  defaultRegistriesConf,
  findRegistry,
  InvalidRegistriesConf,
  parseRegistriesConf,
  pullSourcesOf,
  registriesConfAt,
} from '../../src/runtime/registries-conf.js';
import { crioProfile } from '../../src/versions/crio.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const conf = parseRegistriesConf(`
  unqualified-search-registries = ["docker.io/", "quay.io"]
  [aliases]
  "fedora" = "registry.fedoraproject.org/fedora"
  "team/tool" = "registry.example.com/team/tool"

  [[registry]]
  prefix = "example.com/team"
  location = "internal.example.net/mirrored"
  [[registry.mirror]]
  location = "one.example.net/cache"
  insecure = true
  [[registry.mirror]]
  location = "two.example.net"
  pull-from-mirror = "digest-only"
  [[registry.mirror]]
  location = "three.example.net"
  pull-from-mirror = "tag-only"

  [[registry]]
  location = "example.com"
  blocked = true

  [[registry]]
  prefix = "*.corp.example.org"
  insecure = true

  [[registry]]
  location = "strict.example.com"
  mirror-by-digest-only = true
  [[registry.mirror]]
  location = "mirror.example.com/strict"`);

const digest = `sha256:${'a'.repeat(64)}`;
const sources = (image: string) =>
  pullSourcesOf(parseRuntimeReference(image), conf).map(
    ({ reference, insecure }) => `${reference.name}${insecure ? ' insecure' : ''}`,
  );

describe('findRegistry', () => {
  test.each([
    ['example.com/team/app', 'example.com/team'],
    ['example.com/team', 'example.com/team'],
    ['example.com/teams/app', 'example.com'],
    ['example.com/other', 'example.com'],
    ['example.com:5000/other', 'example.com'],
    ['example.community/x', undefined],
    ['a.corp.example.org/x', '*.corp.example.org'],
    ['a.b.corp.example.org:5000/x', '*.corp.example.org'],
    ['corp.example.org/x', undefined],
    ['else.example.net/a.corp.example.org', undefined],
  ])('%s is of %s', (name, prefix) => {
    expect(findRegistry(conf, name)?.prefix).toBe(prefix);
  });
});

describe('pullSourcesOf', () => {
  test('mirrors come first, each for tags or digests as it says, and prefixes are replaced', () => {
    expect(sources('example.com/team/app:v1')).toEqual([
      'one.example.net/cache/app:v1 insecure',
      'three.example.net/app:v1',
      'internal.example.net/mirrored/app:v1',
    ]);
    expect(sources(`example.com/team/app@${digest}`)).toEqual([
      `one.example.net/cache/app@${digest} insecure`,
      `two.example.net/app@${digest}`,
      `internal.example.net/mirrored/app@${digest}`,
    ]);
  });

  test('mirrors of a registry may be for digests only', () => {
    expect(sources('strict.example.com/a:v1')).toEqual(['strict.example.com/a:v1']);
    expect(sources(`strict.example.com/a@${digest}`)).toEqual([
      `mirror.example.com/strict/a@${digest}`,
      `strict.example.com/a@${digest}`,
    ]);
  });

  test('a wildcard without location leaves the name', () => {
    expect(sources('a.corp.example.org/x:v1')).toEqual(['a.corp.example.org/x:v1 insecure']);
  });

  test('a registry that is not in the file is itself', () => {
    expect(sources('nginx')).toEqual(['docker.io/library/nginx:latest']);
  });

  test('a location that gives no name is an error', () => {
    const bad = parseRegistriesConf(
      '[[registry]]\nlocation = "example.com"\n[[registry.mirror]]\nlocation = "UPPER/Case"',
    );
    expect(() => pullSourcesOf(parseRuntimeReference('example.com/a:v1'), bad)).toThrow(
      /^rewriting reference: /,
    );
  });
});

describe('a registries.conf that CRI-O would not start with', () => {
  test.each([
    ['location = ', /./],
    ['[registries.search]\nregistries = ["docker.io"]', /version 1/],
    ['[[registry]]', /both location and prefix are unset/],
    ['[[registry]]\nprefix = "a.example.com"', /location is unset and prefix is not in the format/],
    [
      '[[registry]]\nlocation = "https://a.example.com"',
      /invalid location 'https:\/\/a.example.com': URI schemes are not supported/,
    ],
    ['[[registry]]\nprefix = "*.example.com/a"', /Wildcarded prefix should be in the format/],
    ['[[registry]]\nlocation = "a.b"\n[[registry.mirror]]\ninsecure = true', /mirror location is unset/],
    [
      '[[registry]]\nlocation = "a.b"\n[[registry.mirror]]\nlocation = "c.d"\npull-from-mirror = "never"',
      /unsupported pull-from-mirror value "never" for mirror "c.d"/,
    ],
    ['unqualified-search-registries = "docker.io"', /list/],
    ['unqualified-search-registries = [1]', /string/],
    ['aliases = 1', /table/],
  ])('%s', (text, message) => {
    expect(() => parseRegistriesConf(text)).toThrow(InvalidRegistriesConf);
    expect(() => parseRegistriesConf(text)).toThrow(message);
  });
});

test('a file is read from disk, and its path is remembered', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'registries.conf');
  writeFileSync(path, 'unqualified-search-registries = ["quay.io"]');
  expect(registriesConfAt(path)).toEqual({
    path,
    unqualifiedSearch: ['quay.io'],
    aliases: {},
    registries: [],
  });
});

describe('pullCandidates', () => {
  const candidates = (image: string, configured = conf, version = '1.33') =>
    pullCandidates(image, configured, crioProfile(version)).map(({ name }) => name);

  test('a short name is looked for in every search registry, in order', () => {
    expect(candidates('nginx')).toEqual(['docker.io/library/nginx:latest', 'quay.io/nginx:latest']);
    expect(candidates('team/app:v1')).toEqual(['docker.io/team/app:v1', 'quay.io/team/app:v1']);
    expect(candidates(`nginx:v1@${digest}`)).toEqual([
      `docker.io/library/nginx@${digest}`,
      `quay.io/nginx@${digest}`,
    ]);
  });

  test('an alias knows better', () => {
    expect(candidates('fedora:40')).toEqual(['registry.fedoraproject.org/fedora:40']);
    expect(candidates('team/tool')).toEqual(['registry.example.com/team/tool:latest']);
    expect(candidates('constructor')).toHaveLength(2);
  });

  test.each(['localhost/app', 'registry.example.com/app', 'host:5000/app', 'docker.io/app'])(
    '%s names its registry',
    (image) => {
      expect(candidates(image)).toEqual([parseRuntimeReference(image).name]);
    },
  );

  test('from 1.34 on a name that several registries may have is refused', () => {
    expect(() => candidates('nginx:v1', conf, '1.34')).toThrow(
      'short name mode is enforcing, but image name nginx:v1 returns ambiguous list',
    );
    expect(candidates('nginx', defaultRegistriesConf, '1.34')).toEqual(['docker.io/library/nginx:latest']);
  });

  test('without search registries a short name is nothing', () => {
    expect(() => candidates('nginx', parseRegistriesConf('', '/etc/r.conf'))).toThrow(
      'short-name "nginx" did not resolve to an alias and no unqualified-search registries are defined in "/etc/r.conf"',
    );
  });

  test.each([
    [
      'Team/app',
      'creating reference with unqualified-search registry "docker.io": invalid reference format: repository name must be lowercase',
    ],
    ['a/UPPER', 'cannot parse input: "a/UPPER": repository name must be lowercase'],
    ['a b', 'cannot parse input: "a b": invalid reference format'],
  ])('%s is an error', (image, message) => {
    expect(() => candidates(image)).toThrow(message);
  });
});

test.each([
  ['nginx', 'docker://nginx:latest'],
  ['docker.io/team/app:v1', 'docker://team/app:v1'],
  ['docker.io/library/a/b:v1', 'docker://library/a/b:v1'],
  [`nginx@${digest}`, `docker://nginx@${digest}`],
  ['registry.example.com/library/nginx', 'docker://registry.example.com/library/nginx:latest'],
])('containers/image calls %s %s', (image, name) => {
  expect(transportName(parseRuntimeReference(image))).toBe(name);
});

test.each([
  ['1.29', '1.30'],
  ['1.36', '1.36'],
  ['1.40', '1.37'],
])('the CRI-O of Kubernetes %s is taken from %s', (version, minor) => {
  expect(crioProfile(version).minor).toBe(minor);
});
