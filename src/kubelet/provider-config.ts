import { goQuote } from '../image/go-quote.js';
import type { KubeletRelease } from '../versions/kubelet.js';
import {
  type ConfigurationText,
  readConfigurationText,
  UnreadableConfiguration,
} from './configuration-text.js';
import { readObjectKind, UnreadableKind } from './object-kind.js';
import { decodeTyped, type Shape, type StructShape, TypedJsonError } from './typed-json.js';

/** One provider of a `CredentialProviderConfig`, decoded and not yet validated: nothing need be there. */
export interface ProviderConfig {
  /** Of the executable in the bin directory. */
  readonly name?: string;
  readonly matchImages?: readonly string[];
  /** Nanoseconds. */
  readonly defaultCacheDuration?: number;
  /** Of the exec protocol: `credentialprovider.kubelet.k8s.io/v1`. */
  readonly apiVersion?: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name?: string; readonly value?: string }[];
  readonly tokenAttributes?: TokenAttributes;
}

/** KEP-4412: the provider gets a token of the pod's service account. */
export interface TokenAttributes {
  readonly serviceAccountTokenAudience?: string;
  /** What answers are cached for; since 1.34. */
  readonly cacheType?: string;
  readonly requireServiceAccount?: boolean;
  readonly requiredServiceAccountAnnotationKeys?: readonly string[];
  readonly optionalServiceAccountAnnotationKeys?: readonly string[];
}

/** A configuration with which the kubelet does not start. The message is its text. */
export class ProviderConfigError extends Error {
  override readonly name = 'ProviderConfigError';
  /** From 1; of the field at fault, when one is. */
  readonly line: number;
  constructor(message: string, line = 1) {
    super(message);
    this.line = line;
  }
}

/** The providers of one file, with their lines. */
export type DecodedProvider = ProviderConfig & { readonly line: number };

/**
 * Decodes one `CredentialProviderConfig` file (kubelet.md §8.1): JSON or YAML, strictly since 1.32.
 *
 * @throws {@link ProviderConfigError}
 */
export function decodeProviderConfig(
  text: string,
  release: Pick<KubeletRelease, 'credentialProviders' | 'featureGates'>,
): readonly DecodedProvider[] {
  const file = readText(text);
  const version = readVersion(file);
  const { value, problem } = decode(file, configShape(version, release));
  if (release.credentialProviders.strictDecoding && problem !== undefined) throw problem;
  const { providers = [] } = value as { readonly providers?: readonly ProviderConfig[] };
  return providers.map((provider, index) => ({ ...provider, line: file.lineOf(['providers', index]) }));
}

function readText(text: string): ConfigurationText {
  try {
    return readConfigurationText(text);
  } catch (error) {
    if (error instanceof UnreadableConfiguration) throw new ProviderConfigError(error.message, error.line);
    throw error;
  }
}

const group = 'kubelet.config.k8s.io';
const kind = 'CredentialProviderConfig';

/** What else the decoder knows, and the kubelet then refuses. */
const otherKinds: Readonly<Record<string, readonly string[]>> = {
  [`${group}/v1`]: [],
  [`${group}/v1beta1`]: ['KubeletConfiguration', 'SerializedNodeConfigSource'],
  [`${group}/v1alpha1`]: [],
};

function readVersion(file: ConfigurationText): string {
  const object = readKind(file);
  if (object.kind === '') throw new ProviderConfigError("Object 'Kind' is missing");
  if (object.version === '') throw new ProviderConfigError("Object 'apiVersion' is missing");
  const others = otherKinds[object.apiVersion];
  if (others?.includes(object.kind)) {
    throw new ProviderConfigError(
      `failed to decode ${goQuote(object.kind)} (wrong Kind)`,
      file.lineOf(['kind']),
    );
  }
  if (others === undefined || object.kind !== kind) {
    throw new ProviderConfigError(
      `no kind ${goQuote(object.kind)} is registered for version ${goQuote(object.apiVersion)}`,
      file.lineOf([others === undefined ? 'apiVersion' : 'kind']),
    );
  }
  return object.version;
}

function readKind(file: ConfigurationText) {
  try {
    return readObjectKind(file.json);
  } catch (error) {
    if (error instanceof UnreadableKind) throw new ProviderConfigError(error.message);
    throw error;
  }
}

interface Decoded {
  readonly value: unknown;
  /** What strict decoding refuses. */
  readonly problem?: ProviderConfigError;
}

function decode(file: ConfigurationText, shape: StructShape): Decoded {
  try {
    const { value, strictProblems } = decodeTyped(file.json, shape);
    const problems = [
      ...(file.duplicates === undefined ? [] : [file.duplicates]),
      ...strictProblems.map(({ message, path }) => ({ message, line: file.lineOf(path) })),
    ];
    const [first] = problems;
    if (first === undefined) return { value };
    const message = `strict decoding error: ${problems.map((problem) => problem.message).join(', ')}`;
    return { value, problem: new ProviderConfigError(message, first.line) };
  } catch (error) {
    if (!(error instanceof TypedJsonError)) throw error;
    throw new ProviderConfigError(error.message, file.lineOf(error.path));
  }
}

const text: Shape = { kind: 'string', goType: 'string' };
const texts: Shape = { kind: 'list', goType: '[]string', of: text };

/** The fields of a version: the attributes of tokens came later, and only to v1. */
function configShape(
  version: string,
  { credentialProviders, featureGates }: Pick<KubeletRelease, 'credentialProviders' | 'featureGates'>,
): StructShape {
  const hasTokens =
    version === 'v1' && featureGates.KubeletServiceAccountTokenForCredentialProviders !== 'absent';
  const provider: StructShape = {
    kind: 'struct',
    goType: `${version}.CredentialProvider`,
    fields: {
      name: text,
      matchImages: texts,
      defaultCacheDuration: { kind: 'duration' },
      apiVersion: text,
      args: texts,
      env: { kind: 'list', goType: `[]${version}.ExecEnvVar`, of: envShape(version) },
      ...(hasTokens && { tokenAttributes: tokenShape(version, credentialProviders.tokenCacheType) }),
    },
  };
  return {
    kind: 'struct',
    goType: `${version}.${kind}`,
    fields: {
      kind: text,
      apiVersion: text,
      providers: { kind: 'list', goType: `[]${version}.CredentialProvider`, of: provider },
    },
  };
}

const envShape = (version: string): StructShape => ({
  kind: 'struct',
  goType: `${version}.ExecEnvVar`,
  fields: { name: text, value: text },
});

const tokenShape = (version: string, hasCacheType: boolean): StructShape => ({
  kind: 'struct',
  goType: `${version}.ServiceAccountTokenAttributes`,
  fields: {
    serviceAccountTokenAudience: text,
    ...(hasCacheType && {
      cacheType: { kind: 'string', goType: `${version}.ServiceAccountTokenCacheType` } as const,
    }),
    requireServiceAccount: { kind: 'bool', goType: 'bool' },
    requiredServiceAccountAnnotationKeys: texts,
    optionalServiceAccountAnnotationKeys: texts,
  },
});
