/** Pages of the documentation that rules point to. */
export const links = {
  privateRegistry: 'https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/',
  existingCredentials:
    'https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/#registry-secret-existing-credentials',
  podPullSecrets:
    'https://kubernetes.io/docs/concepts/containers/images/#specifying-imagepullsecrets-on-a-pod',
  serviceAccount:
    'https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#add-imagepullsecrets-to-a-service-account',
  imageNames: 'https://kubernetes.io/docs/concepts/containers/images/#image-names',
  pullPolicy: 'https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy',
  configJson: 'https://kubernetes.io/docs/concepts/containers/images/#config-json',
  dockerConfigSecrets: 'https://kubernetes.io/docs/concepts/configuration/secret/#docker-config-secrets',
  secretTypes: 'https://kubernetes.io/docs/concepts/configuration/secret/#secret-types',
  credentialProvider: 'https://kubernetes.io/docs/tasks/administer-cluster/kubelet-credential-provider/',
  nodeSelector: 'https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/',
  containerdHosts: 'https://github.com/containerd/containerd/blob/main/docs/hosts.md',
  rateLimit: 'https://docs.docker.com/docker-hub/usage/',
  multiPlatform: 'https://docs.docker.com/build/building/multi-platform/',
} as const;
