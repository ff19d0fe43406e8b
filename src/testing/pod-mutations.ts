import type { Manifest, Mutation, Mutations } from './mutation.js';
import { containersOf, specOf, withSpec } from './pod-spec.js';

type Spec = Readonly<Record<string, unknown>>;

const pod = (change: (spec: Spec) => Spec): Mutation => ({
  of: 'pod',
  apply: (manifest) => withSpec(manifest, change(specOf(manifest))),
});
const list = (...names: readonly unknown[]): Mutation =>
  pod((spec) => ({ ...spec, imagePullSecrets: names.map((name) => ({ name })) }));
const withoutList = pod(({ imagePullSecrets: _, ...spec }) => spec);
const containers = (change: (container: Spec) => Spec): Mutation =>
  pod((spec) => ({ ...spec, containers: containersOf(spec).map(change) }));
const renamed = (change: (name: string) => unknown): Mutation =>
  pod((spec) => ({ ...spec, imagePullSecrets: namesOf(spec).map((name) => ({ name: change(name) })) }));

const namesOf = ({ imagePullSecrets }: Spec): string[] =>
  ((imagePullSecrets ?? []) as readonly { readonly name: string }[]).map(({ name }) => name);

/** Mistakes in a pod, in a workload's template or in a service account, by the rule that tells them. */
export const podMutations: Mutations = {
  REF02: renamed((name) => name.replace(/(.)(.)$/, '$2$1')),
  REF03: withoutList,
  REF04: list('another-secret'),
  REF07: pod((spec) => ({ ...spec, serviceAccountName: 'builder' })),
  REF08: {
    of: 'pod',
    apply: (manifest) => {
      const { imagePullSecrets, ...spec } = specOf(manifest);
      const { spec: outer, ...rest } = withSpec(manifest, spec) as Manifest & { readonly spec: Spec };
      return { ...rest, spec: { imagePullSecrets, ...outer } } as Manifest;
    },
  },
  REF09: pod((spec) => ({ ...spec, imagePullSecrets: namesOf(spec) })),
  REF10: list(''),
  REF11: {
    of: 'account',
    apply: (account) => {
      const { imagePullSecrets, ...rest } = account as Manifest & Spec;
      return { ...rest, secrets: imagePullSecrets } as Manifest;
    },
  },
  REF12: {
    of: 'manifests',
    apply: (manifests) => [
      ...manifests,
      ...manifests
        .filter(({ kind }) => kind === 'ServiceAccount')
        .map((account) => ({ ...account, imagePullSecrets: [{ name: 'another-secret' }] })),
    ],
  },
  EPH01: withoutList,
  VOL01: withoutList,
  HELM01: renamed((name) => `map[name:${name}]`),
  HELM02: withoutList,
  SYNC01: {
    of: 'manifests',
    apply: (manifests) =>
      manifests.filter(({ kind }) => kind !== 'Secret').map((manifest) => withoutTemplate(manifest)),
  },
  NODE02: withoutList,
  NODE03: withoutList,
  NODE04: containers((container) => ({ ...container, imagePullPolicy: 'Never' })),
  NODE08: {
    of: 'account',
    apply: (account) => {
      const { annotations: _, ...metadata } = account.metadata ?? {};
      return { ...account, metadata };
    },
  },
  NODE05: containers(({ imagePullPolicy: _, ...container }) => container),
  API01: pod((spec) => ({
    ...spec,
    imagePullSecrets: [...namesOf(spec), ...namesOf(spec)].map((name) => ({ name })),
  })),
  YAML01: {
    of: 'pod',
    apply: (manifest) => {
      const { spec, ...rest } = manifest as Manifest & { readonly spec: Spec };
      return { ...rest, spec: { ...spec, replicaCount: 2 } } as Manifest;
    },
  },
  YAML03: { of: 'manifests', apply: (manifests) => [...manifests, ...manifests.slice(-1)] },
};

/** An ExternalSecret that leaves the type to the operator. */
function withoutTemplate(manifest: Manifest): Manifest {
  if (manifest.kind !== 'ExternalSecret') return manifest;
  const { spec } = manifest as Manifest & { readonly spec: { readonly target: Spec } };
  const { template: _, ...target } = spec.target;
  return { ...manifest, spec: { ...spec, target } } as Manifest;
}
