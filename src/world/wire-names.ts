import { dockerHub } from './docker-hub.js';

/** How a registry is called on the wire: real names, whatever the port of the mock (DESIGN §3.2). */
export interface WireNames {
  /** Other names of the same registry that clients may send as `Host`. */
  readonly aliases: readonly string[];
  /** Token endpoint. */
  readonly realm: string;
  /** `service` of the challenge and `aud` of its tokens. */
  readonly service: string;
  /** Every authority that belongs to this registry: API, realm and aliases. */
  readonly authorities: readonly string[];
}

/** The names of registry `host`: its own for everything, except at Docker Hub. */
export function wireNames(host: string): WireNames {
  if (host === dockerHub.host) {
    const { aliases, realm, realmHost, service } = dockerHub;
    return { aliases, realm, service, authorities: [host, ...aliases, realmHost] };
  }
  return { aliases: [], realm: `https://${host}/token`, service: host, authorities: [host] };
}
