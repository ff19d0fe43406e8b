import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseWorld, readWorldFile, WorldError, worldFromObject } from '../../src/world/world-file.js';

const head = 'apiVersion: pullsim/v1\nkind: World\n';

/** `line: message` of every mistake. */
function mistakesOf(yaml: string): string[] {
  try {
    parseWorld(yaml, 'pullsim.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
    return error.mistakes.map(({ message, source }) => `${source?.line}: ${message}`);
  }
}

const bcrypt = '$2b$04$abcdefghijklmnopqrstuuJ9J9J9J9J9J9J9J9J9J9J9J9J9J9J9J';

describe('a world file', () => {
  test('fills in what it leaves out', () => {
    const world = parseWorld(
      `${head}registries:
  - host: docker.io
    repositories:
      - { name: library/nginx, visibility: public, tags: { latest: {}, 1.20: } }
      - { name: acme/payments }
`,
      'pullsim.yaml',
    );
    expect(world).toEqual({
      registries: [
        {
          host: 'docker.io',
          auth: 'token',
          tls: 'trusted',
          repositories: [
            {
              name: 'library/nginx',
              visibility: 'public',
              tags: {
                latest: { platforms: ['linux/amd64', 'linux/arm64'] },
                '1.20': { platforms: ['linux/amd64', 'linux/arm64'] },
              },
              digests: [],
            },
            { name: 'acme/payments', visibility: 'private', tags: {}, digests: [] },
          ],
          users: [],
          robots: [],
          groups: {},
          delete: true,
          catalog: false,
          faults: [],
          limits: {},
        },
      ],
      undeclared: 'error',
      nodes: [
        {
          name: 'node-1',
          platform: 'linux/amd64',
          kubernetesVersion: '1.36',
          runtime: 'containerd-2.3',
          images: [],
          labels: {},
        },
      ],
      kubernetesVersion: '1.36',
      alwaysPullImages: false,
    });
  });

  test('takes the version of the API server from the newest node', () => {
    const world = parseWorld(
      `${head}nodes: [{ name: a, kubernetesVersion: "1.30" }, { name: b, kubernetesVersion: v1.34.2 }]`,
      'w',
    );
    expect(world.kubernetesVersion).toBe('1.34');
    expect(world.nodes.map((node) => node.kubernetesVersion)).toEqual(['1.30', '1.34']);
  });

  test('makes repositories public where nobody is asked for credentials', () => {
    const world = parseWorld(
      `${head}registries: [{ host: "localhost:5000", auth: none, repositories: [{ name: a }] }]`,
      'w',
    );
    expect(world.registries[0]?.repositories[0]?.visibility).toBe('public');
  });

  test('reads anchors, aliases and merge keys', () => {
    const world = parseWorld(
      `${head}registries:
  - &a { host: a.example.com, catalog: true }
  - { <<: *a, host: b.example.com }
`,
      'w',
    );
    expect(world.registries.map(({ host, catalog }) => [host, catalog])).toEqual([
      ['a.example.com', true],
      ['b.example.com', true],
    ]);
  });

  test('resolves file names from its own folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pullsim-world-'));
    writeFileSync(join(folder, 'users'), `alice:${bcrypt}\n`);
    const file = join(folder, 'pullsim.yaml');
    writeFileSync(file, `${head}registries: [{ host: a.io, auth: basic, htpasswd: users, layout: store }]`);
    expect(readWorldFile(file).registries[0]).toMatchObject({
      htpasswd: join(folder, 'users'),
      layout: join(folder, 'store'),
    });
  });

  test('may be given as a plain object, without apiVersion and kind', () => {
    expect(worldFromObject({ registries: [{ host: 'a.io' }] }).registries[0]?.host).toBe('a.io');
    expect(() => worldFromObject({ registries: [{ hots: 'a.io' }] })).toThrow(
      'registries[0].hots: unknown key; did you mean "host"?\nregistries[0] needs "host": ' +
        'Name in image references; docker.io for Docker Hub.',
    );
  });

  test.each([
    '*hunter2',
    '"\\qhunter2"',
    '@hunter2',
    '|hunter2',
    '"hunter2',
    'a: hunter2',
    '"x" hunter2',
    '!!binary hunter2=',
  ])('with the password %s is told of without the password', (password) => {
    const yaml = `${head}registries:\n  - host: a.io\n    users:\n      - name: ci\n        password: ${password}\n`;
    expect(mistakesOf(yaml)).not.toEqual([]);
    expect(mistakesOf(yaml).join()).not.toContain('hunter2');
  });

  test('that is missing is named', () => {
    expect(() => readWorldFile('no/such.yaml')).toThrow('world file no/such.yaml: there is no such file');
  });
});

