/** The host that Docker Hub has in image names. */
export const dockerHub = 'docker.io';

/** The key that kubectl writes for Docker Hub, and the one spelling that nearly every tool understands. */
export const dockerHubKey = 'https://index.docker.io/v1/';

/** Hosts that people take for Docker Hub's name; the kubelet matches none of them with its images (kubelet.md §2.6). */
const mistakenHosts = new Set([
  'registry-1.docker.io',
  'registry.docker.io',
  'registry.hub.docker.com',
  'hub.docker.com',
  'hub.docker.io',
  'auth.docker.io',
  'index.docker.com',
  'www.docker.io',
  'docker.com',
  'www.docker.com',
  'cloud.docker.com',
  'login.docker.com',
  'dockerhub.com',
  'dockerhub.io',
]);

/** A host that means Docker Hub to a person and nothing to the kubelet. */
export const isMistakenForDockerHub = (host: string): boolean => mistakenHosts.has(host.toLowerCase());

/** A host whose key the kubelet does use for Docker Hub's images. */
export const isDockerHubKeyHost = (host: string): boolean => host === dockerHub || host === 'index.docker.io';

/** How a key for this registry is best written. */
export const serverFor = (host: string): string => (host === dockerHub ? dockerHubKey : host);
