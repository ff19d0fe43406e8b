/**
 * Good manifests, secrets and worlds made bad in exactly the way that a rule tells of: for tests of tools that have to
 * cope, and for lessons.
 *
 * ```ts
 * import { breakSecret } from 'pullsim/mutators';
 * await applyToCluster(breakSecret(goodSecret, 'SEC04'));        // base64 of base64
 * ```
 *
 * @packageDocumentation
 */
import { imageMutations } from './image-mutations.js';
import type { Manifest, Mutation, Mutations, SecretManifest, WorldPart } from './mutation.js';
import { podMutations } from './pod-mutations.js';
import { containersOf, hasPod, specOf, withSpec } from './pod-spec.js';
import { secretMutations } from './secret-mutations.js';
import { worldMutations } from './world-mutations.js';

export type { Manifest, SecretManifest, WorldPart } from './mutation.js';

const mutations: Mutations = { ...imageMutations, ...podMutations, ...secretMutations, ...worldMutations };

/** The rules for which there is a mutator, with what it changes. */
export const mutators: Readonly<Record<string, Mutation['of']>> = Object.fromEntries(
  Object.entries(mutations).map(([rule, { of }]) => [rule, of]),
);

/**
 * A good pull secret, broken as this rule tells. The secret is not changed; a copy is given back.
 *
 * @param rule the id of a rule: `SEC04`, `KEY03`
 * @throws TypeError for a rule that is not about secrets, or a secret that has no docker config
 */
export function breakSecret<T extends SecretManifest>(secret: T, rule: string): T {
  return mutationOf(rule, ['secret', 'earlier-secret']).apply(secret) as T;
}

/** A good pod or workload, broken as this rule tells: in its list, its policy, or the names of its images. */
export function breakPod<T extends Manifest>(pod: T, rule: string): T {
  const mutation = mutationOf(rule, ['pod', 'image']);
  return (mutation.of === 'pod' ? mutation.apply(pod) : withImages(pod, mutation.apply)) as T;
}

/** A good image name, broken as this rule tells. */
export const breakImage = (image: string, rule: string): string => mutationOf(rule, ['image']).apply(image);

/** A good service account, broken as this rule tells. */
export const breakServiceAccount = <T extends Manifest>(account: T, rule: string): T =>
  mutationOf(rule, ['account']).apply(account) as T;

/** A good world, broken as this rule tells: what its registries answer, or what its nodes are set to. */
export const breakWorld = <T extends WorldPart>(world: T, rule: string): T =>
  mutationOf(rule, ['world']).apply(world) as T;

/**
 * Good manifests, broken as this rule tells, in the first object that the rule is about.
 *
 * @throws TypeError when nothing in them can be broken that way
 */
export function breakManifests(manifests: readonly Manifest[], rule: string): readonly Manifest[] {
  const mutation = mutationOf(rule);
  switch (mutation.of) {
    case 'manifests':
      return mutation.apply(manifests);
    case 'earlier-secret':
      return changeFirst(manifests, isSecret, rule, (secret) => [mutation.apply(secret), secret]);
    case 'secret':
      return changeFirst(manifests, isSecret, rule, (secret) => [mutation.apply(secret)]);
    case 'account':
      return changeFirst(manifests, isAccount, rule, (account) => [mutation.apply(account)]);
    case 'pod':
      return changeFirst(manifests, hasPod, rule, (pod) => [mutation.apply(pod)]);
    case 'image':
      return changeFirst(manifests, hasPod, rule, (pod) => [withImages(pod, mutation.apply)]);
    case 'world':
      throw new TypeError(`rule ${rule} is about the world, not about manifests: use breakWorld`);
    default:
      return mutation satisfies never;
  }
}

const isSecret = ({ kind }: Manifest): boolean => kind === 'Secret';
const isAccount = ({ kind }: Manifest): boolean => kind === 'ServiceAccount';

function mutationOf<K extends Mutation['of']>(
  rule: string,
  wanted?: readonly K[],
): Extract<Mutation, { of: K }> {
  const mutation = mutations[rule.toUpperCase()];
  if (mutation === undefined) throw new TypeError(`there is no mutator for rule ${rule}`);
  if (wanted !== undefined && !(wanted as readonly string[]).includes(mutation.of))
    throw new TypeError(`the mutator of rule ${rule} changes the ${mutation.of}`);
  return mutation as Extract<Mutation, { of: K }>;
}

function changeFirst(
  manifests: readonly Manifest[],
  fits: (manifest: Manifest) => boolean,
  rule: string,
  change: (manifest: Manifest) => readonly Manifest[],
): readonly Manifest[] {
  const index = manifests.findIndex(fits);
  const found = manifests[index];
  if (found === undefined)
    throw new TypeError(`rule ${rule}: nothing in the manifests can be broken that way`);
  return manifests.toSpliced(index, 1, ...change(found));
}

function withImages(pod: Manifest, change: (image: string) => string): Manifest {
  const spec = specOf(pod);
  const containers = containersOf(spec).map((container) => ({
    ...container,
    image: change(String(container.image)),
  }));
  return withSpec(pod, { ...spec, containers });
}
