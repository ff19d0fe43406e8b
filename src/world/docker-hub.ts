/**
 * Docker Hub goes by several names: images say `docker.io`, the API answers at `registry-1.docker.io`, tokens come
 * from `auth.docker.io` for the service `registry.docker.io` (DESIGN §3.2, runtime.md §3).
 */
export const dockerHub = {
  host: 'docker.io',
  aliases: ['index.docker.io', 'registry-1.docker.io'],
  api: 'registry-1.docker.io',
  realm: 'https://auth.docker.io/token',
  realmHost: 'auth.docker.io',
  service: 'registry.docker.io',
} as const;
