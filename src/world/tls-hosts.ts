import { hostname, networkInterfaces } from 'node:os';
import { wireNames } from './wire-names.js';

/** Addresses that every client on this machine may use. */
const loopback = ['localhost', '127.0.0.1', '::1'] as const;
const wildcards: readonly string[] = ['0.0.0.0', '::'];

/**
 * The names that a server certificate must have: those of the registries that it plays, loopback, and where it
 * listens. A server on all addresses is called by any of them.
 */
export function tlsHosts(options: {
  /** `registry.example.com:5000` */
  readonly registries: readonly string[];
  /** Address that the server listens on. */
  readonly listens: string;
  readonly publicUrl?: string | undefined;
}): readonly string[] {
  const { registries, listens, publicUrl } = options;
  return [
    ...new Set([
      ...registries.flatMap((host) => wireNames(host).authorities).map(withoutPort),
      ...loopback,
      ...(wildcards.includes(listens) ? [hostname(), ...ownAddresses()] : [withoutPort(listens)]),
      ...(publicUrl === undefined ? [] : [withoutPort(new URL(publicUrl).host)]),
    ]),
  ];
}

/** `[::1]:5000` → `::1` */
const withoutPort = (authority: string): string =>
  /^\[(.*)\](?::\d+)?$/.exec(authority)?.[1] ??
  (authority.split(':').length === 2 ? (authority.split(':')[0] ?? '') : authority);

/** Link-local addresses need a zone to be called by, and certificates have none. */
const ownAddresses = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.map(({ address }) => address).filter((address) => !address.startsWith('fe80:')),
  );
