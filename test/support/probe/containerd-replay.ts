import { type ContainerdOptions, createContainerd } from '../../../src/runtime/containerd.js';
import { hostsDirectoryOf } from '../../../src/runtime/hosts-directory.js';
import { createImageStore } from '../../../src/runtime/image-store.js';
import type { PullResult } from '../../../src/runtime/pull.js';
import { dialProbe } from './network.js';
import { type RecordedCase, type RuntimeVectors, replayClock } from './replay.js';
import { type Probe, startProbe } from './server.js';

/** One containerd in front of one probe; each replay is a pull on a node of its own. */
export interface ContainerdReplay {
  readonly probe: Probe;
  replay(recorded: RecordedCase): Promise<PullResult>;
  close(): Promise<void>;
}

/** Starts a probe and a containerd configured as the recorded one. */
export async function startContainerdReplay(
  vectors: Pick<RuntimeVectors, 'hosts' | 'network'>,
  options: Pick<ContainerdOptions, 'release' | 'useLocalImagePull'>,
): Promise<ContainerdReplay> {
  const probe = await startProbe(new Date());
  let clock = probe.now;
  const create = (timeouts: ContainerdOptions['timeouts'] = {}) =>
    createContainerd({
      ...options,
      timeouts,
      platform: { os: 'linux', architecture: 'amd64' },
      hosts: hostsDirectoryOf(hostsFiles(vectors, probe.ca)),
      dial: dialProbe(probe, vectors.network),
      now: () => clock(),
      sleep: async () => {},
    });
  const [runtime, impatient] = [create(), create({ responseHeaderMs: 300 })];
  return {
    probe,
    async replay(recorded) {
      const timesOut = recorded.desc?.includes('timeout awaiting response headers') === true;
      const node = (timesOut ? impatient : runtime).withStore(createImageStore());
      if (recorded.present !== undefined) await node.pull(recorded.present.image, recorded.present);
      probe.reset();
      clock = replayClock(recorded, probe);
      const gaveUp = new AbortController();
      const pull = node.pull(recorded.image, { auth: recorded.auth, signal: gaveUp.signal });
      if (recorded.clientGaveUp) void probe.hung.then(() => gaveUp.abort());
      return pull;
    },
    async close() {
      runtime.close();
      impatient.close();
      await probe.close();
    },
  };
}

/** A directory per host of the recordings, with the probe's CA in each. */
function hostsFiles({ hosts }: Pick<RuntimeVectors, 'hosts'>, ca: string): Record<string, string> {
  const authorities = [...hosts.caOnly, ...Object.keys(hosts.hostsToml)].map((host) => [
    `${host}/ca.crt`,
    ca,
  ]);
  const configured = Object.entries(hosts.hostsToml).map(([host, text]) => [`${host}/hosts.toml`, text]);
  return Object.fromEntries([...authorities, ...configured]) as Record<string, string>;
}
