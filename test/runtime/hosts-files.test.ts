import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findHostDirectory, hostsDirectoryAt, hostsDirectoryOf } from '../../src/runtime/hosts-directory.js';
import { allCapabilities, readHostConfigs } from '../../src/runtime/hosts-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const root = '/etc/containerd/certs.d';

describe('findHostDirectory', () => {
  const find = (files: readonly string[], host: string) =>
    findHostDirectory(hostsDirectoryOf(Object.fromEntries(files.map((file) => [file, '']))), host, false);

  test('a port is written _port_, or plain, and _default is for everybody else', () => {
    const all = ['r.example.com_5000_/ca.crt', 'r.example.com:5000/ca.crt', '_default/ca.crt'];
    expect(find(all, 'r.example.com:5000')).toBe(`${root}/r.example.com_5000_`);
    expect(find(all.slice(1), 'r.example.com:5000')).toBe(`${root}/r.example.com:5000`);
    expect(find(all.slice(2), 'r.example.com:5000')).toBe(`${root}/_default`);
    expect(find(all, 'other.example.com')).toBe(`${root}/_default`);
    expect(find(all.slice(0, 2), 'other.example.com')).toBeUndefined();
  });

  test('several directories are tried in order, unless this release does not split them', async () => {
    await using first = await temporaryFolder();
    await using second = await temporaryFolder();
    mkdirSync(join(second.path, 'r.example.com'));
    const directory = hostsDirectoryAt(`${first.path}:${second.path}`);
    expect(findHostDirectory(directory, 'r.example.com', true)).toBe(join(second.path, 'r.example.com'));
    expect(findHostDirectory(directory, 'r.example.com', false)).toBeUndefined();
  });
});

describe('hostsDirectoryAt', () => {
  test('reads and lists what is there, and nothing is no error', async () => {
    await using temporary = await temporaryFolder();
    const folder = temporary.path;
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'b.crt'), 'b');
    writeFileSync(join(folder, 'a.crt'), 'a');
    const directory = hostsDirectoryAt(folder);
    expect(directory.list(folder)).toEqual(['a.crt', 'b.crt']);
    expect(directory.read(join(folder, 'a.crt'))).toBe('a');
    expect(directory.read(join(folder, 'none'))).toBeUndefined();
    expect(directory.list(join(folder, 'none'))).toEqual([]);
    expect(directory.exists(join(folder, 'sub'))).toBe(true);
  });
});

describe('readHostConfigs', () => {
  const read = (files: Readonly<Record<string, string>>, needsHostTables = false) =>
    readHostConfigs(
      hostsDirectoryOf(Object.fromEntries(Object.entries(files).map(([name, text]) => [`r/${name}`, text]))),
      'r',
      { splitsConfigPath: false, needsHostTables },
    );
  const hosts = (toml: string) => read({ 'hosts.toml': toml });
  const own = { scheme: '', host: '', path: '', capabilities: allCapabilities };

  test('hosts are asked in file order, and the server, or else the registry itself, at last', () => {
    const configs = hosts(`
      [host."https://b.example.com"]
      [host."http://a.example.com:5000"]`);
    expect(configs?.map(({ scheme, host, path }) => `${scheme} ${host} ${path}`)).toEqual([
      'https b.example.com /v2',
      'http a.example.com:5000 /v2',
      '  ',
    ]);
    expect(hosts('server = "https://up.example.com"')).toEqual([
      { ...own, scheme: 'https', host: 'up.example.com', path: '/v2' },
    ]);
  });

  test.each([
    ['a.example.com', 'https', '/v2'],
    ['https://a.example.com/v2/', 'https', '/v2'],
    ['https://a.example.com/proxy', 'https', '/proxy/v2'],
    ['https://a.example.com//x/../proxy/v2', 'https', '/proxy/v2'],
    ['http://a.example.com', 'http', '/v2'],
  ])('the server %s is asked at %s … %s', (server, scheme, path) => {
    expect(hosts(`server = "${server}"`)).toEqual([{ ...own, scheme, host: 'a.example.com', path }]);
  });

  test('override_path leaves the path as it is', () => {
    expect(hosts('[host."https://a.example.com/proxy"]\noverride_path = true')?.[0]?.path).toBe('/proxy');
    expect(hosts('[host."https://a.example.com"]\noverride_path = true')?.[0]?.path).toBe('');
  });

  test('capabilities, certificates and headers are taken as text or list, files from this directory', () => {
    const [config] =
      hosts(`
      [host."https://a.example.com"]
      capabilities = ["PULL", "resolve"]
      ca = "ca.pem"
      client = [["cert.pem", "key.pem"], ["/etc/c.pem", "/etc/k.pem"]]
      skip_verify = false
      [host."https://a.example.com".header]
      x-one = "1"
      x-two = ["2", "3"]`) ?? [];
    expect(config).toEqual({
      scheme: 'https',
      host: 'a.example.com',
      path: '/v2',
      capabilities: ['pull', 'resolve'],
      caFiles: [`${root}/r/ca.pem`],
      clientFiles: [
        [`${root}/r/cert.pem`, `${root}/r/key.pem`],
        ['/etc/c.pem', '/etc/k.pem'],
      ],
      skipVerify: false,
      headers: { 'x-one': ['1'], 'x-two': ['2', '3'] },
    });
  });

  test('one client file holds certificate and key', () => {
    expect(hosts('client = "both.pem"')?.[0]?.clientFiles).toEqual([[`${root}/r/both.pem`, '']]);
    expect(hosts('client = ["a.pem", "b.pem"]')?.[0]?.clientFiles).toEqual([
      [`${root}/r/a.pem`, ''],
      [`${root}/r/b.pem`, ''],
    ]);
  });

  const files = { 'ca.crt': '', 'a.cert': '', 'a.key': '', 'b.cert': '', 'note.txt': '' };
  const docker = [
    {
      ...own,
      caFiles: [`${root}/r/ca.crt`],
      clientFiles: [
        [`${root}/r/a.cert`, `${root}/r/a.key`],
        [`${root}/r/b.cert`, ''],
      ],
    },
  ];
  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['no TOML', 'server = '],
    ['of other types', '[host."https://a.example.com"]\ncapabilities = ["fly"]'],
    ['of another address', '[host."https://a b"]'],
    ['of another client', 'client = [["only-one.pem"]]'],
  ])('a hosts.toml that is %s means Docker’s layout', (_, toml) => {
    expect(read({ ...files, ...(toml === undefined ? {} : { 'hosts.toml': toml }) })).toEqual(docker);
  });

  test('containerd 1.6 does not use a file without host tables', () => {
    expect(read({ ...files, 'hosts.toml': 'server = "https://up.example.com"' }, true)).toEqual(docker);
  });

  test('a host without a directory is configured by nobody', () => {
    expect(
      readHostConfigs(hostsDirectoryOf({}), 'r', { splitsConfigPath: false, needsHostTables: false }),
    ).toBeUndefined();
  });
});
