import { isJsonObject, type JsonObject, type JsonValue } from './json-value.js';
import type { Manifest } from './read-manifests.js';
import type { SourceLocation } from './source.js';

/**
 * A secret that the manifests promise without its content: an operator will write it, or it is encrypted. Its name is
 * known, so a reference to it is good; what it holds is not.
 */
export interface DeclaredSecret {
  readonly namespace: string;
  readonly name: string;
  /** When the promise says it: `kubernetes.io/dockerconfigjson`. */
  readonly type?: string;
  /** `ExternalSecret regcred` */
  readonly by: string;
  readonly source: SourceLocation;
}

/** Groups of the kinds that become secrets, and where each says the secret's name and type. */
const promises: readonly {
  readonly kind: string;
  readonly group: string;
  readonly name: readonly string[];
  readonly type: readonly string[];
}[] = [
  {
    kind: 'ExternalSecret',
    group: 'external-secrets.io',
    name: ['spec', 'target', 'name'],
    type: ['spec', 'target', 'template', 'type'],
  },
  { kind: 'ExternalSecret', group: 'kubernetes-client.io', name: [], type: ['spec', 'template', 'type'] },
  {
    kind: 'SealedSecret',
    group: 'bitnami.com',
    name: ['spec', 'template', 'metadata', 'name'],
    type: ['spec', 'template', 'type'],
  },
];

/** The secret that an object of another group promises; `undefined` when it promises none. */
export function declaredSecret(manifest: Manifest, defaultNamespace: string): DeclaredSecret | undefined {
  const { object } = manifest;
  const group = String(object.apiVersion ?? '').split('/')[0];
  const promise = promises.find((candidate) => candidate.kind === object.kind && candidate.group === group);
  return promise === undefined ? undefined : describe(manifest, defaultNamespace, promise.name, promise.type);
}

/** A Secret that SOPS has encrypted: its values are no base64 before it is decrypted. */
export function encryptedSecret(manifest: Manifest, defaultNamespace: string): DeclaredSecret | undefined {
  const isEncrypted = isJsonObject(manifest.object.sops);
  return isEncrypted ? describe(manifest, defaultNamespace, [], ['type']) : undefined;
}

function describe(
  { object, source }: Manifest,
  defaultNamespace: string,
  namePath: readonly string[],
  typePath: readonly string[],
): DeclaredSecret | undefined {
  const own = textAt(object, ['metadata', 'name']);
  const name = (namePath.length > 0 ? textAt(object, namePath) : undefined) ?? own;
  if (name === undefined) return undefined;
  const type = textAt(object, typePath);
  return {
    namespace: textAt(object, ['metadata', 'namespace']) ?? defaultNamespace,
    name,
    ...(type === undefined ? {} : { type }),
    by: `${String(object.kind)} ${own ?? name}`,
    source,
  };
}

function textAt(object: JsonObject, path: readonly string[]): string | undefined {
  let value: JsonValue | undefined = object;
  for (const step of path) {
    value = isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return typeof value === 'string' && value !== '' ? value : undefined;
}
