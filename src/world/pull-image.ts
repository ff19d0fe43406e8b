import type { AuthConfig, Dial, PullResult } from '../runtime/pull.js';
import { nodeRuntime } from './node-runtime.js';
import { wireNames } from './wire-names.js';
import type { WorldNode } from './world.js';

export interface PullImageOptions {
  /** Anonymous when absent. */
  readonly auth?: Pick<AuthConfig, 'username' | 'password' | 'identityToken'> | null;
  /**
   * Where registries are: the runtime's own configuration by path (containerd's `config_path`, CRI-O's
   * `registries.conf`), or registry hosts with the address that answers for them, `{ 'docker.io': registry.url }`; `*`
   * answers for every other host. Absent: the real network.
   */
  readonly hosts?: string | Readonly<Record<string, string>>;
  /** `linux/amd64` by default. */
  readonly platform?: string;
  /** `containerd-2.3` by default. */
  readonly runtime?: WorldNode['runtime'];
  /** CRI-O's version is that of Kubernetes; `1.36` by default. */
  readonly kubernetesVersion?: string;
  /** Wall clock by default. */
  readonly now?: () => Date;
}

/**
 * Pulls one image as a node's runtime does, and tells every HTTP exchange. A pull that fails is a value, with the
 * runtime's own text, its gRPC code and what went wrong as data.
 *
 * ```ts
 * await using registry = await startRegistry({ world: 'classroom' });
 * const pull = await pullImage('nginx', { hosts: { 'docker.io': registry.url } });
 * pull.ok && pull.digest;       // sha256:…
 * ```
 *
 * @param reference as a pod writes it; short names are completed for Docker Hub
 */
export async function pullImage(reference: string, options: PullImageOptions = {}): Promise<PullResult> {
  const { auth = null, hosts, platform = 'linux/amd64', runtime: name = 'containerd-2.3' } = options;
  const runtime = nodeRuntime(
    {
      runtime: name,
      platform,
      kubernetesVersion: options.kubernetesVersion ?? '1.36',
      ...(typeof hosts === 'string' && { [hostSettings[name]]: hosts }),
    },
    {
      now: options.now ?? (() => new Date()),
      ...(typeof hosts === 'object' && { dial: dialAddresses(hosts) }),
    },
  );
  try {
    return await runtime.pull(reference, { auth });
  } finally {
    runtime.close();
  }
}

/** The key of a node that names its runtime's own configuration. */
const hostSettings = {
  'containerd-2.3': 'hostsDir',
  'containerd-1.7': 'hostsDir',
  'containerd-1.6': 'hostsDir',
  'cri-o': 'registriesConf',
} as const satisfies Record<WorldNode['runtime'], keyof WorldNode>;

/** Connects hosts to the addresses given for them; what has none is not found. */
function dialAddresses(hosts: Readonly<Record<string, string>>): Dial {
  const addresses = new Map(
    Object.entries(hosts).flatMap(([host, url]) =>
      wireNames(host).authorities.map((name) => [name.toLowerCase(), new URL(url)] as const),
    ),
  );
  return ({ host }) => {
    const url = addresses.get(host.toLowerCase()) ?? addresses.get('*');
    if (url === undefined) return { fail: { kind: 'no-such-host' } };
    const secure = url.protocol === 'https:';
    const port = Number(url.port) || (secure ? 443 : 80);
    return { connect: { address: url.hostname.replace(/^\[|\]$/g, ''), port, plain: !secure } };
  };
}
