import { parsePlatform } from '../image/platform.js';
import { createContainerd } from '../runtime/containerd.js';
import { createCrio } from '../runtime/crio.js';
import { hostsDirectoryAt } from '../runtime/hosts-directory.js';
import type { Dial, Runtime } from '../runtime/pull.js';
import { InvalidRegistriesConf, type RegistriesConf, registriesConfAt } from '../runtime/registries-conf.js';
import type { WorldNode } from './world.js';
import { WorldError } from './world-file.js';

export interface NodeRuntimeOptions {
  /** Absent: real DNS, ports and TLS. */
  readonly dial?: Dial;
  readonly now: () => Date;
  /** Waits before a retry; a virtual clock need not. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/** What of a node decides how its runtime pulls. */
export type RuntimeNode = Pick<
  WorldNode,
  'runtime' | 'platform' | 'kubernetesVersion' | 'hostsDir' | 'registriesConf'
>;

/**
 * The container runtime of a node, as its world says.
 *
 * @throws {@link WorldError} when its registries.conf cannot be used
 */
export function nodeRuntime(node: RuntimeNode, { dial, now, sleep }: NodeRuntimeOptions): Runtime {
  const { runtime, kubernetesVersion, hostsDir, registriesConf } = node;
  const common = {
    platform: parsePlatform(node.platform),
    now,
    ...(dial && { dial }),
    ...(sleep && { sleep }),
  };
  if (runtime !== 'cri-o') {
    const hosts = hostsDir === undefined ? undefined : hostsDirectoryAt(hostsDir);
    return createContainerd({ release: runtime, hosts, ...common });
  }
  const registries = registriesConf === undefined ? undefined : readRegistriesConf(registriesConf);
  return createCrio({ kubernetesVersion, registries, ...common });
}

function readRegistriesConf(file: string): RegistriesConf {
  try {
    return registriesConfAt(file);
  } catch (error) {
    if (!(error instanceof InvalidRegistriesConf)) throw error;
    throw new WorldError([{ message: error.message, source: { file, line: 1 } }]);
  }
}
