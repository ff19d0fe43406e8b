import { type BasicKeyring, createBasicKeyring } from './basic-keyring.js';
import { toByteString } from './byte-string.js';
import type {
  ConsideredEntry,
  Credential,
  CredentialSource,
  IgnoredSecret,
  PullSecret,
} from './credential.js';
import { type CredentialEntry, credentialEntries } from './credential-entry.js';
import { type Auths, entriesOf, InvalidDockerConfig } from './docker-config.js';
import { readPullSecret, sourceOf } from './pull-secret.js';

/** What {@link createKeyring} takes. Everything may be absent. */
export interface KeyringOptions {
  /** The pod's pull secrets that were found, in the order of its list; a name listed twice comes twice. */
  readonly secrets?: readonly PullSecret[];
  /** The node's own docker config. */
  readonly node?: NodeCredentials;
  /** What credential providers answered for this image, in the order of their configuration. */
  readonly providers?: readonly ProviderCredentials[];
  /**
   * How node and providers are joined (kubelet.md §2.7): `separate` looks them up one after the other (1.33 and
   * later, the default); `merged` makes one index of both, providers in name order (1.32 and earlier).
   */
  readonly nodeAndProviders?: 'separate' | 'merged';
}

/** The `auths` of a node's config.json, or a whole .dockercfg. */
export interface NodeCredentials {
  readonly auths: Auths;
  /** Where it was read from. */
  readonly file?: string;
}

/** The `auth` map of one credential provider's answer. */
export interface ProviderCredentials {
  readonly provider: string;
  readonly auths: Auths;
  /** Set when the provider was called with this service account's token. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string; readonly uid: string };
}

/** All credentials that a pod and its node have. Look-ups ask nobody. */
export interface Keyring {
  /**
   * The credentials for a repository, in the order in which the kubelet offers them to the runtime; none means that
   * the pull is anonymous. Nothing is parsed: give it `parseImageName(image).repository`.
   */
  lookup(repository: string): readonly Credential[];
  /** What became of every entry for this repository, in document order: for explanations, slower than a lookup. */
  consider(repository: string): readonly ConsideredEntry[];
  /** Secrets that took no part. */
  readonly ignored: readonly IgnoredSecret[];
}

/**
 * A pull secret that cannot be decoded. It costs the pod every credential, also for other registries and although the
 * node has some. The message is the text that the kubelet shows, for example `unexpected end of JSON input`.
 */
export class KeyringError extends Error {
  override readonly name = 'KeyringError';
  /** The first such secret of the list. */
  readonly secret: { readonly namespace: string; readonly name: string };
  constructor(message: string, secret: { readonly namespace: string; readonly name: string }) {
    super(message);
    this.secret = secret;
  }
}

/**
 * Builds the keyring of one pod as the kubelet does (kubelet.md §2): secrets first, then the node, then credential
 * providers; within each the more specific key first, then the order of the secrets.
 *
 * ```ts
 * const keyring = createKeyring({ secrets: [regcred] });
 * keyring.lookup('docker.io/acme/payments');   // [{ username, password, source: { kind: 'secret', … }, key, … }]
 * ```
 *
 * Entries of one secret whose keys mean the same (`reg.io`, `https://reg.io`) come in document order; the kubelet takes
 * them in random order.
 *
 * @throws {@link KeyringError} when a secret of a right type cannot be decoded
 */
export function createKeyring(options: KeyringOptions): Keyring {
  const { secrets = [], node, providers = [] } = options;
  const { entries, ignored } = readSecrets(secrets);
  const parts = [
    { name: '.dockercfg', entries: node === undefined ? [] : nodeEntries(node) },
    ...providers.map((answer) => ({ name: answer.provider, entries: providerEntries(answer) })),
  ];
  const rings =
    options.nodeAndProviders === 'merged'
      ? [entries, inNameOrder(parts)]
      : [entries, parts[0]?.entries ?? [], parts.slice(1).flatMap((part) => part.entries)];
  return uniteKeyrings(rings.filter((ring) => ring.length > 0).map(createBasicKeyring), ignored);
}

/** One keyring after the other; each has its own Docker Hub fall-back. */
export function uniteKeyrings(
  keyrings: readonly BasicKeyring[],
  ignored: readonly IgnoredSecret[] = [],
): Keyring {
  return {
    lookup: (repository) => keyrings.flatMap((keyring) => keyring.lookup(repository)),
    consider: (repository) => keyrings.flatMap((keyring) => keyring.consider(repository)),
    ignored,
  };
}

interface SecretEntries {
  readonly entries: readonly CredentialEntry[];
  readonly ignored: readonly IgnoredSecret[];
}

function readSecrets(secrets: readonly PullSecret[]): SecretEntries {
  const entries: CredentialEntry[] = [];
  const ignored: IgnoredSecret[] = [];
  for (const secret of secrets) {
    const content = decoded(secret);
    if ('ignored' in content) ignored.push(content.ignored);
    else for (const entry of credentialEntries(sourceOf(secret), content.config.entries)) entries.push(entry);
  }
  return { entries, ignored };
}

function decoded(secret: PullSecret) {
  try {
    return readPullSecret(secret);
  } catch (error) {
    if (!(error instanceof InvalidDockerConfig)) throw error;
    const { namespace, name } = sourceOf(secret);
    throw new KeyringError(error.message, { namespace, name });
  }
}

function nodeEntries({ auths, file }: NodeCredentials): readonly CredentialEntry[] {
  const source: CredentialSource = file === undefined ? { kind: 'node' } : { kind: 'node', file };
  return credentialEntries(source, entriesOf(auths));
}

function providerEntries({
  provider,
  auths,
  serviceAccount,
}: ProviderCredentials): readonly CredentialEntry[] {
  const source: CredentialSource = { kind: 'provider', provider };
  return credentialEntries(
    serviceAccount === undefined ? source : { ...source, serviceAccount },
    entriesOf(auths),
  );
}

/** Until 1.32 the node's file was one registered provider among the others, named `.dockercfg`. */
function inNameOrder(parts: readonly { name: string; entries: readonly CredentialEntry[] }[]) {
  return parts
    .toSorted((left, right) => (toByteString(left.name) < toByteString(right.name) ? -1 : 1))
    .flatMap((part) => part.entries);
}
