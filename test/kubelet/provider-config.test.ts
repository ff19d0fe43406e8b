import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { registerProviders } from '../../src/kubelet/credential-providers.js';
import { decodeProviderConfig, ProviderConfigError } from '../../src/kubelet/provider-config.js';
import { ProviderConfigFileError, readProviderConfig } from '../../src/kubelet/provider-config-files.js';
import { validateProviders } from '../../src/kubelet/provider-validation.js';
import { kubeletRelease } from '../../src/versions/kubelet.js';
import { writeProgram } from '../support/provider-program.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const group = 'credentialprovider.kubelet.k8s.io';
const configOf = (providers: string, version = 'v1') =>
  `apiVersion: kubelet.config.k8s.io/${version}\nkind: CredentialProviderConfig\nproviders:\n${providers}`;
const ecr = `- name: ecr
  matchImages: ["*.dkr.ecr.*.amazonaws.com"]
  defaultCacheDuration: 12h
  apiVersion: ${group}/v1
`;
const withTokens = `${ecr}  tokenAttributes:
    serviceAccountTokenAudience: registry
    requireServiceAccount: true
`;

const decode = (text: string, version = '1.36') => decodeProviderConfig(text, kubeletRelease(version));
function refusal(act: () => unknown) {
  try {
    act();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(ProviderConfigError);
    const { message, line } = error as ProviderConfigError;
    return { message, line };
  }
}

