import { describe, expect, test } from 'vitest';
import {
  decodeDockerConfigEntry,
  decodeDockerConfigJson,
  decodeDockercfg,
  InvalidDockerConfig,
} from '../../src/credentials/docker-config.js';
import { nodeConfigPaths, readNodeConfig } from '../../src/credentials/node-config.js';

const inConfig = (entry: string) => `{"auths":{"r":${entry}}}`;
const auth = (text: string) => Buffer.from(text, 'latin1').toString('base64');
const field = (name: string) => `Go struct field DockerConfigJSON.${name} of type`;

const entriesOf = (document: string) =>
  decodeDockerConfigJson(document).entries.map(({ key, username, password }) => [key, username, password]);

describe('a document that is no JSON', () => {
  test.each([
    ['', 'unexpected end of JSON input'],
    ['  ', 'unexpected end of JSON input'],
    ['{"auths":', 'unexpected end of JSON input'],
    ['"abc', 'unexpected end of JSON input'],
    ['invalid', "invalid character 'i' looking for beginning of value"],
    ['// c\n{}', "invalid character '/' looking for beginning of value"],
    ['\ufeff{}', "invalid character 'ï' looking for beginning of value"],
    ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['tru', "invalid character ' ' in literal true (expecting 'e')"],
    ['nulL', "invalid character 'L' in literal null (expecting 'l')"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['01', "invalid character '1' after top-level value"],
    ['1.', "invalid character ' ' after decimal point in numeric literal"],
    ['1e+', "invalid character ' ' in exponent of numeric literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['['.repeat(100_000), "invalid character '[' exceeded max depth"],
    [`{"auths":{"r":{"auth":"pants"}}} x`, "invalid character 'x' after top-level value"],
  ])('%.40s fails as in Go: %s', (document, message) => {
    expect(() => decodeDockerConfigJson(document)).toThrow(new InvalidDockerConfig(message));
  });
});

describe('a value of the wrong type', () => {
  const entryType = 'credentialprovider.dockerConfigEntryWithAuth';
  test.each([
    ['[]', 'array into Go value of type credentialprovider.DockerConfigJSON'],
    ['5', 'number into Go value of type credentialprovider.DockerConfigJSON'],
    ['{"auths":[]}', `array into ${field('auths')} credentialprovider.DockerConfig`],
    [inConfig('true'), `bool into ${field('auths')} ${entryType}`],
    [inConfig('{"username":5}'), `number into ${field('auths.username')} string`],
    [inConfig('{"password":{},"username":5}'), `object into ${field('auths.password')} string`],
    [inConfig('{"AUTH":["x"]}'), `array into ${field('auths.auth')} string`],
    ['{"HttpHeaders":5}', `number into ${field('HttpHeaders')} map[string]string`],
    ['{"HttpHeaders":{"a":null,"b":5}}', `number into ${field('HttpHeaders')} string`],
    ['{"HttpHeaders":5,"auths":"x"}', `number into ${field('HttpHeaders')} map[string]string`],
    ['{"HttpHeaders":5,"auths":{"r":{"email":7}}}', `number into ${field('auths.email')} string`],
  ])('%s fails as in Go: %s', (document, message) => {
    expect(() => decodeDockerConfigJson(document)).toThrow(
      new InvalidDockerConfig(`json: cannot unmarshal ${message}`),
    );
  });

  test('in a legacy file is named without the path', () => {
    const message =
      'json: cannot unmarshal number into Go struct field dockerConfigEntryWithAuth.username of type string';
    expect(() => decodeDockercfg('{"r":{"username":5}}')).toThrow(new InvalidDockerConfig(message));
  });

  test('in the headers counts only when every entry could be decoded', () => {
    const document = '{"HttpHeaders":{"a":5},"auths":{"r":{"auth":"pants"}}}';
    expect(() => decodeDockerConfigJson(document)).toThrow('illegal base64 data at input byte 4');
  });
});

describe('the rules of Go’s decoder', () => {
  test.each([
    ['null', []],
    ['{}', []],
    ['{"auths":null}', []],
    ['{"auths":{"r":null}}', [['r', '', '']]],
    ['{"auths":{"r":{"username":null}}}', [['r', '', '']]],
    ['{"auths":{"r":{"username":"a","username":null}}}', [['r', 'a', '']]],
    ['{"auths":{"r":{"username":"a","USERNAME":"b"}}}', [['r', 'b', '']]],
    ['{"auths":{"r":{"pa\u017fsword":"long s"}}}', [['r', '', 'long s']]],
    [
      '{"auths":{"r":{"username":"a"},"R":{"username":"b"}}}',
      [
        ['r', 'a', ''],
        ['R', 'b', ''],
      ],
    ],
    ['{"auths":{"r":{"username":"a","password":"b"},"r":{"username":"c"}}}', [['r', 'c', '']]],
    [
      '{"auths":{"r":{"username":"a"}},"AUTHS":{"s":{"username":"b"}}}',
      [
        ['r', 'a', ''],
        ['s', 'b', ''],
      ],
    ],
    ['{"auths":{"r":{}},"auths":null}', []],
    ['{"auths":{"\\u0072\\n":{"username":"\\ud800\\ud83d\\ude00"}}}', [['r\n', '\ufffd😀', '']]],
    ['{"auths":{"__proto__":{"username":"a"}}}', [['__proto__', 'a', '']]],
  ])('%s', (document, entries) => {
    expect(entriesOf(document)).toEqual(entries);
  });

  test('bytes that are no UTF-8 become U+FFFD, each by itself', () => {
    const bytes = Buffer.from('{"auths":{"r":{"username":"\xe2\x82x\xff"}}}', 'latin1');
    expect(decodeDockerConfigJson(bytes).entries[0]?.username).toBe('\ufffd\ufffdx\ufffd');
  });
});

describe('auth', () => {
  test.each([
    [auth('user:pass'), 'user', 'pass'],
    [auth('user:pa:ss'), 'user', 'pa:ss'],
    [auth('user:pass\n'), 'user', 'pass\n'],
    [auth(':'), '', ''],
    [auth('user:'), 'user', ''],
    ['dXNl\\ncjpwYXNz\\r\\n', 'user', 'pass'],
    ['dXNlcjpwYXNzdw==\\n', 'user', 'passw'],
    [auth('j\xc3\xbcrgen:p\xc3\xa4ss'), 'jürgen', 'päss'],
  ])('%s is %j and %j', (text, username, password) => {
    expect(decodeDockerConfigEntry(`{"auth":"${text}"}`)).toMatchObject({ username, password });
  });

  test('replaces user name and password, also with nothing', () => {
    const entry = decodeDockerConfigEntry(`{"username":"x","password":"y","auth":"${auth(':')}"}`);
    expect(entry).toMatchObject({ username: '', password: '', authReplaced: true });
  });

  test('that is empty leaves both', () => {
    const entry = decodeDockerConfigEntry('{"username":"x","password":"y","auth":""}');
    expect(entry).toMatchObject({ username: 'x', password: 'y', authReplaced: false });
  });

  test('keeps bytes that are no UTF-8 apart from a real U+FFFD', () => {
    const stray = decodeDockerConfigEntry(`{"auth":"${auth('u:\xff')}"}`).password;
    const replacement = decodeDockerConfigEntry(`{"auth":"${auth('u:\xef\xbf\xbd')}"}`).password;
    expect([stray, replacement]).toEqual(['\udcff', '\ufffd']);
  });
});

describe('what the kubelet does not read is remembered', () => {
  test('of the document', () => {
    const { ignoredMembers } = decodeDockerConfigJson('{"auths":{},"credsStore":"desktop","credHelpers":{}}');
    expect(ignoredMembers).toEqual(['credsStore', 'credHelpers']);
  });

  test('of an entry', () => {
    const [entry] = decodeDockerConfigJson(inConfig('{"identitytoken":"t","serveraddress":"s"}')).entries;
    expect(entry?.ignoredMembers).toEqual(['identitytoken', 'serveraddress']);
  });
});

describe('a node’s own config', () => {
  test('is looked for in eight places', () => {
    expect(nodeConfigPaths({ kubeletRoot: '/var/lib/kubelet', working: '/w', home: '/root' })).toEqual([
      '/var/lib/kubelet/config.json',
      '/w/config.json',
      '/root/.docker/config.json',
      '/.docker/config.json',
      '/var/lib/kubelet/.dockercfg',
      '/w/.dockercfg',
      '/root/.dockercfg',
      '/.dockercfg',
    ]);
  });

  test('has the format that its name says', () => {
    const entry = { username: 'u', password: 'p', email: '' };
    const account = '{"username":"u","password":"p"}';
    expect({ ...readNodeConfig('/x/config.json', `{"auths":{"r":${account}}}`) }).toEqual({ r: entry });
    expect({ ...readNodeConfig('/x/.dockercfg', `{"r":${account}}`) }).toEqual({ r: entry });
  });

  test('that cannot be decoded gives one text, whatever is wrong', () => {
    for (const content of ['{', '[]', '{"auths":{"r":{"auth":"pants"}}}']) {
      expect(() => readNodeConfig('config.json', content)).toThrow(
        'error occurred while trying to unmarshal json',
      );
    }
  });
});
