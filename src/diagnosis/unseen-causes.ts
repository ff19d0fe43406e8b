/** A cause of the catalogue for which there is no rule, and why. */
export interface UnseenCause {
  readonly id: string;
  readonly cause: string;
  readonly because: string;
}

/**
 * Rows of the catalogue of causes that manifests, secrets, registry state, node settings and history do not show. Printed
 * as docs/causes-not-seen.md.
 */
export const unseenCauses: readonly UnseenCause[] = [
  {
    id: 'REF13',
    cause: 'The node may not read the secret (node authorizer: a static pod, or a reference added later)',
    because:
      'The authorizer is part of the API server of a running cluster. Here the kubelet may read every secret that exists.',
  },
  {
    id: 'NAME14',
    cause: "An entry of kustomize's images: that hits no image",
    because:
      'Only the result of kustomize is read. Compare the image that a finding names with the one in your kustomization.',
  },
  {
    id: 'NET06',
    cause: 'Proxy settings missing on the node',
    because: "The environment of the node's runtime is no part of the world file.",
  },
  {
    id: 'NODE01',
    cause: "The sandbox's pause image is in a private registry",
    because: "The pause image is the runtime's own setting. No manifest and no pull secret speaks of it.",
  },
  {
    id: 'NODE09',
    cause: 'containerd read its static credentials at start, and they have changed since',
    because: 'Static credentials of containerd are not imitated: only hosts.toml is read.',
  },
  {
    id: 'NODE10',
    cause: 'A runtime that passes over pull secrets (virtual kubelets, pulls inside the guest)',
    because: 'The runtimes that are imitated are containerd and CRI-O.',
  },
  {
    id: 'HELM03',
    cause: 'The chart has no value for imagePullSecrets',
    because: "Only what the chart renders is read, not its templates. The pod's failure is told as REF03.",
  },
  {
    id: 'OPER01',
    cause: "An operator's pods run as another service account and take no list",
    because:
      'The pods that an operator makes are in no manifest. Give the output of `kubectl get pods,secrets,serviceaccounts -o yaml` to check: then they are judged like all others (REF03, REF07).',
  },
  {
    id: 'OPER02',
    cause: 'A webhook injects a container from a private registry',
    because:
      'Webhooks change pods in the cluster. In the output of `kubectl get pods -o yaml` the injected container is there and judged like all others.',
  },
  {
    id: 'OPER03',
    cause: 'An operator lists a secret that does not exist',
    because: 'It looks like any other name that leads nowhere, and is told as REF02.',
  },
  {
    id: 'OPER04',
    cause: 'A workflow engine overwrites the list of the pods that it makes',
    because: 'The list before is in no manifest. What is left is told as REF04 or REF03.',
  },
  {
    id: 'OCP01',
    cause: 'OpenShift: a list of its own keeps the internal registry’s secret out',
    because: "OpenShift's own admission is not imitated; its dockercfg secrets are in no manifest.",
  },
  {
    id: 'PAR01',
    cause: 'go-containerregistry joins the lists of pod and service account',
    because: 'It speaks of another tool. This one judges as the kubelet does; so for all rows of this kind:',
  },
  { id: 'PAR02', cause: 'go-containerregistry tries the first match only', because: 'another tool.' },
  { id: 'PAR03', cause: 'go-containerregistry does not know the key docker.io', because: 'another tool.' },
  {
    id: 'PAR04',
    cause: 'go-containerregistry takes an unreadable key for an error',
    because: 'another tool.',
  },
  {
    id: 'PAR05',
    cause: 'Admission controllers that read auth only, or username and password only',
    because: 'other tools.',
  },
  { id: 'PAR06', cause: 'The docker CLI compares keys as they are', because: 'another tool.' },
  { id: 'PAR07', cause: 'trivy-operator let the service account win', because: 'another tool.' },
];