describe('a configuration file', () => {
  test('is read as YAML 1.1 or JSON, each provider with its line', () => {
    const [provider] = decode(configOf(`# ours\n${withTokens}    cacheType: Token\n`));
    expect(provider).toEqual({
      name: 'ecr',
      matchImages: ['*.dkr.ecr.*.amazonaws.com'],
      defaultCacheDuration: 12 * 3600e9,
      apiVersion: `${group}/v1`,
      tokenAttributes: {
        serviceAccountTokenAudience: 'registry',
        requireServiceAccount: true,
        cacheType: 'Token',
      },
      line: 5,
    });
    const json = JSON.stringify({
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'CredentialProviderConfig',
      providers: [{ name: 'a', args: ['x'], env: [{ name: 'A', value: 'b' }] }],
    });
    expect(decode(json)).toEqual([{ name: 'a', args: ['x'], env: [{ name: 'A', value: 'b' }], line: 1 }]);
  });

  test.each<[string, string, string, number]>([
    ['nothing', '', "Object 'Kind' is missing", 1],
    ['no kind', 'apiVersion: kubelet.config.k8s.io/v1\n', "Object 'Kind' is missing", 1],
    ['no version', 'kind: CredentialProviderConfig\n', "Object 'apiVersion' is missing", 1],
    [
      'a wrong kind',
      'apiVersion: kubelet.config.k8s.io/v1\nkind: Config\n',
      'no kind "Config" is registered for version "kubelet.config.k8s.io/v1"',
      2,
    ],
    [
      'another kind of the group',
      'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n',
      'failed to decode "KubeletConfiguration" (wrong Kind)',
      2,
    ],
    [
      'an unknown version',
      'apiVersion: kubelet.config.k8s.io/v2\nkind: CredentialProviderConfig\n',
      'no kind "CredentialProviderConfig" is registered for version "kubelet.config.k8s.io/v2"',
      1,
    ],
    [
      'a list',
      '- a\n',
      `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
      1,
    ],
    [
      'broken JSON',
      '{"kind": }',
      "couldn't get version/kind; json parse error: invalid character '}' looking for beginning of value",
      1,
    ],
    [
      'a field in other letters',
      configOf(`${ecr}  MatchImages: []\n`),
      'strict decoding error: unknown field "providers[0].MatchImages"',
      8,
    ],
    [
      'two unknown fields, in sorted order',
      `${configOf(`${ecr}  zone: 1\n`)}also: 2\n`,
      'strict decoding error: unknown field "also", unknown field "providers[0].zone"',
      9,
    ],
    [
      'a key written twice',
      configOf(`${ecr}  name: gcr\n`),
      'strict decoding error: yaml: unmarshal errors:\n  line 8: key "name" already set in map',
      8,
    ],
    [
      'a number for a name',
      configOf('- name: 5\n'),
      'json: cannot unmarshal number into Go struct field CredentialProvider.providers.name of type string',
      4,
    ],
    [
      'a map for the list',
      configOf('  a: 1\n'),
      'json: cannot unmarshal object into Go struct field CredentialProviderConfig.providers of type []v1.CredentialProvider',
      3,
    ],
    [
      'a bad duration',
      configOf('- defaultCacheDuration: 10\n'),
      'json: cannot unmarshal number into Go value of type string',
      4,
    ],
    ['no unit', configOf('- defaultCacheDuration: "10"\n'), 'time: missing unit in duration "10"', 4],
  ])('with %s is refused in the kubelet’s words, with its line', (_what, text, message, line) => {
    expect(refusal(() => decode(text))).toEqual({ message, line });
  });

  test('of JSON tells a duplicate field by its path', () => {
    const text =
      '{"apiVersion":"kubelet.config.k8s.io/v1","kind":"CredentialProviderConfig","providers":[{"name":"a","name":"b"}]}';
    expect(refusal(() => decode(text))?.message).toBe(
      'strict decoding error: duplicate field "providers[0].name"',
    );
  });

  test('may hold unknown fields up to 1.31', () => {
    expect(decode(configOf(`${ecr}  zone: 1\n`), '1.31').length).toBe(1);
    expect(refusal(() => decode(configOf(`${ecr}  zone: 1\n`), '1.32'))).toBeDefined();
  });

  test.each([
    ['1.31', 'v1', undefined],
    ['1.32', 'v1', 'strict decoding error: unknown field "providers[0].tokenAttributes"'],
    ['1.33', 'v1', undefined],
    ['1.36', 'v1beta1', 'strict decoding error: unknown field "providers[0].tokenAttributes"'],
  ])('on %s in version %s may have tokenAttributes: %s', (release, version, message) => {
    expect(refusal(() => decode(configOf(withTokens, version), release))?.message).toBe(message);
  });

  test('has cacheType since 1.34', () => {
    const text = configOf(`${withTokens}    cacheType: Token\n`);
    expect(refusal(() => decode(text, '1.33'))?.message).toBe(
      'strict decoding error: unknown field "providers[0].tokenAttributes.cacheType"',
    );
    expect(refusal(() => decode(text, '1.34'))).toBeUndefined();
  });
});

describe('validation', () => {
  const good = {
    name: 'a',
    matchImages: ['reg.io'],
    defaultCacheDuration: 0,
    apiVersion: `${group}/v1`,
  };
  const tokens = {
    serviceAccountTokenAudience: 'registry',
    requireServiceAccount: true,
    cacheType: 'Token',
  };
  const on = { serviceAccountTokens: true, tokenCacheType: true };
  const errorsOf = (provider: object, options = on) =>
    validateProviders([{ ...good, ...provider }], options).map(({ path, problem }) => `${path}: ${problem}`);

  test.each<[object, readonly string[]]>([
    [{}, []],
    [{ tokenAttributes: tokens }, []],
    [{ name: '..' }, [`providers.name: Invalid value: "..": provider name cannot be '..'`]],
    [{ name: 'a b' }, [`providers.name: Invalid value: "a b": provider name cannot contain spaces`]],
    [
      { name: '/ ' },
      [
        `providers.name: Invalid value: "/ ": provider name cannot contain '/'`,
        `providers.name: Invalid value: "/ ": provider name cannot contain spaces`,
      ],
    ],
    [
      { defaultCacheDuration: -60e9 },
      ['providers.defaultCacheDuration: Invalid value: "-1m0s": must be greater than or equal to 0'],
    ],
    [
      { matchImages: ['reg.io', 'reg .io'] },
      [
        'providers.matchImages: Invalid value: "reg .io": match image is invalid: parse "https://reg .io": invalid character " " in host name',
      ],
    ],
    [
      { tokenAttributes: {} },
      [
        'providers.tokenAttributes.serviceAccountTokenAudience: Required value',
        'providers.tokenAttributes.requireServiceAccount: Required value',
        'providers.tokenAttributes.cacheType: Required value: cacheType is required to be set when tokenAttributes is specified. Supported values are: ServiceAccount, Token',
      ],
    ],
    [
      { tokenAttributes: { ...tokens, optionalServiceAccountAnnotationKeys: ['a.io/B_c', 'a/b/c'] } },
      [
        `providers.tokenAttributes.optionalServiceAccountAnnotationKeys: Invalid value: "a/b/c": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
      ],
    ],
  ])('%j', (provider, errors) => {
    expect(errorsOf(provider)).toEqual(errors);
  });

  test('asks for no cacheType up to 1.33', () => {
    const { cacheType: _, ...before } = tokens;
    expect(errorsOf({ tokenAttributes: before }, { ...on, tokenCacheType: false })).toEqual([]);
  });
});

