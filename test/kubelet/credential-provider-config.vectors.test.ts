import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/cluster/field-error.js';
import { parseNanoseconds } from '../../src/kubelet/nanoseconds.js';
import type { ProviderConfig } from '../../src/kubelet/provider-config.js';
import { readProviderConfig } from '../../src/kubelet/provider-config-files.js';
import { validateProviders } from '../../src/kubelet/provider-validation.js';
import { kubeletRelease } from '../../src/versions/kubelet.js';
import { jsonNames } from '../support/go-names.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { caseName, vectorSection } from '../support/vectors.js';

interface ValidationCase {
  readonly serviceAccountTokenGate: boolean;
  readonly config: object;
  readonly error: string | null;
}

type NamedConfig = {
  readonly providers?: readonly (object & { readonly defaultCacheDuration?: { duration: string } })[];
};

function providersOf(config: object): readonly ProviderConfig[] {
  const { providers = [] } = jsonNames(config) as NamedConfig;
  return providers.map(({ defaultCacheDuration: duration, ...rest }) => ({
    ...rest,
    ...(duration && { defaultCacheDuration: parseNanoseconds(duration.duration) }),
  }));
}

describe('validating a configuration', () => {
  const cases = vectorSection<ValidationCase>('credentialplugin', 'configValidation');

  test('was read', () => {
    expect(Array.isArray(cases)).toBe(true);
  });

  for (const [index, vector] of cases.entries()) {
    test(caseName('configValidation', index, { ...vector }), () => {
      const serviceAccountTokens = vector.serviceAccountTokenGate;
      const errors = validateProviders(providersOf(vector.config), {
        serviceAccountTokens,
        tokenCacheType: true,
      });
      expect(errors.length === 0 ? null : aggregate(errors)).toBe(vector.error);
    });
  }
});

interface ReadCase {
  readonly isDir: boolean;
  readonly fileNames: readonly string[] | null;
  readonly files: readonly string[];
  readonly errorContains: string | null;
  readonly providers: readonly string[];
  readonly configHash: string | null;
}

async function writeFiles({ isDir, fileNames, files }: ReadCase, folder: string): Promise<string> {
  for (const [index, text] of files.entries()) {
    await writeFile(join(folder, fileNames?.[index] ?? `config-${index}.yaml`), text);
  }
  return isDir ? folder : join(folder, fileNames?.[0] ?? 'config-0.yaml');
}

function tryRead(path: string) {
  try {
    const { providers, configHash } = readProviderConfig(path, kubeletRelease('1.36'));
    return { providers: providers.map(({ name }) => name), configHash, error: null };
  } catch (error) {
    return { providers: [], configHash: null, error: (error as Error).message };
  }
}

describe('reading a configuration', () => {
  const cases = vectorSection<ReadCase>('credentialplugin', 'configRead');

  test('was read', () => {
    expect(Array.isArray(cases)).toBe(true);
  });

  for (const [index, vector] of cases.entries()) {
    test(caseName('configRead', index, { ...vector }), async () => {
      await using folder = await temporaryFolder();
      const { providers, configHash, error } = tryRead(await writeFiles(vector, folder.path));
      expect(providers).toEqual(vector.providers);
      expect(configHash).toBe(vector.configHash);
      if (vector.errorContains === null) expect(error).toBeNull();
      else expect(error).toContain(vector.errorContains);
    });
  }
});
