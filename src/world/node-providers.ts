import type { Pod } from '../cluster/objects.js';
import type { ProviderFacts } from '../diagnosis/facts.js';
import { isOn, type KubeletConfigurationDocument } from '../kubelet/configuration.js';
import {
  type AskProviders,
  createCredentialProviders,
  registerProviders,
} from '../kubelet/credential-providers.js';
import type { KubeletLog } from '../kubelet/kubelet-log.js';
import { type ConfiguredProvider, ProviderConfigFileError } from '../kubelet/provider-config-files.js';
import { type AskProvider, createAskProvider } from '../kubelet/provider-exec.js';
import type { ServiceAccountApi } from '../kubelet/provider-service-account.js';
import type { KubeletRelease } from '../versions/kubelet.js';
import type { WorldNode } from './world.js';
import { WorldError } from './world-file.js';

export interface NodeProvidersOptions {
  readonly release: KubeletRelease;
  readonly configuration: KubeletConfigurationDocument;
  readonly api: ServiceAccountApi;
  readonly now: () => Date;
  readonly log: KubeletLog;
  /**
   * Whose answers are kept together: the node's, as in life; or each pod's, so that no pod's pull changes another's
   * verdict. Then a plugin is asked the same question once, and its answer told again.
   */
  readonly caches: 'node' | 'pod';
}

/**
 * The credential provider plugins of a node: real programs of this machine.
 *
 * @returns undefined when the node has none
 * @throws {@link WorldError} in the kubelet's words when it would not start with them
 */
export function nodeProviders(
  { credentialProviders: flags }: Pick<WorldNode, 'credentialProviders'>,
  options: NodeProvidersOptions,
): AskProviders | undefined {
  if (flags === undefined) return undefined;
  const { release, configuration, api, now, log } = options;
  const tokens = isOn('KubeletServiceAccountTokenForCredentialProviders', configuration, release);
  const configured = register(() => registerProviders(flags, release, tokens).providers);
  const alone = options.caches === 'pod';
  const programs = new Map(
    configured.map((provider) => {
      const ask = programOf(provider, flags.binDir, release);
      return [provider, alone ? askOnce(ask) : ask];
    }),
  );
  const create = () =>
    createCredentialProviders(configured, {
      release,
      ask: (provider) => programs.get(provider)!,
      api,
      now,
      log,
    });
  return alone ? forEachPod(create) : create();
}

/** What explanations need to know of the providers. @throws as {@link nodeProviders} */
export function providerFacts(
  { credentialProviders: flags }: Pick<WorldNode, 'credentialProviders'>,
  { release, configuration }: Pick<NodeProvidersOptions, 'release' | 'configuration'>,
): readonly ProviderFacts[] {
  if (flags === undefined) return [];
  const tokens = isOn('KubeletServiceAccountTokenForCredentialProviders', configuration, release);
  return register(() => registerProviders(flags, release, tokens).providers).map(
    ({ name = '', matchImages = [], tokenAttributes }) => ({
      name,
      matchImages,
      requiredAnnotations: tokenAttributes?.requiredServiceAccountAnnotationKeys ?? [],
    }),
  );
}

function register<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ProviderConfigFileError)) throw error;
    const { message, file, line } = error;
    throw new WorldError([{ message, source: { file, line } }]);
  }
}

const programOf = (
  { name = '', apiVersion = '', args = [], env = [] }: ConfiguredProvider,
  binDir: string,
  { credentialProviders: { strictDecoding: strict } }: KubeletRelease,
): AskProvider => createAskProvider({ name, binDir, apiVersion, args, env }, { environ, strict });

/** Plugins run as children of this process, as they are children of the kubelet. */
const environ = () => Object.entries(process.env).map(([name, value]) => `${name}=${value}`);

/** Equal questions have equal answers, failures too (DESIGN §3.7). */
function askOnce(ask: AskProvider): AskProvider {
  const answers = new Map<string, ReturnType<AskProvider>>();
  return (request) => {
    const key = JSON.stringify(request);
    const known = answers.get(key) ?? ask(request);
    answers.set(key, known);
    return known;
  };
}

function forEachPod(create: () => AskProviders): AskProviders {
  const ofPod = new WeakMap<Pod, AskProviders>();
  return (repository, pod) => {
    const known = ofPod.get(pod) ?? create();
    ofPod.set(pod, known);
    return known(repository, pod);
  };
}
