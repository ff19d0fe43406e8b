import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKeyring } from '../../src/credentials/keyring.js';
import { indexKeyOf } from '../../src/credentials/registry-key.js';

/*
 * The keyring finds keys through a tree. Here the same is read from the specification as plainly as it can be: test every
 * key, in order (kubelet.md §2.4 to §2.6).
 */
function bruteForce(keys: readonly string[], repository: string): readonly string[] {
  const indexed = keys.map((key, at) => ({ indexKey: indexKeyOf(key), user: `u${at}` }));
  const index = [...new Set(indexed.map(({ indexKey }) => indexKey))].sort((a, b) =>
    Buffer.compare(Buffer.from(b), Buffer.from(a)),
  );
  const usersOf = (key: string) => indexed.filter(({ indexKey }) => indexKey === key).map(({ user }) => user);
  const found = index.filter((key) => matches(key, repository)).flatMap(usersOf);
  if (found.length > 0) return found;
  const [first = ''] = repository.split('/');
  const isHub =
    first !== '' &&
    (!repository.includes('/') || ['docker.io', 'index.docker.io'].includes(first) || !/[.:]/.test(first));
  return isHub ? usersOf('index.docker.io') : [];
}

function matches(indexKey: string, repository: string): boolean {
  const key = cut(indexKey);
  const image = cut(repository);
  return (
    key.port === image.port &&
    key.labels.length === image.labels.length &&
    image.path.startsWith(key.path) &&
    key.labels.every((label, at) =>
      new RegExp(`^${label.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(image.labels[at] ?? ''),
    )
  );
}

function cut(text: string) {
  const slash = text.indexOf('/');
  const authority = slash < 0 ? text : text.slice(0, slash);
  const [host = '', port = ''] = authority.split(':');
  return { labels: host.split('.'), port, path: slash < 0 ? '' : text.slice(slash) };
}

const label = fc.constantFrom('reg', 'REG', 'a', 'eu', 'docker', 'index', 'my-reg', 'x_y', 'ü', '10');
const glob = fc.oneof(label, fc.constantFrom('*', 'r*', '*g', 'r*g', '*e*', '**', 'e*u', '*-*'));
const tail = fc.constantFrom('io', 'com', 'io', 'io:5000', 'io:443', 'io:');
const hosts = (part: fc.Arbitrary<string>) =>
  fc.tuple(fc.array(part, { maxLength: 2 }), tail).map(([labels, end]) => [...labels, end].join('.'));
const segment = fc.constantFrom('team', 'teammate', 'tea', 'app', 'v1', 'v2', 'library', 'é');
const path = fc
  .tuple(fc.array(segment, { maxLength: 3 }), fc.constantFrom('', '', '/'))
  .map(([segments, end]) => segments.map((name) => `/${name}`).join('') + end);
const scheme = fc.constantFrom('', '', 'https://', 'http://');
const key = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(scheme, hosts(glob), path).map((parts) => parts.join('')) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'https://index.docker.io/v1/',
      'docker.io',
      'index.docker.io',
      '*',
      'localhost',
    ),
  },
);
const repository = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(hosts(label), path).map((parts) => parts.join('')) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('docker.io/library/nginx', 'localhost/app', 'UPPER/app', 'nginx', 'team/app'),
  },
);

test('the keyring agrees with a brute-force reading of the specification on 100,000 pairs of keys and images', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(key, { maxLength: 8 }),
      fc.array(repository, { minLength: 10, maxLength: 10 }),
      (keys, images) => {
        const auths = Object.fromEntries(keys.map((name, at) => [name, { username: `u${at}` }]));
        const keyring = createKeyring({ node: { auths } });
        for (const image of images) {
          expect(keyring.lookup(image).map(({ username }) => username)).toEqual(bruteForce(keys, image));
        }
      },
    ),
    { numRuns: 10_000 },
  );
});
