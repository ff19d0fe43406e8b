import { describe, expect, test } from 'vitest';
import type { Pod } from '../../src/cluster/objects.js';
import { createCredentialProvider } from '../../src/kubelet/credential-provider.js';
import type { KubeletLogLine } from '../../src/kubelet/kubelet-log.js';
import { parseNanoseconds } from '../../src/kubelet/nanoseconds.js';
import { createAskProvider, mergeEnvironment } from '../../src/kubelet/provider-exec.js';
import { entriesWithZeroValues, jsonNames } from '../support/go-names.js';
import { printed, writeProgram } from '../support/provider-program.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { caseName, vectorSection } from '../support/vectors.js';

interface ExecCase {
  readonly image: string;
  readonly error?: string;
  readonly cacheKeys: readonly string[];
  readonly credentials: Readonly<Record<string, unknown>>;
  readonly input: {
    readonly provider: {
      readonly name: string;
      readonly matchImages: readonly string[];
      readonly defaultCacheDuration: string;
      readonly apiVersion: string;
      readonly args?: readonly string[];
      readonly env?: readonly { readonly name: string; readonly value: string }[];
    };
    readonly plugin: { readonly stdout?: string; readonly shell?: string; readonly exit: number | null };
  };
}

const pod: Pod = { metadata: { name: 'web', namespace: 'default', uid: 'uid' }, spec: { containers: [] } };
const noAccounts = {
  getServiceAccount: () => Promise.reject(new Error('not asked')),
  requestToken: () => Promise.reject(new Error('not asked')),
};

async function runCase({ image, input: { provider, plugin } }: ExecCase, binDir: string) {
  const { stdout, shell, exit } = plugin;
  const lines = [
    ...(shell === undefined ? [] : [shell]),
    ...(stdout === undefined ? [] : [printed(stdout)]),
    ...(exit === null ? [] : [`exit ${exit}`]),
  ];
  await writeProgram(binDir, provider.name, ...lines);
  const log: KubeletLogLine[] = [];
  const { args = [], env = [], name, apiVersion } = provider;
  const created = createCredentialProvider({
    name,
    matchImages: provider.matchImages,
    defaultCacheDurationMs: parseNanoseconds(provider.defaultCacheDuration) / 1e6,
    ask: createAskProvider(
      { name, binDir, apiVersion, args, env },
      { environ: () => [`PATH=${process.env.PATH}`], strict: true },
    ),
    refusesEchoedToken: true,
    api: noAccounts,
    now: () => new Date(0),
    log: (line) => log.push(line),
  });
  const { auths } = await created.provide(image, pod);
  return { auths, cacheKeys: created.cache.keys(), error: log[0]?.error };
}

describe('plugin processes', () => {
  const cases = vectorSection<ExecCase>('credentialplugin', 'execCases');

  test('were read', () => {
    expect(Array.isArray(cases)).toBe(true);
  });

  for (const [index, vector] of cases.entries()) {
    test(caseName('execCases', index, { ...vector }), async () => {
      await using folder = await temporaryFolder();
      const { auths, cacheKeys, error } = await runCase(vector, folder.path);
      expect(error).toBe(vector.error);
      expect(entriesWithZeroValues(auths)).toEqual(entriesWithZeroValues(vector.credentials));
      expect(cacheKeys).toEqual(vector.cacheKeys);
    });
  }
});

interface EnvCase {
  readonly execPlugin: { readonly envVars?: readonly { readonly Name: string; readonly Value: string }[] };
  readonly systemEnvVars?: readonly string[];
  readonly expectedEnvVars?: readonly string[];
}

describe('the environment of plugins', () => {
  const cases = vectorSection<EnvCase>('credentialplugin', 'execEnv');

  test('was read', () => {
    expect(Array.isArray(cases)).toBe(true);
  });

  for (const [index, vector] of cases.entries()) {
    test(caseName('execEnv', index, { ...vector }), () => {
      const configured = jsonNames(vector.execPlugin.envVars ?? []) as { name: string; value: string }[];
      const merged = mergeEnvironment(vector.systemEnvVars ?? [], configured);
      expect(merged).toEqual(vector.expectedEnvVars ?? []);
    });
  }
});
