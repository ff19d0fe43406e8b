import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type KubeletLogLine, printLogLine } from '../../src/kubelet/kubelet-log.js';
import { type CheckOptions, check } from '../../src/world/check.js';
import { WorldError } from '../../src/world/world-file.js';
import { printed, responseOf, writeProgram } from '../support/provider-program.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const now = new Date('2026-01-01T00:00:00Z');
const host = 'registry.example.com';
const registries = [
  {
    host,
    users: [{ name: 'alice', password: 'wonderland' }],
    repositories: [
      { name: 'team/app', tags: { '1': {} } },
      { name: 'team/tool', tags: { '1': {} } },
    ],
  },
];
const login = { username: 'alice', password: 'wonderland' };
const image = `${host}/team/app:1`;
const podOf = (name: string, more: object = {}, wanted = image) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'app', image: wanted }], ...more },
});

/** Judges pods on one node with the keys that the test gives it. */
async function judge(node: object, manifests: CheckOptions['manifests'] = podOf('web'), more: object = {}) {
  const log: KubeletLogLine[] = [];
  const world = { registries, nodes: [{ name: 'node-1', ...node }], ...more };
  const report = await check({ manifests, world, now, log: (line) => log.push(line) });
  const images = report.pods.flatMap((pod) => pod.images);
  return { report, images, log: log.map(printLogLine), events: report.pods.flatMap((pod) => pod.events) };
}

async function writeConfig(folder: string, providers: string, name = 'providers.yaml'): Promise<string> {
  const file = join(folder, name);
  const head = 'apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n';
  await writeFile(file, head + providers);
  return file;
}

const providerOf = (name: string, more = '') => `- name: ${name}
  matchImages: ["${host}"]
  defaultCacheDuration: 10m
  apiVersion: credentialprovider.kubelet.k8s.io/v1
${more}`;