const registry = (rest: string) => `${head}registries:\n  - host: a.io\n${rest}`;

const mistakes: readonly [what: string, yaml: string, expected: string[]][] = [
  [
    'broken YAML',
    `${head}registries: [`,
    ['3: YAML: a [ or { is opened and never closed, or what it holds is not indented; close or indent it'],
  ],
  [
    'an alias without an anchor, as a password that begins with a star is',
    registry('    users:\n      - name: ci\n        password: *secret\n'),
    ['7: YAML: an alias (*name) has no anchor before it; put a value that begins with * in quotes'],
  ],
  [
    'an anchor that contains itself',
    registry('    users: &users\n      - *users\n'),
    ['6: YAML: the value of an anchor contains itself; write it without the alias'],
  ],
  [
    'aliases of aliases of aliases',
    `a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n${['b', 'c', 'd', 'e'].map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcd'[index]}`).join(', ')}]\n`).join('')}`,
    ['1: YAML: aliases make the document too large; write some of them out'],
  ],
  [
    'a key twice',
    `${head}undeclared: error\nundeclared: public\n`,
    ['4: YAML: a key stands twice in one mapping; keep one of them'],
  ],
  [
    'a second document',
    `${head}---\n${head}`,
    ['3: YAML: there is a second document (---) here, and this file takes one; remove it'],
  ],
  ['no apiVersion', 'kind: World\n', ['1: the document needs "apiVersion": Always pullsim/v1.']],
  [
    'another kind',
    'apiVersion: pullsim/v1\nkind: Wold\n',
    ['2: kind must be World, not "Wold"; did you mean "World"?'],
  ],
  [
    'a misspelt key',
    registry('    repositories:\n      - name: app\n        visibilty: public\n'),
    ['7: registries[0].repositories[0].visibilty: unknown key; did you mean "visibility"?'],
  ],
  [
    'a key that resembles none',
    `${head}nodes:\n  - name: n\n    zzz: 1\n`,
    [
      '5: nodes[0].zzz: unknown key; known keys: name, platform, kubernetesVersion, runtime, images, labels, ' +
        'dockerConfig, hostsDir, registriesConf, kubeletConfig, credentialProviders',
    ],
  ],
  [
    'a version without quotes, which YAML reads as a number',
    `${head}kubernetesVersion: 1.30\n`,
    ['3: kubernetesVersion must be text: put it in quotes, not 1.3'],
  ],
  [
    'a version nobody recorded',
    `${head}kubernetesVersion: "1.12"\n`,
    ['3: kubernetesVersion must be a Kubernetes version from "1.30" to "1.36", not "1.12"'],
  ],
  [
    'a password that is a number, which is not repeated',
    registry('    users: [{ name: a, password: 12345 }]\n'),
    ['5: registries[0].users[0].password must be text: put it in quotes, not the number given'],
  ],
  [
    'an unknown runtime',
    `${head}nodes:\n  - name: n\n    runtime: containerd-2.4\n`,
    [
      '5: nodes[0].runtime must be containerd-2.3, containerd-1.7, containerd-1.6 or cri-o, not "containerd-2.4"; ' +
        'did you mean "containerd-2.3"?',
    ],
  ],
  [
    'a platform without architecture',
    `${head}nodes:\n  - name: n\n    platform: amd64\n`,
    [
      '5: nodes[0].platform must be a platform: os/architecture or os/architecture/variant ' +
        '(linux/amd64, linux/arm/v7), not "amd64"',
    ],
  ],
  [
    'a host with a scheme',
    `${head}registries:\n  - host: https://a.io\n`,
    [
      '4: registries[0].host must be a host as image references name it, without scheme or path ' +
        '(registry.example.com:5000), not "https://a.io"',
    ],
  ],
  [
    'an alias of Docker Hub',
    `${head}registries:\n  - host: index.docker.io\n`,
    [
      '4: registries[0].host: "index.docker.io" is Docker Hub: write "docker.io"; its other names come with it',
    ],
  ],
  [
    'a host that image names cannot mean',
    `${head}registries:\n  - host: myregistry\n`,
    [
      '4: registries[0].host: "myregistry" can never be the registry of an image: "myregistry/app" is read as the ' +
        'Docker Hub image "docker.io/myregistry/app". A registry\'s name has a dot or a port, or is "localhost"',
    ],
  ],
  [
    'the same host twice',
    `${head}registries:\n  - host: a.io\n  - host: a.io\n`,
    ['5: registries[1].host: "a.io" is already registries[0]'],
  ],
  [
    'the same repository twice',
    registry('    repositories:\n      - name: app\n      - name: app\n'),
    ['7: registries[0].repositories[1].name: "app" is already registries[0].repositories[0]'],
  ],
  [
    'the same user twice',
    registry('    users:\n      - { name: a, password: x }\n      - { name: a, password: y }\n'),
    ['7: registries[0].users[1].name: "a" is already registries[0].users[0]'],
  ],
  [
    'the same node twice',
    `${head}nodes:\n  - name: n\n  - name: n\n`,
    ['5: nodes[1].name: "n" is already nodes[0]'],
  ],
  [
    'a private repository that nobody protects',
    registry('    auth: none\n    repositories:\n      - name: app\n        visibility: private\n'),
    [
      '8: registries[0].repositories[0].visibility: "app" cannot be private: with "auth: none" the registry asks ' +
        'nobody who they are. Use "auth: token" or "auth: basic", or make it public',
    ],
  ],
  [
    'Basic authentication without users',
    registry('    auth: basic\n'),
    [
      '5: registries[0].auth: "auth: basic" of a.io has no users: nobody could ever log in. Add "users" or "htpasswd"',
    ],
  ],
  [
    'a password and its hash',
    registry(`    users:\n      - name: a\n        password: x\n        passwordHash: ${bcrypt}\n`),
    ['6: registries[0].users[0]: user "a" has both "password" and "passwordHash": keep one'],
  ],
  [
    'a user without password',
    registry('    users:\n      - name: a\n'),
    ['6: registries[0].users[0]: user "a" needs "password" or "passwordHash"'],
  ],
  [
    'a password that bcrypt would cut off',
    registry(`    users:\n      - name: a\n        password: ${'ä'.repeat(37)}\n`),
    [
      '7: registries[0].users[0].password: the password of "a" is longer than 72 bytes: bcrypt, which registries ' +
        'use, ignores the rest',
    ],
  ],
  [
    'a hash that is none, which is not repeated',
    registry('    users:\n      - name: a\n        passwordHash: hunter2\n'),
    [
      '7: registries[0].users[0].passwordHash must be a bcrypt hash (`pullsim hash-password` makes one), not ' +
        'the string given',
    ],
  ],
  [
    'a rule for somebody unknown',
    registry(
      '    users: [{ name: alice, password: x }]\n    access:\n      - { users: [alise], repositories: ["**"], actions: [pull] }\n',
    ),
    ['7: registries[0].access[0].users[0]: there is no user "alise"; did you mean "alice"?'],
  ],
  [
    'a rule for nobody',
    registry('    access:\n      - { repositories: ["**"], actions: [pull] }\n'),
    ['6: registries[0].access[0]: the rule speaks of nobody: add "users" or "groups"'],
  ],
  [
    'a setting of another runtime',
    `${head}nodes:\n  - name: n\n    registriesConf: .\n`,
    ['5: nodes[0].registriesConf: containerd does not read it; for containerd it is "hostsDir"'],
  ],
  [
    'an image on a node that has no valid name',
    `${head}nodes:\n  - name: n\n    images: [Nginx]\n`,
    [
      '5: nodes[0].images[0]: couldn\'t parse image name "Nginx": invalid reference format: repository name ' +
        '(library/Nginx) must be lowercase',
    ],
  ],
  [
    'a file that is not there',
    `${head}nodes:\n  - name: n\n    hostsDir: no-such-folder\n`,
    ['5: nodes[0].hostsDir: there is no "no-such-folder"'],
  ],
  [
    'a list of tags',
    registry('    repositories:\n      - name: app\n        tags: [latest]\n'),
    ['7: registries[0].repositories[0].tags must have keys and values, not a list'],
  ],
  [
    'a tag that cannot be one',
    registry('    repositories:\n      - name: app\n        tags:\n          v1+2: {}\n'),
    [
      '8: registries[0].repositories[0].tags["v1+2"]: the key must be a tag: letters, digits, _ . -, at most 128',
    ],
  ],
];

describe('a mistake in a world file is said with its line', () => {
  test.each(mistakes)('%s', (_, yaml, expected) => {
    expect(mistakesOf(yaml)).toEqual(expected);
  });

  test('and all of them at once', () => {
    expect(mistakesOf(`${head}undeclared: maybe\nnodes: 3\n`)).toEqual([
      '3: undeclared must be error, public or private, not "maybe"',
      '4: nodes must be a list, not 3',
    ]);
  });
});
