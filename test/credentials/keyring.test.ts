import { describe, expect, test } from 'vitest';
import type { PullSecret } from '../../src/credentials/credential.js';
import type { Auths } from '../../src/credentials/docker-config.js';
import { createKeyring, KeyringError } from '../../src/credentials/keyring.js';
import { InvalidSecretData } from '../../src/credentials/pull-secret.js';

const account = (username: string) => ({ username, password: 'pw' });
const auths = (...keys: readonly string[]): Auths =>
  Object.fromEntries(keys.map((key) => [key, account(key)]));

const secret = (name: string, content: string, type = 'kubernetes.io/dockerconfigjson'): PullSecret => ({
  metadata: { namespace: 'ns', name, uid: `uid-${name}` },
  type,
  data: { '.dockerconfigjson': Buffer.from(content).toString('base64') },
});

const secretFor = (name: string, ...keys: readonly string[]) =>
  secret(name, JSON.stringify({ auths: auths(...keys) }));

const keysFound = (keyring: ReturnType<typeof createKeyring>, repository: string) =>
  keyring.lookup(repository).map(({ key }) => key);

describe('a credential', () => {
  const content = JSON.stringify({
    auths: { 'https://reg.io/v2/': { auth: Buffer.from('user:password').toString('base64'), email: '' } },
  });

  test('knows its secret, its key as written and its hash', () => {
    expect(createKeyring({ secrets: [secret('regcred', content)] }).lookup('reg.io/app')).toEqual([
      {
        username: 'user',
        password: 'password',
        email: '',
        source: { kind: 'secret', namespace: 'ns', name: 'regcred', uid: 'uid-regcred' },
        key: 'https://reg.io/v2/',
        indexKey: 'reg.io',
        hash: 'a55436fc140d516560d072c5fe8700385ce9f41629abf65c1edcbcb39fac691d',
      },
    ]);
  });

  test('of the node or of a provider says so', () => {
    const serviceAccount = { namespace: 'ns', name: 'default', uid: 'u1' };
    const keyring = createKeyring({
      node: { auths: auths('reg.io'), file: '/var/lib/kubelet/config.json' },
      providers: [
        { provider: 'ecr', auths: auths('*.io') },
        { provider: 'gar', auths: auths('reg.*'), serviceAccount },
      ],
    });
    expect(keyring.lookup('reg.io/app').map(({ source }) => source)).toEqual([
      { kind: 'node', file: '/var/lib/kubelet/config.json' },
      { kind: 'provider', provider: 'gar', serviceAccount },
      { kind: 'provider', provider: 'ecr' },
    ]);
  });

  test('whose password is no UTF-8 is fit to be sent, and hashed as Go hashes it', () => {
    const stray = JSON.stringify({
      auths: { 'reg.io': { auth: Buffer.from('u:\xff', 'latin1').toString('base64') } },
    });
    const [found] = createKeyring({ secrets: [secret('s', stray)] }).lookup('reg.io/app');
    // sha256 of {"username":"u","password":"\ufffd"}, the last six characters written out.
    expect(found).toMatchObject({
      password: '\ufffd',
      hash: '5e92306e80a215135840707fd84312e5ec08c8c11a9ada42699e168ae4c1004f',
    });
  });
});

describe('the order of credentials', () => {
  test('within secrets goes by the key’s bytes downwards, then by the list', () => {
    const secrets = [
      secretFor('a', 'reg.io', '*.io'),
      secretFor('b', 'reg.io/team/app', 'reg.io/team', 'reg.*'),
    ];
    expect(keysFound(createKeyring({ secrets }), 'reg.io/team/app')).toEqual([
      'reg.io/team/app',
      'reg.io/team',
      'reg.io',
      'reg.*',
      '*.io',
    ]);
  });

  test('is no order of length: letters come before the asterisk', () => {
    const secrets = [secretFor('a', '*.example.com/team', 'eu.example.*')];
    expect(keysFound(createKeyring({ secrets }), 'eu.example.com/team/app')).toEqual([
      'eu.example.*',
      '*.example.com/team',
    ]);
  });

  test('puts every secret before the node, and the node before providers', () => {
    const keyring = createKeyring({
      secrets: [secretFor('a', '*.io')],
      node: { auths: auths('reg.io/team') },
      providers: [{ provider: 'p', auths: auths('reg.io/team/app') }],
    });
    expect(keysFound(keyring, 'reg.io/team/app')).toEqual(['*.io', 'reg.io/team', 'reg.io/team/app']);
  });

  test('until 1.32 merges node and providers into one index, in name order', () => {
    const keyring = createKeyring({
      node: { auths: auths('reg.io') },
      providers: [
        { provider: 'zeta', auths: auths('reg.io/team', 'https://reg.io') },
        { provider: 'alpha', auths: auths('http://reg.io') },
      ],
      nodeAndProviders: 'merged',
    });
    expect(keysFound(keyring, 'reg.io/team')).toEqual([
      'reg.io/team',
      'reg.io',
      'http://reg.io',
      'https://reg.io',
    ]);
  });

  test('keeps what matches twice', () => {
    const regcred = secretFor('regcred', 'reg.io');
    expect(createKeyring({ secrets: [regcred, regcred] }).lookup('reg.io/app')).toHaveLength(2);
  });
});

