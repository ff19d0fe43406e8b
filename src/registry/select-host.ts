/** Anything that answers to host names. */
export interface NamedHost {
  readonly host: string;
  readonly aliases?: readonly string[];
}

export interface HostSelection<T> {
  readonly host: T;
  readonly by: 'namespace' | 'host' | 'default';
}

/** Which of the hosts a request means. */
export type HostSelector<T> = (request: {
  /** The `Host` header. */
  readonly hostHeader: string | undefined;
  /** The `ns` parameter that containerd's mirrors send. */
  readonly namespace: string | undefined;
}) => HostSelection<T>;

/**
 * One server plays many registries. `?ns=` wins over `Host`; `Host` is matched exactly, then without its port against
 * hosts declared without one; else the default, which is the first (DESIGN.md §3.2).
 *
 * @param wins `host` where every name is a real one: a mirror that was declared then answers for itself
 * @throws when there is no host at all, or a name stands for two
 */
export function createHostSelector<T extends NamedHost>(
  hosts: readonly T[],
  wins: 'namespace' | 'host' = 'namespace',
): HostSelector<T> {
  const first = hosts[0];
  if (first === undefined) throw new Error('a registry server needs at least one registry host');
  const byName = indexByName(hosts);
  const fallback: HostSelection<T> = { host: first, by: 'default' };
  return ({ hostHeader, namespace }) => {
    const named = namespace === undefined ? undefined : byName.get(namespace.toLowerCase());
    const matched = hostHeader === undefined ? undefined : matchHostHeader(byName, hostHeader.toLowerCase());
    if (named !== undefined && (wins === 'namespace' || matched === undefined))
      return { host: named, by: 'namespace' };
    return matched === undefined ? fallback : { host: matched, by: 'host' };
  };
}

function indexByName<T extends NamedHost>(hosts: readonly T[]): ReadonlyMap<string, T> {
  const byName = new Map<string, T>();
  for (const host of hosts) {
    for (const name of [host.host, ...(host.aliases ?? [])]) {
      const key = name.toLowerCase();
      if (byName.has(key)) throw new Error(`two registries answer to ${name}`);
      byName.set(key, host);
    }
  }
  return byName;
}

/** `docker.io:8443` means docker.io when that was declared without a port; `reg.io` never means `reg.io:5000`. */
function matchHostHeader<T>(byName: ReadonlyMap<string, T>, header: string): T | undefined {
  return byName.get(header) ?? byName.get(header.replace(/:\d+$/, ''));
}
