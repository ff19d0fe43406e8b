import { parsePlatform } from '../image/platform.js';
import { createContainerd } from '../runtime/containerd.js';
import { hostsDirectoryAt } from '../runtime/hosts-directory.js';
import type { Dial, Runtime } from '../runtime/pull.js';
import type { WorldNode } from './world.js';

export interface NodeRuntimeOptions {
  /** Absent: real DNS, ports and TLS. */
  readonly dial?: Dial;
  readonly now: () => Date;
  /** Waits before a retry; a virtual clock need not. */
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/** The container runtime of a node, as its world says. */
export function nodeRuntime(
  node: Pick<WorldNode, 'runtime' | 'platform' | 'hostsDir'>,
  { dial, now, sleep }: NodeRuntimeOptions,
): Runtime {
  if (node.runtime === 'cri-o') throw new Error('not yet');
  return createContainerd({
    release: node.runtime,
    platform: parsePlatform(node.platform),
    now,
    ...(node.hostsDir !== undefined && { hosts: hostsDirectoryAt(node.hostsDir) }),
    ...(dial && { dial }),
    ...(sleep && { sleep }),
  });
}
