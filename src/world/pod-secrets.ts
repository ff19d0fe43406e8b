import type { DeclaredSecret } from '../cluster/declared-secrets.js';
import type { Cluster } from '../cluster/load-cluster.js';
import type { Pod, Secret } from '../cluster/objects.js';
import { pullSecretsOfPod } from '../cluster/pull-secrets.js';
import type { PodPullSecrets } from '../kubelet/sync-pod.js';

/** What the input says of secrets: those that it holds, and those that it only promises. */
export interface KnownSecrets {
  find(namespace: string, name: string): Secret | undefined;
  promised(namespace: string, name: string): DeclaredSecret | undefined;
}

export function knownSecrets({
  findSecret,
  declaredSecrets,
}: Pick<Cluster, 'findSecret' | 'declaredSecrets'>): KnownSecrets {
  const declared = new Map(
    declaredSecrets.map((secret) => [`${secret.namespace}/${secret.name}`, secret] as const),
  );
  return {
    find: (namespace, name) => findSecret(namespace, name)?.object,
    promised: (namespace, name) => declared.get(`${namespace}/${name}`),
  };
}

/** A secret that only an operator will write has a name and no content: nothing can be said about pulls with it. */
export function pullSecretsOn(pod: Pod, { find, promised }: KnownSecrets): PodPullSecrets {
  const { namespace = 'default' } = pod.metadata;
  const missing = (pod.spec.imagePullSecrets ?? [])
    .map(({ name = '' }) => (find(namespace, name) === undefined ? promised(namespace, name) : undefined))
    .find((secret) => secret !== undefined);
  // A promised secret does not count as missing; what stands for it is never read.
  const placeholder = (name: string) =>
    promised(namespace, name) && ({ metadata: { namespace, name } } satisfies Secret);
  const secrets = pullSecretsOfPod(pod, (space, name) => find(space, name) ?? placeholder(name));
  if (missing === undefined) return secrets;
  const unknown = `the content of secret "${missing.name}" is not in the files (${missing.by} will write it): add the Secret itself to the input, or say what it holds: --assume-secret ${namespace}/${missing.name}=USER@REGISTRY`;
  return { ...secrets, unknown };
}
