import { type ByteString, byteStringOf } from '../credentials/byte-string.js';
import { goJsonString } from '../credentials/go-json-text.js';
import { readObjectKind } from './object-kind.js';
import { decodeTyped, type Shape, type StructShape } from './typed-json.js';

const group = 'credentialprovider.kubelet.k8s.io';

/** Versions of the exec protocol, in sorted order as errors list them. */
export const providerVersions = [`${group}/v1`, `${group}/v1alpha1`, `${group}/v1beta1`] as const;
export type ProviderVersion = (typeof providerVersions)[number];

/** The only one that carries service account tokens. */
export const serviceAccountVersion: ProviderVersion = `${group}/v1`;

export const isProviderVersion = (apiVersion: string): apiVersion is ProviderVersion =>
  providerVersions.some((version) => version === apiVersion);

/** What a plugin is asked. */
export interface ProviderRequest {
  /** Without tag and digest: `docker.io/library/nginx`. */
  readonly image: string;
  readonly serviceAccountToken?: string;
  readonly serviceAccountAnnotations?: Readonly<Record<string, string>>;
}

/** What a plugin answered. */
export interface ProviderResponse {
  /** `Image`, `Registry` or `Global`; nothing else is checked while decoding. */
  readonly cacheKeyType: string;
  /** Nanoseconds. */
  readonly cacheDuration?: number;
  /** By pattern, in document order; no prototype. Absent: `null`. */
  readonly auth?: Readonly<Record<string, { readonly username?: string; readonly password?: string }>>;
}

/**
 * The line that a plugin reads from standard input (kubelet.md §8.3), in the bytes of Go's encoder.
 *
 * @throws RangeError for a version that the protocol does not have
 */
export function encodeProviderRequest(apiVersion: string, request: ProviderRequest): string {
  if (!isProviderVersion(apiVersion)) throw new RangeError(`no such version: ${apiVersion}`);
  const members = [
    `"kind":"CredentialProviderRequest"`,
    `"apiVersion":${goJsonString(apiVersion)}`,
    `"image":${goJsonString(request.image)}`,
    ...(apiVersion === serviceAccountVersion ? serviceAccountMembers(request) : []),
  ];
  return `{${members.join(',')}}\n`;
}

function serviceAccountMembers({
  serviceAccountToken: token = '',
  serviceAccountAnnotations: annotations = {},
}: ProviderRequest): readonly string[] {
  const pairs = Object.keys(annotations)
    .sort()
    .map((key) => `${goJsonString(key)}:${goJsonString(annotations[key] ?? '')}`);
  return [
    ...(token === '' ? [] : [`"serviceAccountToken":${goJsonString(token)}`]),
    ...(pairs.length === 0 ? [] : [`"serviceAccountAnnotations":{${pairs.join(',')}}`]),
  ];
}

/**
 * Decodes what a plugin wrote to standard output: JSON, not YAML.
 *
 * @param strict unknown and duplicate fields are errors (since 1.32)
 * @throws Error whose message may hold credentials: never show it
 */
export function decodeProviderResponse(output: Uint8Array, strict: boolean): ProviderResponse {
  const source: ByteString = byteStringOf(output);
  const { apiVersion, kind } = readObjectKind(source);
  if (kind !== 'CredentialProviderResponse' || !isProviderVersion(apiVersion))
    throw new Error('not a CredentialProviderResponse');
  const { value, strictProblems } = decodeTyped(source, responseShape);
  const [problem] = strictProblems;
  if (strict && problem !== undefined) throw new Error(problem.message);
  const { cacheKeyType = '', cacheDuration, auth } = value as Partial<ProviderResponse>;
  return {
    cacheKeyType,
    ...(cacheDuration !== undefined && { cacheDuration }),
    ...(auth !== undefined && { auth }),
  };
}

const text: Shape = { kind: 'string', goType: 'string' };

const authShape: StructShape = {
  kind: 'struct',
  goType: 'v1.AuthConfig',
  fields: { username: text, password: text },
};

const responseShape: StructShape = {
  kind: 'struct',
  goType: 'v1.CredentialProviderResponse',
  fields: {
    kind: text,
    apiVersion: text,
    cacheKeyType: text,
    cacheDuration: { kind: 'duration' },
    auth: { kind: 'map', goType: 'map[string]v1.AuthConfig', of: authShape },
  },
};
