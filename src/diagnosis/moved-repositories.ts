/** Registries and organisations whose old names are closed or retired. `from` is the beginning of the repository name. */
const moves: readonly { readonly from: string; readonly to: string; readonly because: string }[] = [
  { from: 'k8s.gcr.io/', to: 'registry.k8s.io/', because: 'k8s.gcr.io was closed in 2023' },
  {
    from: 'gcr.io/google_containers/',
    to: 'registry.k8s.io/',
    because: "Kubernetes' images are on registry.k8s.io",
  },
  {
    from: 'gcr.io/google-containers/',
    to: 'registry.k8s.io/',
    because: "Kubernetes' images are on registry.k8s.io",
  },
  {
    from: 'gcr.io/kubernetes-e2e-test-images/',
    to: 'registry.k8s.io/e2e-test-images/',
    because: "Kubernetes' test images are on registry.k8s.io",
  },
  {
    from: 'gcr.io/kubebuilder/kube-rbac-proxy',
    to: 'quay.io/brancz/kube-rbac-proxy',
    because: 'gcr.io/kubebuilder was closed in 2025',
  },
  {
    from: 'docker.io/bitnami/',
    to: 'docker.io/bitnamilegacy/',
    because: "Bitnami's versioned images went to bitnamilegacy in 2025",
  },
  {
    from: 'docker.io/containous/traefik',
    to: 'docker.io/library/traefik',
    because: 'Traefik is an official image now',
  },
];

/** Where a repository went, if it is known to have moved. */
export function movedTo(repository: string): { readonly name: string; readonly because: string } | undefined {
  const move = moves.find(({ from }) => repository.startsWith(from));
  return move && { name: `${move.to}${repository.slice(move.from.length)}`, because: move.because };
}
