import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { aggregate } from '../cluster/field-error.js';
import type { Pod } from '../cluster/objects.js';
import { toByteString } from '../credentials/byte-string.js';
import type { ProviderCredentials } from '../credentials/keyring.js';
import { goQuote } from '../image/go-quote.js';
import type { KubeletRelease } from '../versions/kubelet.js';
import { createCredentialProvider } from './credential-provider.js';
import type { KubeletLog } from './kubelet-log.js';
import {
  type ConfiguredProvider,
  ProviderConfigFileError,
  readProviderConfig,
} from './provider-config-files.js';
import type { AskProvider } from './provider-exec.js';
import type { ServiceAccountApi } from './provider-service-account.js';
import { validateProviders } from './provider-validation.js';
import { systemReason } from './system-error.js';

/** The plugins of a node, read and found to be in order. */
export interface RegisteredProviders {
  readonly providers: readonly ConfiguredProvider[];
  readonly configHash: string;
}

export interface ProviderFlags {
  /** `--image-credential-provider-config`: a file, or since 1.34 a directory. */
  readonly config: string;
  /** `--image-credential-provider-bin-dir` */
  readonly binDir: string;
}

/**
 * Reads and checks what the kubelet reads and checks of its plugins when it starts (kubelet.md §8.1).
 *
 * @param serviceAccountTokens whether KubeletServiceAccountTokenForCredentialProviders is on
 * @throws {@link ProviderConfigFileError} with the text with which it would exit
 */
export function registerProviders(
  { config, binDir }: ProviderFlags,
  release: Pick<KubeletRelease, 'credentialProviders' | 'featureGates'>,
  serviceAccountTokens: boolean,
): RegisteredProviders {
  checkBinDir(binDir);
  const read = readProviderConfig(config, release);
  validate(read.providers, config, release, serviceAccountTokens);
  for (const provider of read.providers) checkExecutable(provider, binDir);
  return read;
}

function checkBinDir(binDir: string): void {
  try {
    statSync(binDir);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const text = missing
      ? `plugin binary directory ${binDir} did not exist`
      : `error inspecting binary directory ${binDir}: stat ${binDir}: ${systemReason(error)}`;
    throw new ProviderConfigFileError(text, binDir);
  }
}

function validate(
  providers: readonly ConfiguredProvider[],
  config: string,
  { credentialProviders: { tokenCacheType } }: Pick<KubeletRelease, 'credentialProviders'>,
  serviceAccountTokens: boolean,
): void {
  const errors = validateProviders(providers, { serviceAccountTokens, tokenCacheType });
  const [first] = errors;
  if (first === undefined) return;
  const { file = config, line = 1 } = providers[first.provider ?? -1] ?? {};
  const text = `failed to validate credential provider config: ${aggregate(errors)}`;
  throw new ProviderConfigFileError(text, file, line);
}

/** As `exec.LookPath` looks: a file that somebody may execute. */
function checkExecutable({ name = '', file, line }: ConfiguredProvider, binDir: string): void {
  const path = join(binDir, name);
  const problem = executableProblem(path);
  if (problem === undefined) return;
  const text =
    problem === 'ENOENT'
      ? `plugin binary executable ${path} did not exist`
      : `error inspecting binary executable ${path}: exec: ${goQuote(path)}: ${systemReason({ code: problem })}`;
  throw new ProviderConfigFileError(text, file, line);
}

function executableProblem(path: string): string | undefined {
  try {
    if (statSync(path).isDirectory()) return 'EISDIR';
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EACCES';
  }
}

export interface ProviderSetOptions {
  readonly release: Pick<KubeletRelease, 'credentialProviders' | 'nodeAndProviders'>;
  /** Runs a plugin. */
  readonly ask: (provider: ConfiguredProvider) => AskProvider;
  readonly api: ServiceAccountApi;
  readonly now: () => Date;
  readonly log: KubeletLog;
}

/** Asks the plugins of a node for the credentials of a pod: what a `KeyringSource` takes. Never rejects. */
export type AskProviders = (repository: string, pod: Pod) => Promise<readonly ProviderCredentials[]>;

/**
 * The plugins of one node with empty caches. One is asked after the other: in the order of the configuration, up to 1.32
 * by name.
 */
export function createCredentialProviders(
  configured: readonly ConfiguredProvider[],
  { release, ask, api, now, log }: ProviderSetOptions,
): AskProviders {
  const inOrder = release.nodeAndProviders === 'merged' ? configured.toSorted(byName) : configured;
  const providers = inOrder.map((provider) =>
    createCredentialProvider({
      name: provider.name ?? '',
      matchImages: provider.matchImages ?? [],
      defaultCacheDurationMs: (provider.defaultCacheDuration ?? 0) / 1e6,
      ask: ask(provider),
      ...(provider.tokenAttributes && { tokenAttributes: provider.tokenAttributes }),
      refusesEchoedToken: release.credentialProviders.tokenCacheType,
      api,
      now,
      log,
    }),
  );
  return async (repository, pod) => {
    const answers: ProviderCredentials[] = [];
    for (const { name, provide } of providers) {
      const provided = await provide(repository, pod);
      if (Object.keys(provided.auths).length > 0) answers.push({ provider: name, ...provided });
    }
    return answers;
  };
}

const byName = ({ name: one = '' }: ConfiguredProvider, { name: other = '' }: ConfiguredProvider) =>
  toByteString(one) < toByteString(other) ? -1 : 1;
