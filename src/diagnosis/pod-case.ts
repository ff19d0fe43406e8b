import type { SourceLocation } from '../cluster/source.js';
import type { ConsideredEntry } from '../credentials/credential.js';
import { type ClusterSurvey, surveyOf } from './cluster-survey.js';
import {
  type DeclaredRegistry,
  type DeclaredRepository,
  registryOf,
  repositoryOf,
  splitRepository,
} from './declared-registries.js';
import type { ImageFacts, PodFacts } from './facts.js';
import { type KeyMiss, keyMiss } from './key-miss.js';
import type { SecretReading } from './secret-reading.js';
import { type Trouble, troubleOf } from './trouble.js';

/** One pod as rules see it: its facts, and what follows from them. */
export interface PodCase {
  readonly facts: PodFacts;
  readonly namespace: string;
  readonly name: string;
  /** The object as written: `Deployment/web`. */
  readonly owner: { readonly kind: string; readonly name: string };
  /** The pod's list after admission, without empty names. */
  readonly listed: readonly ListedSecret[];
  readonly survey: ClusterSurvey;
  readonly images: readonly ImageCase[];
}

export interface ListedSecret {
  readonly name: string;
  /** Place in the list. */
  readonly index: number;
  /** `undefined` when the namespace has no such secret. */
  readonly reading: SecretReading | undefined;
}

/** One image of a pod as rules see it. */
export interface ImageCase {
  readonly pod: PodCase;
  readonly facts: ImageFacts;
  /** Registry host, with port; empty when the name cannot be read. */
  readonly host: string;
  /** Repository below the host. */
  readonly path: string;
  /** `undefined`: the world does not declare it. */
  readonly registry: DeclaredRegistry | undefined;
  readonly repository: DeclaredRepository | undefined;
  readonly trouble: Trouble;
}

/** Prepares the facts of a pod for the rules. */
export function podCase(facts: PodFacts): PodCase {
  const survey = surveyOf(facts.cluster);
  const namespace = facts.pod.metadata.namespace ?? 'default';
  const images: ImageCase[] = [];
  const pod: PodCase = {
    facts,
    namespace,
    name: facts.pod.metadata.name ?? '',
    owner: ownerOf(facts),
    listed: listedSecrets(facts, namespace, survey),
    survey,
    images,
  };
  for (const image of facts.images) images.push(imageCase(pod, image));
  return pod;
}

function imageCase(pod: PodCase, facts: ImageFacts): ImageCase {
  const repository = facts.repository ?? '';
  const registry = registryOf(pod.facts.registries, repository);
  return {
    pod,
    facts,
    ...splitRepository(repository),
    registry,
    repository: repositoryOf(registry, repository),
    trouble: troubleOf(facts, registry, pod.facts.keyringError !== undefined),
  };
}

function ownerOf(facts: PodFacts): PodCase['owner'] {
  const written = facts.written.object as { kind?: string; metadata?: { name?: string } } | null;
  return {
    kind: written?.kind ?? 'Pod',
    name: written?.metadata?.name ?? facts.pod.metadata.name ?? '',
  };
}

const listedSecrets = (facts: PodFacts, namespace: string, survey: ClusterSurvey): ListedSecret[] =>
  (facts.pod.spec.imagePullSecrets ?? []).flatMap(({ name }, index) =>
    name === undefined || name === '' ? [] : [{ name, index, reading: survey.secret(namespace, name) }],
  );

/** Where a name of the pull secret list is written: in the pod's object, or in the service account's. */
export function locateListed(pod: PodCase, index: number): SourceLocation {
  const { facts } = pod;
  if (facts.pullSecretsFrom === 'serviceAccount' && facts.serviceAccount !== undefined)
    return facts.serviceAccount.locate(['imagePullSecrets', index, 'name']);
  return facts.written.locate([...facts.specPath, 'imagePullSecrets', index, 'name']);
}

/** Where the pod spec, or a field of it, is written. */
export const locateSpec = (pod: PodCase, path: readonly (string | number)[] = []): SourceLocation =>
  pod.facts.written.locate([...pod.facts.specPath, ...path]);

/** Where the image is written. */
export const locateImage = ({ pod, facts }: ImageCase): SourceLocation => locateSpec(pod, facts.path);

/** `tag` or digest as it stands behind the repository: `:1.27`, `@sha256:…`. */
export const suffixOf = ({ facts }: ImageCase): string =>
  facts.digest === '' ? `:${facts.tag}` : `@${facts.digest}`;

/** An entry that did not match, and why. */
export interface Miss {
  readonly entry: ConsideredEntry;
  readonly miss: KeyMiss;
}

/** The entries of the keyring that did not match this image, in its order; those that did are not there. */
export const missesOf = (image: ImageCase): Miss[] =>
  image.facts.considered.flatMap((entry) =>
    isUsed(entry) ? [] : [{ entry, miss: keyMiss(entry.key, entry.indexKey, targetOf(image)) }],
  );

/** Whether an entry gave a credential for the image. */
export const isUsed = ({ outcome }: ConsideredEntry): boolean =>
  outcome.kind === 'matched' || outcome.kind === 'docker-hub-fallback';

const targetOf = ({ host, path, pod }: ImageCase) => ({
  host,
  path,
  mirrors: pod.facts.node.mirrors?.[host] ?? [],
});

/** Whether the image was refused because nobody vouched for it. */
export const isRefusedAs = (image: ImageCase, as: 'anonymous' | 'login' | 'access'): boolean =>
  image.trouble.kind === 'refused' && image.trouble.as === as;
