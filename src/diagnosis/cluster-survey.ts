import type { DeclaredSecret } from '../cluster/declared-secrets.js';
import type { ServiceAccount } from '../cluster/objects.js';
import type { Sourced } from '../cluster/source.js';
import type { ClusterFacts, PullSecretList, RefusedSecret } from './facts.js';
import { entryFor } from './key-serves.js';
import { readSecret, type SecretReading } from './secret-reading.js';

/** The secrets and service accounts of a run, found by name, by namespace and by what they could pull. */
export interface ClusterSurvey {
  secret(namespace: string, name: string): SecretReading | undefined;
  secretsIn(namespace: string): readonly SecretReading[];
  /** Secrets of that name, wherever they are, in the order of the input. */
  secretsNamed(name: string): readonly SecretReading[];
  /** Secrets anywhere whose content has an entry for the repository, whatever their type. */
  secretsFor(repository: string): readonly SecretReading[];
  /** A secret of the input that the API server refuses. */
  refused(namespace: string, name: string): RefusedSecret | undefined;
  serviceAccountsIn(namespace: string): readonly Sourced<ServiceAccount>[];
  /** A secret that the input promises without its content. */
  declared(namespace: string, name: string): DeclaredSecret | undefined;
  /** Names that pods of a namespace list, each with the first object that does: `Deployment/web`. */
  listersIn(namespace: string): ReadonlyMap<string, string>;
}

/** Surveys a cluster; the answer is remembered with the value, so that 10,000 pods cost one reading. */
export function surveyOf(cluster: ClusterFacts): ClusterSurvey {
  const known = surveys.get(cluster);
  if (known !== undefined) return known;
  const survey = createSurvey(cluster);
  surveys.set(cluster, survey);
  return survey;
}

const surveys = new WeakMap<ClusterFacts, ClusterSurvey>();

function createSurvey(cluster: ClusterFacts): ClusterSurvey {
  const readings = cluster.secrets.map(readSecret);
  const byPath = new Map(readings.map((reading) => [`${reading.namespace}/${reading.name}`, reading]));
  const byNamespace = groupBy(readings, (reading) => reading.namespace);
  const byName = groupBy(readings, (reading) => reading.name);
  const accounts = groupBy(cluster.serviceAccounts, namespaceOf);
  const refused = cluster.refusedSecrets ?? [];
  const listers = listersByNamespace(cluster.pullSecretLists ?? []);
  const byRepository = new Map<string, readonly SecretReading[]>();
  return {
    secret: (namespace, name) => byPath.get(`${namespace}/${name}`),
    secretsIn: (namespace) => byNamespace.get(namespace) ?? [],
    secretsNamed: (name) => byName.get(name) ?? [],
    secretsFor: (repository) =>
      remember(byRepository, repository, () =>
        readings.filter((reading) => entryFor(reading, repository) !== undefined),
      ),
    refused: (namespace, name) =>
      refused.find(({ secret }) => namespaceOf(secret) === namespace && secret.object.metadata.name === name),
    serviceAccountsIn: (namespace) => accounts.get(namespace) ?? [],
    declared: (namespace, name) =>
      cluster.declaredSecrets?.find((secret) => secret.namespace === namespace && secret.name === name),
    listersIn: (namespace) => listers.get(namespace) ?? new Map(),
  };
}

function listersByNamespace(lists: readonly PullSecretList[]): Map<string, Map<string, string>> {
  const namespaces = new Map<string, Map<string, string>>();
  for (const { namespace, owner, names } of lists) {
    const listers = remember(namespaces, namespace, () => new Map<string, string>());
    for (const name of names) if (!listers.has(name)) listers.set(name, owner);
  }
  return namespaces;
}

const namespaceOf = (object: Sourced<{ readonly metadata: { readonly namespace?: string } }>): string =>
  object.object.metadata.namespace ?? 'default';

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) remember(groups, keyOf(item), () => []).push(item);
  return groups;
}

function remember<K, V>(memory: Map<K, V>, key: K, make: () => V): V {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  memory.set(key, made);
  return made;
}
