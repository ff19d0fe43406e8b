import type { Cluster } from '../cluster/load-cluster.js';
import type { LoadedPod } from '../cluster/load-pod.js';
import type { PullSecretList } from '../diagnosis/facts.js';
import { registryFacts } from './registry-facts.js';
import type { ReportFacts } from './report-pod.js';
import type { World } from './world.js';

/** What reports on the pods of a cluster share. */
export const reportFacts = (cluster: Omit<Cluster, 'errors' | 'warnings'>, world: World): ReportFacts => ({
  cluster: {
    secrets: cluster.secrets,
    serviceAccounts: cluster.serviceAccounts,
    refusedSecrets: cluster.refusedSecrets,
    declaredSecrets: cluster.declaredSecrets,
    replacedServiceAccounts: cluster.replacedServiceAccounts,
    pullSecretLists: cluster.pods.flatMap(pullSecretList),
    alwaysPullImages: world.alwaysPullImages,
  },
  registries: registryFacts(world),
  kubernetesVersion: world.kubernetesVersion,
});

function pullSecretList(loaded: LoadedPod): readonly PullSecretList[] {
  const names = loaded.admitted
    ? (loaded.pod.spec.imagePullSecrets ?? []).flatMap(({ name }) => name || [])
    : [];
  const { namespace, owner, name } = loaded;
  return names.length === 0 ? [] : [{ owner: owner ?? `Pod/${name}`, namespace, names }];
}
