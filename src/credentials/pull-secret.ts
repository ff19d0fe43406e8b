import { CorruptBase64, decodeBase64 } from '../wire/go-base64.js';
import type { CredentialSource, IgnoredSecret, PullSecret } from './credential.js';
import { type DockerConfig, decodeDockerConfigJson, decodeDockercfg } from './docker-config.js';

/** The two types of secret that the kubelet reads, with the key each one needs (kubelet.md §2.1). */
const formats: ReadonlyMap<string, { key: string; decode: (content: Uint8Array) => DockerConfig }> = new Map([
  ['kubernetes.io/dockerconfigjson', { key: '.dockerconfigjson', decode: decodeDockerConfigJson }],
  ['kubernetes.io/dockercfg', { key: '.dockercfg', decode: decodeDockercfg }],
]);

/** What a secret gives to the keyring, or why it takes no part: silently, in life. */
export type SecretContent = { readonly config: DockerConfig } | { readonly ignored: IgnoredSecret };

/**
 * Reads one pull secret.
 *
 * @throws InvalidDockerConfig for content that cannot be decoded, which costs the pod its whole keyring
 * @throws {@link InvalidSecretData} when `data` itself is no base64
 */
export function readPullSecret(secret: PullSecret): SecretContent {
  const { type = '' } = secret;
  const format = formats.get(type);
  if (format === undefined) return ignore(secret, 'type');
  const content = contentOf(secret, format.key);
  if (content === undefined) return ignore(secret, 'key-missing');
  if (content.length === 0) return ignore(secret, 'value-empty');
  return { config: format.decode(content) };
}

/** A value of `data` that is no base64: the API server refuses such a secret, so no kubelet ever sees one. */
export class InvalidSecretData extends Error {
  override readonly name = 'InvalidSecretData';
}

/** Where the credentials of a secret come from: its coordinates. */
export function sourceOf({ metadata }: PullSecret): CredentialSource & { kind: 'secret' } {
  const { namespace = 'default', name = '', uid = '' } = metadata;
  return { kind: 'secret', namespace, name, uid };
}

/** `stringData` wins over `data`, as when the API server stores it. */
function contentOf(secret: PullSecret, key: string): Uint8Array | undefined {
  const plain = secret.stringData?.[key];
  if (plain !== undefined) return new TextEncoder().encode(plain);
  const encoded = secret.data?.[key];
  if (encoded === undefined) return undefined;
  try {
    return decodeBase64(encoded);
  } catch (error) {
    if (!(error instanceof CorruptBase64)) throw error;
    const { namespace, name } = sourceOf(secret);
    throw new InvalidSecretData(`secret ${namespace}/${name}: data[${key}] is no base64: ${error.message}`);
  }
}

function ignore(secret: PullSecret, because: IgnoredSecret['because']): SecretContent {
  const { namespace, name } = sourceOf(secret);
  return { ignored: { namespace, name, because, type: secret.type ?? '' } };
}