describe('Docker Hub', () => {
  const hub = secretFor('hub', 'https://index.docker.io/v1/');

  test.each(['docker.io/library/nginx', 'index.docker.io/x', 'localhost/app', 'UPPERCASE/app'])(
    'credentials go to %s by the fall-back',
    (repository) => {
      expect(createKeyring({ secrets: [hub] }).lookup(repository)).toHaveLength(1);
    },
  );

  test.each(['quay.io/x', 'localhost:5000/x', 'registry-1.docker.io/x'])(
    'credentials do not go to %s',
    (repository) => {
      expect(createKeyring({ secrets: [hub] }).lookup(repository)).toEqual([]);
    },
  );

  test('falls back in each keyring by itself', () => {
    const keyring = createKeyring({
      secrets: [secretFor('a', 'docker.io')],
      node: { auths: auths('https://index.docker.io/v1/') },
    });
    expect(keysFound(keyring, 'docker.io/library/nginx')).toEqual([
      'docker.io',
      'https://index.docker.io/v1/',
    ]);
  });
});

describe('a secret that takes no part', () => {
  test.each([
    ['type', { type: 'Opaque', data: { '.dockerconfigjson': 'e30=' } }],
    ['type', { data: { '.dockerconfigjson': 'e30=' } }],
    ['key-missing', { type: 'kubernetes.io/dockerconfigjson', data: { '.dockercfg': 'e30=' } }],
    ['key-missing', { type: 'kubernetes.io/dockercfg' }],
    ['value-empty', { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': '' } }],
  ])('is remembered: %s', (because, fields) => {
    const ignored: PullSecret = { metadata: { name: 's' }, ...fields };
    const keyring = createKeyring({ secrets: [ignored] });
    expect(keyring.ignored).toEqual([{ namespace: 'default', name: 's', because, type: ignored.type ?? '' }]);
    expect(keyring.lookup('reg.io/app')).toEqual([]);
  });

  test('plain stringData counts before data', () => {
    const type = 'kubernetes.io/dockercfg';
    const plain = { metadata: { name: 's' }, type, stringData: { '.dockercfg': '{"reg.io":{}}' }, data: {} };
    expect(createKeyring({ secrets: [plain] }).lookup('reg.io/app')).toHaveLength(1);
  });
});

describe('a malformed secret', () => {
  const good = secretFor('good', 'reg.io');

  test('costs the whole keyring, and the first one is named', () => {
    const secrets = [good, secret('first', '{"auths":'), secret('second', '[]')];
    expect(() => createKeyring({ secrets, node: { auths: auths('reg.io') } })).toThrow(
      new KeyringError('unexpected end of JSON input', { namespace: 'ns', name: 'first' }),
    );
  });

  test('of another type costs nothing', () => {
    expect(
      createKeyring({ secrets: [secret('x', '{"auths":', 'Opaque'), good] }).lookup('reg.io/a'),
    ).toHaveLength(1);
  });

  test('whose data is no base64 is the caller’s mistake: no API server stores it', () => {
    const broken = { ...good, data: { '.dockerconfigjson': '!' } };
    expect(() => createKeyring({ secrets: [broken] })).toThrow(InvalidSecretData);
    expect(() => createKeyring({ secrets: [broken] })).toThrow(
      'secret ns/good: data[.dockerconfigjson] is no base64',
    );
  });
});

describe('what became of every entry', () => {
  const outcomes = (keys: readonly string[], repository: string) =>
    createKeyring({ secrets: [secretFor('s', ...keys)] })
      .consider(repository)
      .map(({ key, outcome }) => [key, outcome.kind]);

  test('is told in document order', () => {
    expect(outcomes(['reg.io', 'https://reg.io:443', 'reg.io:x', 'reg.io/te'], 'reg.io/team/app')).toEqual([
      ['reg.io', 'matched'],
      ['https://reg.io:443', 'port-differs'],
      ['reg.io:x', 'dropped'],
      ['reg.io/te', 'matched'],
    ]);
  });

  test('tells the fall-back from what hides it', () => {
    const hub = 'https://index.docker.io/v1/';
    expect(outcomes([hub], 'docker.io/library/nginx')).toEqual([[hub, 'docker-hub-fallback']]);
    expect(outcomes([hub, 'https://docker.io'], 'docker.io/library/nginx')).toEqual([
      [hub, 'shadowed'],
      ['https://docker.io', 'matched'],
    ]);
  });

  test('names no password, not even one in a key that cannot be read', () => {
    const keys = ['https://user:hidden word@reg.io', 'user:hidden/word@reg.io'];
    const considered = createKeyring({ secrets: [secretFor('s', ...keys)] }).consider('reg.io/app');
    expect(considered.map(({ outcome }) => outcome)).toEqual([
      { kind: 'dropped', error: 'parse "https://***@reg.io": net/url: invalid userinfo' },
      { kind: 'dropped', error: 'parse "***@reg.io": invalid port "***" after host' },
    ]);
  });

  test('carries what a reader should know about the entry', () => {
    const content = JSON.stringify({
      auths: {
        'a.io': { identitytoken: 't' },
        'b.io': { username: 'x', auth: Buffer.from('u:p').toString('base64') },
      },
    });
    const considered = createKeyring({ secrets: [secret('s', content)] }).consider('c.io/x');
    expect(considered).toMatchObject([
      { username: '', empty: true, authReplaced: false, ignoredMembers: ['identitytoken'] },
      { username: 'u', empty: false, authReplaced: true, ignoredMembers: [] },
    ]);
  });
});