const text = (name: string) => configOf(ecr.replace('ecr', name));

describe('a directory of files', () => {
  const release = kubeletRelease('1.36');

  test('is read in the order of names, links too, folders and other extensions not', async () => {
    await using folder = await temporaryFolder();
    const at = (name: string) => join(folder.path, name);
    await writeFile(at('b.yml'), text('from-yml'));
    await writeFile(at('Z.json'), text('from-json'));
    await writeFile(at('a.yaml.bak'), 'no configuration');
    await writeFile(at('.yaml'), text('from-hidden'));
    await mkdir(at('c.yaml'));
    await mkdir(at('d'));
    await writeFile(at('d/e.yaml'), text('too-deep'));
    await symlink(at('d/e.yaml'), at('f.yaml'));
    const { providers } = readProviderConfig(folder.path, release);
    expect(providers.map(({ name }) => name)).toEqual(['from-hidden', 'from-json', 'from-yml', 'too-deep']);
    expect(providers.map(({ file, line }) => [file, line])[2]).toEqual([at('b.yml'), 4]);
  });

  test('is refused up to 1.33', async () => {
    await using folder = await temporaryFolder();
    const old = kubeletRelease('1.33');
    expect(refusal(() => readProviderConfig(folder.path, old))?.message).toBe(
      `unable to read external registry credential provider configuration from "${folder.path}": read ${folder.path}: is a directory`,
    );
  });

  test('that is not there is told', () => {
    expect(refusal(() => readProviderConfig('/no/such', release))?.message).toBe(
      'unable to access path "/no/such": stat /no/such: no such file or directory',
    );
  });

  test('names the file that cannot be decoded, since 1.34', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'a.yaml');
    await writeFile(file, 'kind: x\n');
    const read = (version: string) =>
      refusal(() => readProviderConfig(file, kubeletRelease(version)))?.message;
    expect(read('1.36')).toBe(`error decoding config "${file}": Object 'apiVersion' is missing`);
    expect(read('1.33')).toBe("error decoding config: Object 'apiVersion' is missing");
  });
});

describe('the kubelet starts with its plugins', () => {
  const register = async (name: string, options: { gate?: boolean; config?: string } = {}) => {
    await using folder = await temporaryFolder();
    const bin = join(folder.path, 'bin');
    await mkdir(join(bin, 'folder'), { recursive: true });
    await writeProgram(bin, 'good', 'exit 0');
    await writeFile(join(bin, 'plain'), '', { mode: 0o644 });
    const config = join(folder.path, 'config.yaml');
    await writeFile(config, options.config ?? text(name));
    const flags = { config, binDir: name === 'no-bin' ? `${bin}/none` : bin };
    try {
      return registerProviders(flags, kubeletRelease('1.36'), options.gate ?? true).providers.length;
    } catch (error) {
      expect(error).toBeInstanceOf(ProviderConfigFileError);
      return (error as Error).message.replaceAll(folder.path, '');
    }
  };

  test.each([
    ['good', 1],
    ['gone', 'plugin binary executable /bin/gone did not exist'],
    ['plain', 'error inspecting binary executable /bin/plain: exec: "/bin/plain": permission denied'],
    ['folder', 'error inspecting binary executable /bin/folder: exec: "/bin/folder": is a directory'],
    ['no-bin', 'plugin binary directory /bin/none did not exist'],
    [
      '.',
      `failed to validate credential provider config: providers.name: Invalid value: ".": provider name cannot be '.'`,
    ],
  ])('%s: %s', async (name, outcome) => {
    expect(await register(name)).toBe(outcome);
  });

  test('only with the feature gate when they want tokens', async () => {
    const config = configOf(`${withTokens}    cacheType: Token\n`.replace('ecr', 'good'));
    expect(await register('good', { config })).toBe(1);
    expect(await register('good', { config, gate: false })).toBe(
      'failed to validate credential provider config: providers.tokenAttributes: Forbidden: tokenAttributes is not supported when KubeletServiceAccountTokenForCredentialProviders feature gate is disabled',
    );
  });

  test('tells several mistakes at once', async () => {
    const config = configOf('- name: .\n');
    expect(await register('good', { config })).toBe(
      `failed to validate credential provider config: [providers.name: Invalid value: ".": provider name cannot be '.', providers.apiVersion: Required value, providers.matchImages: Required value: at least 1 item in matchImages is required, providers.defaultCacheDuration: Required value]`,
    );
  });
});
