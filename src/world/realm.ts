import type { RealmRequest } from '../registry/registry-host.js';
import { createHostSelector } from '../registry/select-host.js';
import { wireNames } from './wire-names.js';

/** Where a client of registry `host` gets its tokens. */
export type RealmRule = (host: string, request: RealmRequest) => string;

/** `check`: the real names, whatever the port of the mock. */
export const realNames: RealmRule = (host) => wireNames(host).realm;

/**
 * `serve` (DESIGN §3.2): the realm repeats `Host` only when it names a registry of this server or is the address that
 * the client connected to; a made-up `Host` must not send a client's password elsewhere (registry.md S29). For any
 * other it is the public address, or else the listening one.
 *
 * @param hosts the registries that this server plays
 * @param publicUrl `https://registry.lab.example`, without a path
 */
export function servedNames(hosts: readonly string[], publicUrl?: string): RealmRule {
  const select =
    hosts.length === 0
      ? undefined
      : createHostSelector(hosts.map((host) => ({ host, aliases: wireNames(host).aliases })));
  return (_, { hostHeader, listeningAddress: address, secure }) => {
    const listeningAddress = plainAddress(address);
    const scheme = secure ? 'https' : 'http';
    const named = hostHeader !== undefined && select?.({ hostHeader, namespace: undefined }).by === 'host';
    if (named || (hostHeader !== undefined && meansListener(hostHeader, listeningAddress)))
      return `${scheme}://${hostHeader}/token`;
    return `${publicUrl ?? `${scheme}://${listeningAddress}`}/token`;
  };
}

/** A server on `::` sees IPv4 clients as `[::ffff:127.0.0.1]:5000`; they know it as `127.0.0.1:5000`. */
const plainAddress = (address: string): string => address.replace(/^\[::ffff:([\d.]+)\]/i, '$1');

/** `localhost:5000` is `127.0.0.1:5000`: clients refuse a realm that swaps one loopback name for another. */
function meansListener(hostHeader: string, listeningAddress: string): boolean {
  if (hostHeader === listeningAddress) return true;
  const [name, port] = splitPort(hostHeader);
  const [address, listeningPort] = splitPort(listeningAddress);
  return (
    name === 'localhost' && port === listeningPort && (address.startsWith('127.') || address === '[::1]')
  );
}

function splitPort(authority: string): readonly [name: string, port: string] {
  const colon = authority.lastIndexOf(':');
  return [authority.slice(0, colon), authority.slice(colon + 1)];
}