/** A node with one plugin, a shell program of these lines, which counts its calls in a file. */
async function nodeWithPlugin(lines: readonly string[], more = '') {
  const folder = await temporaryFolder();
  const binDir = join(folder.path, 'bin');
  const calls = join(folder.path, 'calls');
  await mkdir(binDir);
  await writeProgram(binDir, 'plugin', `input=$(cat); echo "$input" >> '${calls}'`, ...lines);
  const config = await writeConfig(folder.path, providerOf('plugin', more));
  return {
    node: { credentialProviders: { config, binDir } },
    calls: async () => (await readFile(calls, 'utf8')).trimEnd().split('\n'),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const good = responseOf({ cacheKeyType: 'Registry', auth: { [host]: login } });

describe('a node with a docker config', () => {
  const config = JSON.stringify({ auths: { [host]: login } });

  test.each([
    ['as a file', 'node.json', 'node.json'],
    ['in the folder of the kubelet', 'config.json', '.'],
    ['in the old format', '.dockercfg', '.'],
  ])('%s pulls a private image without secrets', async (_how, name, path) => {
    await using folder = await temporaryFolder();
    const text = name === '.dockercfg' ? JSON.stringify({ [host]: login }) : config;
    await writeFile(join(folder.path, name), text);
    const { images, log } = await judge({ dockerConfig: join(folder.path, path) });
    expect(images).toMatchObject([
      { verdict: 'pulled', attempts: [{ credential: { source: 'node', key: host, username: 'alice' } }] },
    ]);
    expect(log).toEqual([]);
  });

  test('that is broken pulls anonymously, and only its log says why', async () => {
    await using folder = await temporaryFolder();
    const dockerConfig = join(folder.path, 'config.json');
    await writeFile(dockerConfig, '{"auths":');
    const { images, events, log } = await judge({ dockerConfig });
    expect(images).toMatchObject([
      { verdict: 'failed', reason: 'ErrImagePull', attempts: [{ credential: { source: 'anonymous' } }] },
    ]);
    expect(JSON.stringify(events)).not.toMatch(/unmarshal|config\.json/);
    expect(log).toEqual([
      `"Unable to parse Docker config file" err="error occurred while trying to unmarshal json" path="${dockerConfig}"`,
    ]);
  });
});

describe('a node with a credential provider', () => {
  test('pulls a private image without secrets, and reports the provider’s credential', async () => {
    await using plugin = await nodeWithPlugin([printed(good)]);
    const { images, log, report } = await judge(plugin.node);
    expect(images).toMatchObject([
      { verdict: 'pulled', attempts: [{ credential: { source: 'provider', key: host, username: 'alice' } }] },
    ]);
    expect(log).toEqual([]);
    expect(JSON.stringify(report)).not.toContain('wonderland');
    expect(await plugin.calls()).toEqual([
      `{"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1","image":"${host}/team/app"}`,
    ]);
  });

  test('that fails pulls anonymously: a line of the log, and nothing in the events', async () => {
    await using plugin = await nodeWithPlugin(['echo no metadata service >&2', 'exit 1']);
    const { images, events, log } = await judge(plugin.node);
    expect(images).toMatchObject([
      { verdict: 'failed', reason: 'ErrImagePull', attempts: [{ credential: { source: 'anonymous' } }] },
    ]);
    expect(JSON.stringify(events)).not.toMatch(/provider|metadata service/);
    expect(log[0]).toMatch(
      `"Failed to provide credentials for image" err="failed to get credential from external registry credential provider: error execing credential provider plugin plugin for image ${host}/team/app: exit status 1: no metadata service\\n" provider="plugin" image="${host}/team/app" pod="default/web"`,
    );
  });

  test('whose patterns do not match is not asked', async () => {
    await using plugin = await nodeWithPlugin([printed(good)]);
    const { images } = await judge(plugin.node, podOf('web', {}, 'other.example.com/app:1'));
    expect(images).toMatchObject([{ verdict: 'unknown' }]);
    await expect(plugin.calls()).rejects.toThrow('ENOENT');
  });

  test('is asked the same question once for many pods', async () => {
    await using plugin = await nodeWithPlugin([printed(good)]);
    const pods = Array.from({ length: 20 }, (_, index) => podOf(`web-${index}`));
    const tool = podOf('tool', {}, `${host}/team/tool:1`);
    const { images } = await judge(plugin.node, [...pods, tool]);
    expect(images.every(({ verdict }) => verdict === 'pulled')).toBe(true);
    expect((await plugin.calls()).map((line) => JSON.parse(line).image).toSorted()).toEqual([
      `${host}/team/app`,
      `${host}/team/tool`,
    ]);
  });

  test('has answers of its own for each pod, which is judged alone', async () => {
    const none = printed(responseOf({ cacheKeyType: 'Global', auth: null }));
    await using plugin = await nodeWithPlugin([
      `case "$input" in *team/tool*) ${none} ;; *) ${printed(good)} ;; esac`,
    ]);
    const tool = podOf('tool', {}, `${host}/team/tool:1`);
    for (const pods of [
      [tool, podOf('web')],
      [podOf('web'), tool],
    ]) {
      const { report } = await judge(plugin.node, pods);
      const verdicts = report.pods.map(({ name, images }) => [name, images[0]?.verdict]);
      expect(Object.fromEntries(verdicts)).toEqual({ tool: 'failed', web: 'pulled' });
    }
  });

  test('gives a secret of the pod precedence', async () => {
    await using plugin = await nodeWithPlugin([printed(good)]);
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'regcred' },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: {
        '.dockerconfigjson': JSON.stringify({ auths: { [host]: { ...login, password: 'old' } } }),
      },
    };
    const pod = podOf('web', { imagePullSecrets: [{ name: 'regcred' }] });
    const { images } = await judge(plugin.node, [secret, pod]);
    expect(images[0]?.attempts.map(({ credential }) => credential.source)).toEqual(['secret', 'provider']);
    expect(images[0]?.verdict).toBe('pulled');
  });

  const tokenAttributes = `  tokenAttributes:
    serviceAccountTokenAudience: registry.example.com
    cacheType: Token
    requireServiceAccount: true
    requiredServiceAccountAnnotationKeys: [example.com/role]
`;

  test('gets a token of the pod’s service account', async () => {
    await using plugin = await nodeWithPlugin([printed(good)], tokenAttributes);
    const account = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'puller', annotations: { 'example.com/role': 'reader' } },
    };
    const { images } = await judge(plugin.node, [account, podOf('web', { serviceAccountName: 'puller' })]);
    expect(images[0]?.verdict).toBe('pulled');
    const [line = ''] = await plugin.calls();
    const { serviceAccountToken, serviceAccountAnnotations } = JSON.parse(line);
    expect(serviceAccountAnnotations).toEqual({ 'example.com/role': 'reader' });
    const claims = JSON.parse(Buffer.from(serviceAccountToken.split('.')[1], 'base64url').toString());
    expect(claims).toMatchObject({
      aud: [host],
      sub: 'system:serviceaccount:default:puller',
      iat: now.getTime() / 1000,
      exp: now.getTime() / 1000 + 3600,
      'kubernetes.io': { namespace: 'default', pod: { name: 'web' }, serviceaccount: { name: 'puller' } },
    });
  });

  test('passes over pods whose account has not opted in', async () => {
    await using plugin = await nodeWithPlugin([printed(good)], tokenAttributes);
    const { images, log } = await judge(plugin.node);
    expect(images[0]?.verdict).toBe('failed');
    expect(log[0]).toContain('err="required annotation example.com/role not found"');
  });
});

describe('a node whose kubelet would not start is a mistake of the world', () => {
  const refusal = async (node: object, more: object = {}): Promise<string> => {
    const error = await judge(node, podOf('web'), more).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WorldError);
    return (error as WorldError).message;
  };

  test('with a kubelet configuration that it refuses', async () => {
    await using folder = await temporaryFolder();
    const kubeletConfig = join(folder.path, 'kubelet.yaml');
    await writeFile(
      kubeletConfig,
      'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxParallelImagePulls: 0\n',
    );
    expect(await refusal({ kubeletConfig })).toBe(
      `${kubeletConfig}:3: invalid configuration: maxParallelImagePulls 0 must be a positive number`,
    );
  });

  test('with a folder for a kubelet configuration', async () => {
    await using folder = await temporaryFolder();
    expect(await refusal({ kubeletConfig: folder.path })).toBe(
      `${folder.path}:1: it cannot be read (EISDIR)`,
    );
  });

  test('with a provider that is not there', async () => {
    await using folder = await temporaryFolder();
    const config = await writeConfig(folder.path, providerOf('plugin'));
    expect(await refusal({ credentialProviders: { config, binDir: folder.path } })).toBe(
      `${config}:4: plugin binary executable ${folder.path}/plugin did not exist`,
    );
  });

  test('with a provider configuration that it refuses', async () => {
    await using folder = await temporaryFolder();
    const config = await writeConfig(folder.path, `- name: plugin\n  images: ["${host}"]\n`);
    expect(await refusal({ credentialProviders: { config, binDir: folder.path } })).toBe(
      `${config}:5: error decoding config "${config}": strict decoding error: unknown field "providers[0].images"`,
    );
  });

  test('with tokens for providers while their gate is off', async () => {
    await using plugin = await nodeWithPlugin(
      [],
      '  tokenAttributes: { serviceAccountTokenAudience: a, cacheType: Token, requireServiceAccount: true }\n',
    );
    await using folder = await temporaryFolder();
    const kubeletConfig = join(folder.path, 'kubelet.yaml');
    await writeFile(
      kubeletConfig,
      'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfeatureGates: { KubeletServiceAccountTokenForCredentialProviders: false }\n',
    );
    expect(await refusal({ ...plugin.node, kubeletConfig })).toMatch(
      'providers.tokenAttributes: Forbidden: tokenAttributes is not supported when KubeletServiceAccountTokenForCredentialProviders feature gate is disabled',
    );
  });
});
